"""Laws of what-ifs: no change is no difference, demand scales departures, a closed link carries nobody."""

from __future__ import annotations

import numpy as np
import pytest

from citybrain.demand.generated import generate
from citybrain.errors import InputError
from citybrain.evaluate.whatif.change import Change, Closure, Retiming, stages_of
from citybrain.evaluate.whatif.compare import FIGURES
from citybrain.evaluate.whatif.course import SERIES, Course, fork_of, run_course
from citybrain.evaluate.whatif.paired import Question, answer
from citybrain.twin.twin import Twin
from citybrain.twin.variant import trips_ahead

AHEAD_S = 600


@pytest.fixture(scope="module")
def twin() -> Twin:
    return Twin(*generate(9, 3), seed=3).run(900)


def quiet(_: float = 0.0) -> None:
    """Nobody listens."""


def course(twin: Twin, change: Change, seed: int = 0) -> Course:
    return run_course(fork_of(twin, change, seed), change, AHEAD_S, quiet)


def busiest(twin: Twin, rank: int = 4) -> int:
    return int(np.argsort(-twin.memory.tables["links"]["exits"], kind="stable")[rank])


def test_no_change_is_no_difference_at_all(twin: Twin) -> None:
    told = answer(twin, Question(Change(), AHEAD_S, seeds=2), quiet)
    assert [figure["name"] for figure in told["figures"]] == list(FIGURES)
    for figure in told["figures"]:
        assert figure["difference"] == 0.0, figure
        assert figure["verdict"] == "same"
    assert str(told["links"]["alone"]) == str(told["links"]["changed"])  # where nobody went, nan is nan
    assert told["series"]["alone"] == told["series"]["changed"]
    assert set(told["trips"].values()) == {0.0}


@pytest.mark.parametrize("same", ["factor", "plan"])
def test_a_change_that_changes_nothing_is_none(twin: Twin, same: str) -> None:
    city = twin.city
    greens_s = tuple(city.phases.duration_s[stages_of(city, 0)].tolist())
    change = {
        "factor": Change(demand_factor=1.0),
        "plan": Change(plans=(Retiming(city.signals.signal_id[0], greens_s),)),
    }
    here, there = course(twin, Change()), course(twin, change[same])
    for name in SERIES:
        np.testing.assert_array_equal(here.series[name], there.series[name])


@pytest.mark.parametrize("factor", [0.0, 0.3, 0.8, 1.25, 2.0, 3.0])
def test_the_demand_scales_the_departures(twin: Twin, factor: float) -> None:
    rows, _ = trips_ahead(twin)
    fork = fork_of(twin, Change(demand_factor=factor), 1)
    ahead = trips_ahead(fork.twin)[0].size
    spread = 4.0 * np.sqrt(rows.size * (factor % 1.0) * (1.0 - factor % 1.0))
    assert abs(ahead - factor * rows.size) <= spread + 1e-9
    assert ahead == rows.size + fork.told.added - fork.told.removed
    trips = fork.twin.demand.trips
    assert (np.diff(trips.depart_s) >= 0.0).all()


def test_the_demand_of_an_area_leaves_the_others_alone(twin: Twin) -> None:
    area = twin.city.areas.area_id[0]
    inside = twin.city.areas.link[: twin.city.areas.link_offset[1]]
    fork = fork_of(twin, Change(demand_factor=0.0, demand_area=area), 1)
    (before, _), (after, _) = trips_ahead(twin), trips_ahead(fork.twin)
    to_before, to_after = twin.demand.trips.destination_link[before], fork.twin.demand.trips.destination_link[after]
    assert not np.isin(to_after, inside).any()
    assert to_after.size == (~np.isin(to_before, inside)).sum() > 0
    assert fork.told.removed == np.isin(to_before, inside).sum() > 0


def test_other_seeds_add_other_trips_and_the_same_seed_the_same(twin: Twin) -> None:
    forks = [fork_of(twin, Change(demand_factor=1.3), seed) for seed in (1, 1, 2)]
    digests = [fork.twin.run(1000).digest() for fork in forks]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("rank", range(5))
def test_a_closed_link_carries_nobody(twin: Twin, rank: int) -> None:
    link = busiest(twin, rank)
    change = Change((Closure(twin.city.links.link_id[link]),))
    lanes = twin.city.lanes.link == link
    tables = twin.memory.tables
    on_it = int(tables["tracks"]["count"][: lanes.size][lanes].sum() + tables["lanes"]["inbox"][lanes].sum())
    found = course(twin, change)
    assert found.passed[link] <= on_it < course(twin, Change()).passed[link]
    assert found.told.detoured + found.told.lost > 0


def test_trips_that_cannot_be_made_are_counted_and_not_made(twin: Twin) -> None:
    link = int(np.bincount(twin.demand.trips.destination_link).argmax())
    fork = fork_of(twin, Change((Closure(twin.city.links.link_id[link]),)), 0)
    rows, _ = trips_ahead(fork.twin)
    assert fork.told.lost > 0
    assert not (fork.twin.demand.trips.destination_link[rows] == link).any()
    assert rows.size == trips_ahead(twin)[0].size - fork.told.lost
    assert fork.free_share.size == fork.twin.demand.trips.route.size


def test_a_longer_way_is_lost_time_though_it_is_driven_freely(twin: Twin) -> None:
    """Only progress on the way that was meant counts as free."""
    links = [Change((Closure(twin.city.links.link_id[busiest(twin, rank)]),)) for rank in range(8)]
    fork = max((fork_of(twin, change, 0) for change in links), key=lambda one: one.told.detoured)
    assert fork.told.detoured > 50
    alone = fork_of(twin, Change(), 0)
    assert (fork.free_share <= 1.0 + 1e-9).mean() > 0.9
    assert fork.free_share.min() < 0.999
    assert set(alone.free_share.tolist()) == {1.0}


def test_what_is_noted_adds_up(twin: Twin) -> None:
    found = course(twin, Change())
    assert found.time_s.tolist() == [900.0 + 60.0 * k for k in range(AHEAD_S // 60 + 1)]
    assert found.series["finished"][0] == found.series["lost_h"][0] == 0.0
    assert (np.diff(found.series["finished"]) >= 0.0).all()
    assert (np.diff(found.series["lost_h"]) > 0.0).all()
    present = found.series["running"] + found.series["waiting"]
    spent_h = present.mean() * AHEAD_S / 3600.0
    assert found.series["lost_h"][-1] < spent_h, "nobody loses more than there is"
    on_links = found.vehicles.sum()
    assert 0.5 * present.mean() < on_links <= 1.05 * present.mean(), "but those inside junctions"


def test_a_controller_acts_where_it_is_told_to_and_nowhere_else(twin: Twin) -> None:
    signals = twin.city.signals.signal_id
    alone, all_of_them = course(twin, Change()), course(twin, Change(controller="max-pressure"))
    one = course(twin, Change(controller="max-pressure", signals=(signals[0],)))
    assert all_of_them.series["lost_h"][-1] < alone.series["lost_h"][-1]
    assert not np.array_equal(one.series["lost_h"], alone.series["lost_h"])
    assert abs(one.series["lost_h"][-1] - alone.series["lost_h"][-1]) < 0.5 * abs(
        all_of_them.series["lost_h"][-1] - alone.series["lost_h"][-1]
    )


def test_the_share_done_rises_to_one_and_the_twin_stays(twin: Twin) -> None:
    before, shares = twin.digest(), list[float]()
    answer(twin, Question(Change(demand_factor=1.2), 120, seeds=2), shares.append)
    assert shares == sorted(shares)
    assert (len(shares), shares[-1]) == (8, 1.0)
    assert twin.digest() == before


def test_the_same_question_has_the_same_answer(twin: Twin) -> None:
    question = Question(Change(demand_factor=1.2), 300, seeds=2)
    assert str(answer(twin, question, quiet)) == str(answer(twin, question, quiet))


@pytest.mark.parametrize(("horizon_s", "seeds"), [(0, 1), (90, 1), (3660, 1), (600, 0), (600, 11)])
def test_too_far_and_too_many_are_refused(horizon_s: int, seeds: int) -> None:
    with pytest.raises(InputError, match="expected"):
        Question(Change(), horizon_s, seeds)
