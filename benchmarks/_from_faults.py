"""What the benchmark of faults shares with the fault tests lies in `tests/faults`: make it importable."""

from __future__ import annotations

import sys

from benchmarks._from_tests import TESTS

FAULTS = TESTS + "/faults"
if FAULTS not in sys.path:
    sys.path.append(FAULTS)
