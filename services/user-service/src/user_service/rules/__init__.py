"""Pure rules, one noun each."""
