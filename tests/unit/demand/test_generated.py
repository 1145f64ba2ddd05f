"""The demo city's rush hour: sized by the streets, towards the middle in the morning, and reproducible."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.city.model import City
from citybrain.demand.assign import capacity_vph
from citybrain.demand.generated import BUSY_LINK_SHARE, BUSY_RATIO, generate
from citybrain.demand.model import Demand
from citybrain.demand.profile import morning
from citybrain.errors import InputError


@pytest.fixture(scope="module")
def pair() -> tuple[City, Demand]:
    return generate(100, 3)


def inward_m(city: City, demand: Demand) -> float:
    """How much nearer to the middle trips end than they start, on average."""
    links, trips = city.links, demand.trips
    x, y = (a[links.from_node] for a in (city.nodes.x_m, city.nodes.y_m))
    away_m = np.hypot(x, y)
    return float((away_m[trips.origin_link] - away_m[trips.destination_link]).mean())


def test_the_busiest_links_carry_what_was_asked_for(pair: tuple[City, Demand]) -> None:
    city, demand = pair
    count = np.bincount(demand.trips.route_link, minlength=len(city.links.link_id))
    ratio = count * morning().peak_factor / capacity_vph(city)
    assert np.quantile(ratio, 1 - BUSY_LINK_SHARE) == pytest.approx(BUSY_RATIO, rel=0.25)
    assert np.median(ratio) < 0.5 * BUSY_RATIO


def test_bottlenecks_are_the_big_roads(pair: tuple[City, Demand]) -> None:
    city, demand = pair
    count = np.bincount(demand.trips.route_link, minlength=len(city.links.link_id))
    busiest = count.argsort()[-20:]
    assert np.mean([city.links.kind[i] in ("primary", "secondary") for i in busiest]) > 0.8


def test_mornings_lead_in_and_evenings_out(pair: tuple[City, Demand]) -> None:
    city, demand = pair
    _, back = generate(100, 3, period="evening")
    assert inward_m(city, demand) > 100.0
    assert inward_m(city, back) < -100.0


def test_scale_and_duration_multiply_trips(pair: tuple[City, Demand]) -> None:
    n = pair[1].trips.depart_s.size
    assert generate(100, 3, scale=0.5)[1].trips.depart_s.size == pytest.approx(0.5 * n, abs=2)
    longer = generate(100, 3, duration_s=7200.0)[1].trips
    assert longer.depart_s.size == pytest.approx(2 * n, abs=2)
    assert longer.depart_s[-1] > 7000.0


def test_the_same_arguments_give_the_same_result(pair: tuple[City, Demand]) -> None:
    city, demand = generate(100, 3)
    assert city.links.link_id == pair[0].links.link_id
    assert (demand.trips.route_link == pair[1].trips.route_link).all()


def test_the_smallest_town_has_traffic() -> None:
    _, demand = generate(4, 0)
    assert demand.trips.depart_s.size > 50


def test_the_name_is_kept() -> None:
    assert generate(4, 0, "Rivertown")[0].meta.name == "Rivertown"


def test_another_period_is_refused() -> None:
    with pytest.raises(InputError, match="morning"):
        generate(4, 0, period="noon")  # type: ignore[arg-type]


@pytest.mark.parametrize(("duration_s", "end_s"), [(600.0, 3600.0), (7200.0, 7200.0)])
def test_the_city_lasts_as_long_as_its_trips_depart(duration_s: float, end_s: float) -> None:
    city, demand = generate(4, 1, duration_s=duration_s)
    assert city.meta.end_s - city.meta.begin_s == end_s
    assert demand.trips.depart_s.max() < city.meta.end_s
