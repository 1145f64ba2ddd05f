"""What the user asked for, as jobs; every wish is checked before any work begins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from citybrain.commands.options import RunOptions
from citybrain.errors import InputError
from citybrain.settings import load_settings, within

if TYPE_CHECKING:
    from citybrain.evaluate.job import Job


def checked_jobs(
    controllers: Sequence[str],
    seeds: Sequence[int],
    options: RunOptions,
    protocol: str = "default",
    interval_s: float = 30.0,
) -> tuple[Job, ...]:
    """Jobs for every controller and seed. Raises InputError or LimitError for what cannot be run."""
    from citybrain.evaluate.job import Job, Sources, make_jobs

    settings = load_settings()
    within("duration_max_s", options.duration or 0.0, settings)
    within("seeds_max", len(seeds), settings)
    sources = Sources(options.city, options.demand)
    like = Job("fixed", 0, options.duration, options.world, protocol, interval_s, sources)
    known = known_controllers(protocol)
    for name in controllers:
        if name not in known:
            raise InputError(f"controller {name!r} is not known here; choose from {', '.join(known)}")
    if len(set(controllers)) < len(controllers):
        raise InputError("a controller is named twice; name each once")
    return make_jobs(tuple(controllers), tuple(seeds), like)


def known_controllers(protocol: str) -> tuple[str, ...]:
    """Names that `--controller` and `--controllers` take."""
    if protocol == "cityflow":
        from citybrain.control.cityflow_protocol import PROTOCOL_NAMES

        return PROTOCOL_NAMES
    from citybrain.control.registry import controller_names

    return controller_names()


def split_names(text: str) -> list[str]:
    """Names between commas. Raises InputError when there is none."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InputError("--controllers names nobody; give for example fixed,max-pressure")
    return names
