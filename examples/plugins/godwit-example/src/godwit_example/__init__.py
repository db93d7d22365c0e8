"""A plugin of Godwit to learn from. Importing it imports nothing; the manifest says what is where."""
