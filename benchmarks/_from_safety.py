"""What the benchmark of the guard shares with the safety tests lies in `tests/safety`: make it importable."""

from __future__ import annotations

import sys

from benchmarks._from_tests import TESTS

SAFETY = TESTS + "/safety"
if SAFETY not in sys.path:
    sys.path.append(SAFETY)
