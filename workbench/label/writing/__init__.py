"""Label files out: what a format cannot hold is said before anything is written."""
