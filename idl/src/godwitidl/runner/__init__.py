"""Messages between a backend and its runners."""
