"""The canvas: polygons, brushes, letters, the camera."""
