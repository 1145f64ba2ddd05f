"""How the estimate's kernels are compiled: as those of the twin (see `twin/jit.py`), cached by their own sources.

`inlined` is for what makes no arrays and returns none: a table of many arrays is costly to hand over, and Numba counts
a reference for each array that is read out of one, which takes ten times as long as the reading; so none are counted.
"""

from __future__ import annotations

from citybrain.twin.compiling import Kernels

_KERNELS = Kernels("estimate", beneath=("city/_heap.py",), _nrt=False)
entry, kernel, inlined = _KERNELS.entry, _KERNELS.kernel, _KERNELS.inlined
