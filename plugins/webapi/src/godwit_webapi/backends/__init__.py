"""The running halves, each a backend, found by key."""
