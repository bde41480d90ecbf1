"""A data-centric workbench for object detection: collect, label, train, see why it failed, decide."""
