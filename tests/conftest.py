"""For all tests: a slow machine is no failure."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
if settings.get_current_profile_name() == "default":  # in CI Hypothesis has a profile of its own
    settings.load_profile("patient")
