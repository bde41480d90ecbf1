"""Number plates, real and invented."""
