"""The only face: `Project` and what can be done with it, and plain files. It calls the rooms and holds no logic."""
