"""The story's batches of pictures and the interns' label files."""
