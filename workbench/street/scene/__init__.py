"""Scenes: street, light, weather, stills and clips."""
