"""Label files in: found, read without trusting them, matched with pictures, as tables."""
