"""Where somebody speaks, and the windows that follow from it."""
