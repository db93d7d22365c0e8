"""Generated messages of the conformance protocol."""
