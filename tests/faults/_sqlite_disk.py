"""The disk below SQLite, seen and made to fail: wraps the very library that Python's `sqlite3` uses.

A VFS named `watched` is a copy of SQLite's own with another `xOpen`, `xDelete`; the files that it opens are SQLite's
own with another `xWrite`, `xTruncate` and `xSync`. So a test sees each write and each sync in their true order, and
may refuse any.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OK, FULL, IOERR_FSYNC = 0, 13, 1034
_C = ctypes.c_void_p
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _C, _C, _C, ctypes.c_int, _C)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, _C, ctypes.c_char_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _C, _C, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _C, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _C, ctypes.c_int)
_CLOSE = ctypes.CFUNCTYPE(ctypes.c_int, _C)


class _Vfs(ctypes.Structure):  # sqlite3_vfs of version 3
    _fields_ = (
        *(("version", ctypes.c_int), ("file_bytes", ctypes.c_int), ("path_max", ctypes.c_int)),
        *(("next", _C), ("name", ctypes.c_char_p), ("data", _C), ("open", _C), ("delete", _C)),
        ("rest", _C * 14),
    )


class _Methods(ctypes.Structure):  # sqlite3_io_methods of version 3
    _fields_ = (
        *(("version", ctypes.c_int), ("close", _C), ("read", _C), ("write", _C), ("truncate", _C), ("sync", _C)),
        ("rest", _C * 13),
    )


@dataclass(frozen=True)
class Event:
    """What happened to a file: write (at, data), truncate (at = size), sync, delete, rename (data = new name), ack
    (at).
    """

    what: str
    path: str
    at: int = 0
    data: bytes = b""


class Disk:
    """Every event of the files opened with `?vfs=watched`; `refuse(what, path)` gives an SQLite error code or 0."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.refuse: Callable[[str, str], int] = lambda what, path: OK
        self._paths: dict[int, str] = {}  # of an open sqlite3_file
        self._methods: dict[int, tuple[_Methods, _Methods]] = {}  # by the address of SQLite's: its own, ours
        self._keep: list[Any] = []
        self._library = library()
        self._register()

    def note(self, what: str, path: str, at: int = 0, data: bytes = b"") -> None:
        self.events.append(Event(what, path, at, data))

    def _register(self) -> None:
        find = self._library.sqlite3_vfs_find
        find.restype, find.argtypes = ctypes.POINTER(_Vfs), [ctypes.c_char_p]
        self._own = find(None).contents
        copy = _Vfs.from_buffer_copy(self._own)
        copy.name = b"watched"
        self._own_open, self._own_delete = _OPEN(self._own.open), _DELETE(self._own.delete)
        copy.open, copy.delete = self._callback(_OPEN, self._open), self._callback(_DELETE, self._delete)
        self._keep.append(copy)
        self._library.sqlite3_vfs_register.argtypes = [ctypes.POINTER(_Vfs), ctypes.c_int]
        assert self._library.sqlite3_vfs_register(ctypes.byref(copy), 0) == OK
        self._copy = copy

    def remove(self) -> None:
        """Take the VFS away; every database must be closed."""
        self._library.sqlite3_vfs_unregister.argtypes = [ctypes.POINTER(_Vfs)]
        self._library.sqlite3_vfs_unregister(ctypes.byref(self._copy))

    def _callback(self, kind: Any, function: Callable[..., int]) -> int:
        made = kind(function)
        self._keep.append(made)
        return ctypes.cast(made, _C).value or 0

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        # `name` goes on as the very pointer that it came as: parameters of the URI follow it in memory
        path = _text(ctypes.string_at(name)) if name else ""
        code = self.refuse("open", path)
        code = code or self._own_open(vfs, name, file, flags, out)
        if code == OK and path:
            self._paths[file] = path
            at = ctypes.cast(file, ctypes.POINTER(_C))
            at[0] = ctypes.addressof(self._ours(at[0] or 0))
        return int(code)

    def _ours(self, address: int) -> _Methods:
        if address not in self._methods:
            own = ctypes.cast(address, ctypes.POINTER(_Methods)).contents
            ours = _Methods.from_buffer_copy(own)
            self._methods[address] = (own, ours)
            self._wrap(own, ours)
        return self._methods[address][1]

    def _wrap(self, own: _Methods, ours: _Methods) -> None:
        write, truncate, sync, close = _WRITE(own.write), _TRUNCATE(own.truncate), _SYNC(own.sync), _CLOSE(own.close)
        self._keep += [write, truncate, sync, close]

        def on_write(file: int, data: int, n: int, at: int) -> int:
            code = self.refuse("write", self._paths[file])
            if code == OK:
                self.note("write", self._paths[file], at, ctypes.string_at(data, n))
                code = write(file, data, n, at)
            return code

        def on_truncate(file: int, size: int) -> int:
            self.note("truncate", self._paths[file], size)
            return int(truncate(file, size))

        def on_sync(file: int, flags: int) -> int:
            code = self.refuse("sync", self._paths[file])
            code = code or sync(file, flags)
            if code == OK:
                self.note("sync", self._paths[file])
            return int(code)

        def on_close(file: int) -> int:
            self._paths.pop(file, None)
            return int(close(file))

        ours.write, ours.truncate = self._callback(_WRITE, on_write), self._callback(_TRUNCATE, on_truncate)
        ours.sync, ours.close = self._callback(_SYNC, on_sync), self._callback(_CLOSE, on_close)

    def _delete(self, vfs: int, name: bytes, sync_folder: int) -> int:
        self.note("delete", _text(name), sync_folder)
        return int(self._own_delete(vfs, name, sync_folder))


def _text(name: bytes) -> str:
    return Path(name.decode()).name


def library() -> Any:
    """The SQLite that `sqlite3` is linked to."""
    import _sqlite3

    return ctypes.CDLL(_sqlite3.__file__)


def available() -> bool:
    """False where Python carries SQLite inside itself and shows nothing of it."""
    try:
        return hasattr(library(), "sqlite3_vfs_find")
    except (ImportError, OSError):
        return False
