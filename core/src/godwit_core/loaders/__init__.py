"""Entity loaders that need no SDK."""
