"""How a detector does on video: objects through the frames."""
