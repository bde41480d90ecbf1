"""Plots; each takes `ax` and returns it."""
