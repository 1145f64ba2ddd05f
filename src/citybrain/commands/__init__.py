"""One file a command of the program `citybrain`. Heavy libraries are imported inside: `--help` answers at once."""
