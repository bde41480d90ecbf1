"""Predictions in: what any detector's tool wrote, which picture and class it means, and what its boxes are."""
