"""What benchmarks share with the tests (the referee, streams, hand-made roads) lies in `tests`: make it importable."""

from __future__ import annotations

import sys

from benchmarks._places import ROOT

TESTS = str(ROOT / "tests")
if TESTS not in sys.path:
    sys.path.append(TESTS)
