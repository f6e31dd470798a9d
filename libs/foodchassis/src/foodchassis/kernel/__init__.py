"""What everything stands on and nothing here imports: settings, errors, types, events, state machines."""
