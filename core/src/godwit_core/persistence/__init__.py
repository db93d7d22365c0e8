"""Persistence that needs nothing but this host."""
