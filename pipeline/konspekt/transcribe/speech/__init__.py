"""Where somebody speaks (VAD), and the windows that follow from it."""
