"""The lifecycle of an order without servers: the real machines in pure nodes, under a scheduler full of tricks."""
