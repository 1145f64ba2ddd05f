"""Every fault of the referee, on a signal made by hand: what is lawful is silent, what is one second off is not."""

from __future__ import annotations

import pytest
from _one_signal import BOUNDS, PLAN, picture, sheet, trips

from citybrain.guard.monitor import UNKNOWN, Fault, Monitor

Shown = tuple[str, int]
LAWFUL = (("rrr", 5), ("Grr", 9), ("yrr", 3), ("rrr", 2), ("rGr", 9), ("ryr", 3), ("rrr", 2), ("Grr", 9))


def faults(*shown: Shown) -> list[Fault]:
    return [trip.fault for trip in trips(*shown)]


def test_the_plan_and_lawful_changes_are_silent() -> None:
    assert trips(*PLAN * 12) == []
    assert trips(*LAWFUL) == []


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ((*LAWFUL[:1], ("GGr", 1)), Fault.CONFLICT),  # two roads
        ((*LAWFUL[:1], ("ggr", 1)), Fault.CONFLICT),  # in whatever green
        ((*LAWFUL[:1], ("GrG", 1)), Fault.CONFLICT),  # both with right of way
        ((*LAWFUL[:2], ("yGr", 1)), Fault.CONFLICT),  # into the other's yellow
        ((("rrr", 5), ("rrG", 9), ("rry", 1), ("Gry", 1)), Fault.CONFLICT),  # a yellow weighs as the green before it
        ((("rrr", 5), ("Grr", 4), ("yrr", 1)), Fault.SHORT_GREEN),
        ((("rrr", 5), ("Grr", 9), ("rrr", 1)), Fault.NO_YELLOW),
        ((("rrr", 5), ("Grr", 9), ("yrr", 2), ("rrr", 1)), Fault.SHORT_YELLOW),
        ((("rrr", 5), ("Grr", 9), ("yrr", 3), ("Grr", 1)), Fault.SHORT_YELLOW),  # green again out of yellow
        ((("rrr", 5), ("Grr", 9), ("yrr", 3), ("rrr", 1), ("rGr", 1)), Fault.SHORT_CLEARING),
        ((("rrr", 5), ("Grr", 9), ("yrr", 3), ("rGr", 1)), Fault.SHORT_CLEARING),
        ((("rrr", 5), ("Grr", 181)), Fault.STUCK),
        ((*LAWFUL[:2], ("yrr", 3), ("orr", 1)), Fault.DARK),
    ],
)
def test_what_is_wrong_is_told_in_the_second_in_which_it_is_shown(shown: tuple[Shown, ...], expected: Fault) -> None:
    assert expected in faults(*shown)
    before = (*shown[:-1], (shown[-1][0], shown[-1][1] - 1))
    assert expected not in faults(*before), "and not a second sooner"


def test_one_may_yield_to_the_other() -> None:
    assert trips(("rrr", 5), ("Grg", 9), ("yrg", 3), ("rrg", 9)) == []
    assert trips(("rrr", 5), ("rrg", 9), ("Grg", 9)) == [], "who yields needs no clearing"


def test_a_group_that_waits_for_ever() -> None:
    turns = (("Grr", 100), ("yrr", 3), ("rrr", 2), ("rrG", 60), ("rry", 3), ("rrr", 2))
    found = trips(("rGr", 10), ("ryr", 3), ("rrr", 2), *turns * 3)
    assert [trip.fault for trip in found] == [Fault.LONG_RED]
    assert found[0].time_s == 13.0 - 3.0 + 300.0, "red from the end of its green"


def test_haste_is_counted_within_its_time_and_patience_is_not() -> None:
    hasty = (("Grr", 6), ("yrr", 3), ("rrr", 2), ("rGr", 6), ("ryr", 3), ("rrr", 2))
    calm = (("Grr", 70), ("yrr", 3), ("rrr", 2), ("rGr", 70), ("ryr", 3), ("rrr", 2))
    assert Fault.HASTE in faults(("rrr", 5), *hasty * 6)
    assert Fault.HASTE not in faults(("rrr", 5), *hasty * 4)
    assert Fault.HASTE not in faults(("rrr", 5), *calm * 8)
    assert Fault.HASTE not in faults(("rrr", 5), *PLAN * 20), "the plan's own changes are the plan's own business"


def test_who_has_waited_long_may_be_served_in_haste() -> None:
    hasty = (("Grr", 6), ("yrr", 3), ("rrr", 2), ("rrG", 6), ("rry", 3), ("rrr", 2))
    long = (("Grr", 170), ("yrr", 3), ("rrr", 2), ("rGr", 6), ("ryr", 3), ("rrr", 2))
    first, whole = trips(("rrr", 5), *hasty * 4), trips(("rrr", 5), *long, *hasty * 4)
    assert (first, whole) == ([], []), "eight are allowed"
    again = sheet(red_max_s=(36.0, 36.0, 36.0))
    patient = (("Grr", 9), ("yrr", 3), ("rrr", 2), ("rGr", 9), ("ryr", 3), ("rrr", 2))
    assert not [t for t in trips(("rrr", 5), *patient * 12, of=again) if t.fault is Fault.HASTE], "each waits for 19 s"


def test_a_plan_that_has_no_yellow_may_do_so_in_its_own_time_only() -> None:
    steps = {(picture("Grr"), picture("rrr")): 30.0, (picture("rrr"), picture("Grr")): 2.0}
    plan = sheet(steps=steps, pictures=frozenset({picture("Grr"), picture("rrr")}))
    assert trips(("rrr", 3), ("Grr", 30), ("rrr", 2), ("Grr", 9), of=plan) == []
    assert [t.fault for t in trips(("rrr", 3), ("Grr", 29), ("rrr", 2), of=plan)] == [Fault.NO_YELLOW]


def test_not_even_a_plan_may_let_streams_cross() -> None:
    plan = sheet(pictures=frozenset({picture("GGr")}))
    assert [t.fault for t in trips(("GGr", 1), of=plan)] == [Fault.CONFLICT]


def test_silence_is_a_fault_and_an_unknown_colour_for_a_moment_is_none() -> None:
    monitor = Monitor([sheet()], BOUNDS)
    dark = bytes([UNKNOWN] * 3)
    told = [monitor.see(float(t), picture("rrr") if t < 5 else dark) for t in range(40)]
    first = next(t for t, found in enumerate(told) if found)
    assert (first, told[first][0].fault) == (4 + 10, Fault.SILENT)
    monitor = Monitor([sheet()], BOUNDS)
    assert not any(monitor.see(float(t), dark if t % 9 else picture("rrr")) for t in range(60))


def test_a_signal_that_never_speaks_is_silent() -> None:
    monitor = Monitor([sheet()], BOUNDS)
    told = [trip for t in range(12) for trip in monitor.see(float(t), bytes([UNKNOWN] * 3))]
    assert [trip.fault for trip in told] == [Fault.SILENT]


def test_a_colour_that_does_not_exist() -> None:
    monitor = Monitor([sheet()], BOUNDS)
    assert next(trip.fault for trip in monitor.see(0.0, bytes([0, 0, 9]))) is Fault.DARK


@pytest.mark.parametrize(
    ("time_s", "colours"), [(5.0, b"\0\0\0"), (4.0, b"\0\0\0"), (float("nan"), b"\0\0\0"), (6.0, b"")]
)
def test_a_line_that_goes_wrong_is_refused(time_s: float, colours: bytes) -> None:
    monitor = Monitor([sheet()], BOUNDS)
    monitor.see(5.0, picture("rrr"))
    with pytest.raises(ValueError, match="expected 3"):
        monitor.see(time_s, colours)


def test_a_fault_latches_until_a_person_releases_the_signal() -> None:
    monitor = Monitor([sheet()], BOUNDS)
    monitor.see(0.0, picture("GGr"))
    monitor.see(1.0, picture("rrr"))
    assert monitor.latched == {"J"}
    monitor.release("J")
    assert monitor.latched == set()
    assert monitor.see(2.0, picture("Grr")) == [], "it begins anew"
