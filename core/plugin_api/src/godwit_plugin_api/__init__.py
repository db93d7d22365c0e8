"""What a plugin of Godwit is written against."""
