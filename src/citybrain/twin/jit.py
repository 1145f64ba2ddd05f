"""How kernels are compiled: serial, nogil, typed as the functions they wrap, optimised once for each entry point.

* `kernel` is a part of the engine: it is called by other kernels. `inlined` is the same with LLVM told to inline it.
* `entry` is what Python calls. Its machine code holds everything that it calls, and is cached on disk.

Plain Numba optimises and emits every function on its own, and again in each of its callers, and once more for each
combination of argument types. Here kernels are only lowered (see `compiling.py`), their numbers are always int64 and
float64, and an entry point optimises the lot in one go: the same code compiles in a third of the time.

Numba's cache looks only at the file of the function itself; a change in a kernel that it calls would go unseen. So the
cache folder is named by a digest of all kernel sources: a new version of the package never runs old machine code.
"""

from __future__ import annotations

from citybrain.twin.compiling import Kernels

_KERNELS = Kernels("twin", beneath=("twin/handle.py", "twin/arrays.py"), skip=("sensor", "env"))
entry, kernel, inlined = _KERNELS.entry, _KERNELS.kernel, _KERNELS.inlined
