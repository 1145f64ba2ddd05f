"""Arrays, data and text on their way into a page."""

from __future__ import annotations

import base64
import html
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray


def text(value: object) -> str:
    """Text that cannot be taken for markup."""
    return html.escape(str(value), quote=True)


def floats(values: NDArray[Any]) -> str:
    """Base64 of little-endian float32, which the page's script reads without parsing; nan stays nan."""
    return base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")


def integers(values: NDArray[Any]) -> str:
    """Base64 of little-endian int32."""
    return base64.b64encode(np.ascontiguousarray(values, "<i4").tobytes()).decode("ascii")


def data(name: str, value: object) -> str:
    """A JSON block of the page; no `<` is left in it that could end the block early or keep it open."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{text(name)}">{body}</script>'
