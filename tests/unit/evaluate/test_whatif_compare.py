"""Comparing two courses: pure arithmetic, held against numbers made by hand."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from citybrain.evaluate.statistics import t_quantile
from citybrain.evaluate.whatif.compare import bands, by_link, compared, figures_of, result
from citybrain.evaluate.whatif.course import SERIES, Course, Told

MINUTES = 3


def made(lost_h: float = 10.0, finished: float = 100.0, told: Told = Told(), **more: list[float]) -> Course:  # noqa: B008
    rise = np.linspace(0.0, 1.0, MINUTES + 1)
    series = {name: np.full(MINUTES + 1, 5.0) for name in SERIES}
    series |= {"lost_h": lost_h * rise, "finished": finished * rise, "queued": np.array([1.0, 9.0, 4.0, 2.0])}
    links = {"vehicles": [1.0, 2.0], "passed": [10.0, 30.0], "pace": [0.5, 0.9]} | more
    arrays = (np.array(links[name]) for name in ("vehicles", "passed", "pace"))
    return Course(600.0 + 60.0 * np.arange(MINUTES + 1), series, *arrays, told)


def test_the_figures_of_a_course() -> None:
    found = figures_of(made())
    assert found["lost_h"] == 10.0
    assert (found["queued_end"], found["queued_most"], found["finished"]) == (2.0, 9.0, 100.0)
    assert found["speed_share"] == pytest.approx((0.5 * 10 + 0.9 * 30) / 40)


def test_links_that_nobody_left_do_not_count_in_the_speed() -> None:
    assert figures_of(made(passed=[10.0, 0.0], pace=[0.5, math.nan]))["speed_share"] == 0.5
    assert math.isnan(figures_of(made(passed=[0.0, 0.0], pace=[math.nan] * 2))["speed_share"])


def test_the_difference_is_taken_seed_by_seed() -> None:
    """What the seeds have in common cancels out: here everything but 1 h and a little."""
    alone = [made(10.0), made(50.0), made(200.0)]
    changed = [made(11.0), made(51.1), made(200.9)]
    figure = next(one for one in compared(alone, changed) if one.name == "lost_h")
    assert figure.difference.mean == pytest.approx(1.0)
    half = t_quantile(2) * np.std([1.0, 1.1, 0.9], ddof=1) / math.sqrt(3)
    assert figure.difference.half_width == pytest.approx(half)
    assert figure.verdict == "worse"


def test_what_is_better_depends_on_the_figure() -> None:
    alone, changed = [made(10.0, 100.0), made(20.0, 90.0)], [made(9.0, 110.0), made(19.0, 100.0)]
    verdicts = {figure.name: figure.verdict for figure in compared(alone, changed)}
    assert verdicts["lost_h"] == "better", "less of it"
    assert verdicts["finished"] == "better", "more of it"
    assert verdicts["queued_end"] == "same"
    back = {figure.name: figure.verdict for figure in compared(changed, alone)}
    assert (back["lost_h"], back["finished"]) == ("worse", "worse")


def test_nothing_is_claimed_from_one_seed_or_from_noise() -> None:
    (one,) = [figure for figure in compared([made(10.0)], [made(5.0)]) if figure.name == "lost_h"]
    assert one.verdict == "open"
    noisy = compared([made(10.0), made(20.0), made(30.0)], [made(15.0), made(12.0), made(33.0)])
    assert next(figure for figure in noisy if figure.name == "lost_h").verdict == "open"


def test_unequal_numbers_of_seeds_are_no_pairs() -> None:
    with pytest.raises(ValueError, match="zip"):
        compared([made()], [made(), made()])


def test_bands_hold_every_seed() -> None:
    found = bands([made(10.0), made(30.0)])["lost_h"]
    assert (found["low"][-1], found["mean"][-1], found["high"][-1]) == (10.0, 20.0, 30.0)
    assert set(bands([made()])) == set(SERIES)


def test_links_are_weighted_by_who_passed() -> None:
    vehicles, pace = by_link(
        [made(passed=[10.0, 0.0], pace=[0.5, math.nan]), made(passed=[30.0, 0.0], pace=[0.9, math.nan])]
    )
    assert vehicles.tolist() == [1.0, 2.0]
    assert pace[0] == pytest.approx(0.8)
    assert math.isnan(pace[1])


def test_the_result_is_plain_and_tells_of_trips() -> None:
    told = result([made(), made()], [made(told=Told(4, 0, 7, 1, 2)), made(told=Told(6, 0, 9, 1, 0))])
    assert told["time_s"] == [0.0, 60.0, 120.0, 180.0]
    assert told["trips"] == {"added": 5.0, "removed": 0.0, "detoured": 8.0, "lost": 1.0, "cut": 1.0}
    assert json.loads(json.dumps(told)) == told
