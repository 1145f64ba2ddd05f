"""City Brain: the open operating brain for a city.

`load` and `load_demand` read a city and its demand of any supported format; `Twin` simulates them; `Client` and
`AsyncClient` ask a running brain. They are imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from citybrain.city.load import load
    from citybrain.client.asynchronous import AsyncClient
    from citybrain.client.sync import Client
    from citybrain.demand.load import load_demand
    from citybrain.twin.twin import Twin

__all__ = ["AsyncClient", "Client", "Twin", "__version__", "load", "load_demand"]

__version__ = "0.1.0"

LAZY = {
    "AsyncClient": "citybrain.client.asynchronous",
    "Client": "citybrain.client.sync",
    "Twin": "citybrain.twin.twin",
    "load": "citybrain.city.load",
    "load_demand": "citybrain.demand.load",
}


def __getattr__(name: str) -> Any:
    if name not in LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(LAZY[name]), name)
