"""Drawing boxes and guessing in the notebook."""
