"""Specs in, checked graphs out. Pure."""
