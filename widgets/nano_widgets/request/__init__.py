"""The request that the model was sent at a step: what was in it, what was new, how much of its window it took."""
