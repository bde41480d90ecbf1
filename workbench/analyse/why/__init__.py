"""Why a box was missed and why a prediction is a false alarm."""
