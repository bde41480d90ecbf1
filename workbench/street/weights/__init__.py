"""What the shipped weights learn from."""
