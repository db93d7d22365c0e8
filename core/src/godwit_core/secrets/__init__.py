"""Secret providers that need nothing but this host."""
