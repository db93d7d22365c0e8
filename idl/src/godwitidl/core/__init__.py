"""Messages of the values, specs and events."""
