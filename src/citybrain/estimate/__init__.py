"""From observations to what is true now: pure stages, each `(state, batch) -> (state, result)`."""
