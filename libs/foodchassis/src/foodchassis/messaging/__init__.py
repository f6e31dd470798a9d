"""Events out and in, timers, and the one shell in which a decision is applied."""
