"""Backends that come with the core. They go through the same door as everyone's."""
