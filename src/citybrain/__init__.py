"""City Brain: the open operating brain for a city."""

__version__ = "0.1.0"
