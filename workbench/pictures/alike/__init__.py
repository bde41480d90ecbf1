"""Which pictures show the same: copies, near-duplicates, and those that leak from one split into another."""
