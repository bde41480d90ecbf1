"""The explorer in the notebook."""
