"""Translations of other libraries' classes, found by key and imported when such a class is first met."""
