"""What if: a change on one fork of a running twin, beside another fork that is left alone."""
