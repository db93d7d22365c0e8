"""Messages of the conformance protocol."""
