"""How the kernels of control that look ahead are compiled: as those of the estimate (see `estimate/jit.py`)."""

from __future__ import annotations

from citybrain.twin.compiling import Kernels

_KERNELS = Kernels("control", _nrt=False)
entry, kernel, inlined = _KERNELS.entry, _KERNELS.kernel, _KERNELS.inlined
