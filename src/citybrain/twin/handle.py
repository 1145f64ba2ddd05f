"""What kernels are given: a handle on the record of all tables, whose attributes Numba knows as typed arrays.

In a kernel `w.slots` is the table of slots, `w.n_lanes` a number. A handle costs one pointer at every call, and its
attributes are two loads; the tables as so many array arguments are copied at every call and compile slowly.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    lower_getattr_generic,
    models,
    register_model,
    typeof_impl,
    unbox,
)
from numba.np.arrayobj import make_array, populate_array
from numba.np.numpy_support import from_dtype

from citybrain.twin.arrays import CONSTANT, MUTABLE, WORLD

_numba_type: Any = from_dtype

TABLES = {**CONSTANT, **MUTABLE}
SCALARS = ("n_lanes", "n_links", "seed", "begin_s")
ATTRIBUTES = {
    **{name: types.Array(_numba_type(kind), 1, "C", aligned=True) for name, kind in TABLES.items()},
    **{name: _numba_type(WORLD[name]) for name in SCALARS},
}


class Handle:
    """Holds the world record, and through it the addresses of all tables: keep their memory as long as this."""

    def __init__(self, record: np.ndarray[Any, np.dtype[np.void]]) -> None:
        self.record = record
        self.address = int(record.ctypes.data)


class WorldType(types.Type):
    """Numba's type of a `Handle`: a pointer to a WORLD record."""

    def __init__(self) -> None:
        super().__init__(name="World")


WORLD_TYPE = WorldType()
register_model(WorldType)(models.OpaqueModel)


@typeof_impl.register(Handle)
def _typeof_handle(handle: Handle, context: object) -> WorldType:  # noqa: ARG001
    return WORLD_TYPE


@unbox(WorldType)
def _unbox_handle(kind: WorldType, handle: Any, c: Any) -> NativeValue:
    number = c.pyapi.object_getattr_string(handle, "address")
    address = c.pyapi.long_as_longlong(number)
    c.pyapi.decref(number)
    return NativeValue(c.builder.inttoptr(address, c.context.get_value_type(kind)))


@infer_getattr
class _WorldAttributes(AttributeTemplate):
    key = WorldType

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]  # noqa: ARG002
        return ATTRIBUTES.get(name)


@lower_getattr_generic(WorldType)
def _get_attribute(context: Any, builder: Any, kind: WorldType, world: Any, name: str) -> Any:  # noqa: ARG001
    result = ATTRIBUTES[name]
    if name not in TABLES:
        return _load(builder, world, name, context.get_value_type(result))
    number = ir.IntType(64)
    table = make_array(result)(context, builder)
    itemsize = context.get_constant(types.intp, TABLES[name].itemsize)
    data = builder.inttoptr(_load(builder, world, f"{name}_at", number), table.data.type)
    length = _load(builder, world, f"{name}_n", number)
    populate_array(table, data=data, shape=[length], strides=[itemsize], itemsize=itemsize, meminfo=None)
    return table._getvalue()


def _load(builder: Any, world: Any, name: str, kind: Any) -> Any:
    """One number of the world record; the record never changes, so LLVM may load it once."""
    offset = WORLD.fields[name][1]  # type: ignore[index]
    place = cgutils.pointer_add(builder, world, ir.Constant(ir.IntType(64), offset), kind.as_pointer())
    value = builder.load(place)
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value
