"""What is wrong at which junction, and what to do about it: rules over the measures of an event log."""
