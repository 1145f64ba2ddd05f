"""The report of an evaluation: one self-contained HTML page that asks no other host for anything."""
