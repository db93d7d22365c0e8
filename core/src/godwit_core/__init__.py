"""The core of Godwit: compiler, engine, store, backends, command line."""
