"""Dead letters, messages that a service could not handle: list, show, replay or drop them."""
