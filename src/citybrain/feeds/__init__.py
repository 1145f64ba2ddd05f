"""Doors by which observations come in: one folder for each protocol, what is pure apart from what talks."""
