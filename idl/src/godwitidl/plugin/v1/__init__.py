"""Version 1 of the service of a backend in a process of its own."""
