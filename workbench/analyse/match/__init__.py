"""Predictions against boxes: overlap, matching, verdicts and error types."""
