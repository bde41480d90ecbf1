"""Figures with intervals: counts, operating points, average precision, slices, and the one bootstrap."""
