"""FiftyOne's App over the project's tables."""
