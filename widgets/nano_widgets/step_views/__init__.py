"""The sides of a step that the inspector shows in tabs, one module each."""
