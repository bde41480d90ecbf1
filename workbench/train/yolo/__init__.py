"""YOLO through Ultralytics."""
