"""City Brain: the open operating brain for a city."""
