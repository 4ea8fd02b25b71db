"""JSON of any size as a tree that folds: only what is open is ever parsed and painted."""
