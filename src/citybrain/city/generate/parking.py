"""Car parks of a generated city: most in the middle, some along streets, park and ride at the edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from citybrain.city import polyline
from citybrain.city.builder import CityBuilder, LinkSpec, ParkingSpec
from citybrain.city.model import F64, ParkingKind

SIGNALS_EACH = 6  # one place to park for so many signals ...
PLACES_MIN = 2  # ... and in the smallest town so many
APART_M = 260.0  # between two of them
BESIDE_M = 32.0  # from the middle of the road, on the kerb's side
STREET_SHARE, RIDE_SHARE = 0.2, 0.2  # of the places: along streets, park and ride
INNER, OUTER = 0.45, 0.7  # shares of the city's radius: car parks thin out beyond, park and ride begins
SPACES = {  # least, most and step
    ParkingKind.OFF_STREET: (90, 360, 10),
    ParkingKind.ON_STREET: (24, 72, 4),
    ParkingKind.PARK_AND_RIDE: (160, 520, 20),
}
SMALL_STREETS, MAIN_STREETS = ("tertiary", "residential"), ("primary", "secondary")


def add_parking(builder: CityBuilder, n_signals: int, rng: np.random.Generator) -> None:
    """Add the city's places to park, each beside a link that one drives in from."""
    middle = np.array([_middle(link) for link in builder.links])
    radius_m = float(np.hypot(*middle.T).max())
    places = max(PLACES_MIN, round(n_signals / SIGNALS_EACH))
    rides, streets = round(RIDE_SHARE * places), round(STREET_SHARE * places)
    kinds = [ParkingKind.PARK_AND_RIDE] * rides + [ParkingKind.ON_STREET] * streets
    kinds += [ParkingKind.OFF_STREET] * (places - len(kinds))
    taken: list[int] = []
    for kind in kinds:
        link = _choose(builder, kind, middle, radius_m, taken, rng)
        if link >= 0:
            taken.append(link)
            builder.add_parking(_named(builder, _spec(builder.links[link], link, kind, len(taken), rng)))


def _choose(
    builder: CityBuilder, kind: ParkingKind, middle: F64, radius_m: float, taken: list[int], rng: np.random.Generator
) -> int:
    """A link for a place of this kind, away from those that are taken; -1 = there is none."""
    share = np.hypot(*middle.T) / radius_m
    streets = MAIN_STREETS if kind is ParkingKind.PARK_AND_RIDE else SMALL_STREETS
    suits = np.array([link.kind in streets for link in builder.links])
    weight = np.where(suits, 1.0, 0.02)  # a small town may have no street of the kind
    weight *= (share > OUTER) + 1e-6 if kind is ParkingKind.PARK_AND_RIDE else np.exp(-((share / INNER) ** 2))
    for other in taken:
        weight[np.hypot(*(middle - middle[other]).T) < APART_M] = 0.0
    total = float(weight.sum())
    return int(rng.choice(weight.size, p=weight / total)) if total > 0.0 else -1


def _middle(link: LinkSpec, beside_m: float = 0.0) -> tuple[float, float]:
    """The middle of a link, or a place beside it on the kerb's side."""
    cut_m = 0.45 * polyline.length_m(link.geometry)
    return polyline.offset_right(polyline.trim(link.geometry, cut_m, cut_m), beside_m)[0]


def _spec(link: LinkSpec, row: int, kind: ParkingKind, number: int, rng: np.random.Generator) -> ParkingSpec:
    low, high, step = SPACES[kind]
    spaces = int(rng.integers(low // step, high // step + 1)) * step
    x_m, y_m = _middle(link, 0.0 if kind is ParkingKind.ON_STREET else BESIDE_M)
    head = {ParkingKind.PARK_AND_RIDE: "P+R "}.get(kind, "P ")
    return ParkingSpec(f"P{number}", f"{head}{link.name}", kind, spaces, x_m, y_m, link=row)


def _named(builder: CityBuilder, spec: ParkingSpec) -> ParkingSpec:
    """The same with a name of its own: a second one of a street is its B."""
    before = sum(f"{other.name} ".startswith(f"{spec.name} ") for other in builder.parking)
    return replace(spec, name=f"{spec.name} {chr(ord('A') + before)}") if before else spec
