"""A hint to the processor: this record will be asked for soon.

The slots of a full city do not fit a core's own cache, and a track's first vehicles lie anywhere in memory: fetching
them a few tracks ahead costs an instruction and saves a wait.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

FAR = 12  # tracks ahead in the list of occupied ones: fetch their records
NEAR = 6  # fetch their first vehicles
CLOSE = 3  # fetch what these ask for
WRITE, KEEP, DATA = 0, 3, 1  # llvm.prefetch: to be read, in all caches, data not code


def _prefetch(typingctx: Any, table: Any, row: Any) -> Any:  # noqa: ARG001
    """Fetch `table[row]` into the cache; no effect on any value, also for a row out of bounds."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        array = make_array(signature.args[0])(context, builder, args[0])
        start = builder.bitcast(array.data, cgutils.voidptr_t)
        place = cgutils.pointer_add(builder, start, builder.mul(args[1], array.itemsize))
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(hint, [place, number(WRITE), number(KEEP), number(DATA)])
        return context.get_dummy_value()

    return types.void(table, types.int64), codegen


prefetch: Any = intrinsic(_prefetch)
