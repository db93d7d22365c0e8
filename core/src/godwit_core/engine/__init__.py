"""The engine's functional core: plain data in, plain data out. No clock, no I/O, no randomness, no logging."""
