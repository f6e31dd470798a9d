"""Pure rules: changes of a page, drawings of state machines, formats of amounts."""
