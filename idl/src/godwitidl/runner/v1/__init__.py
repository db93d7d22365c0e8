"""Generated messages of the runner protocol."""
