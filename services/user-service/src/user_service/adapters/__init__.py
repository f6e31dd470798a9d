"""Redis, e-mail, password hashing and signing keys."""
