"""Signal performance measures from high-resolution events: pure functions of a `SignalLog`."""
