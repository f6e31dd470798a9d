"""What talks to Redis, a mail server, a processor's spare time and the signing keys."""
