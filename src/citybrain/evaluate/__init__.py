"""Comparison of controllers: runs over seeds, statistics, table."""
