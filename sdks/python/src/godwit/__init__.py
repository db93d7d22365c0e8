"""Godwit: typed, durable, cached workflows for machine learning and data."""
