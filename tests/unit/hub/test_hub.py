"""The hub: what is published is what is read, unknown is never zero, old is stale, small cells stay hidden."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import numpy as np
import pytest

from citybrain.errors import InputError, LimitError
from citybrain.hub.catalogue import Entry, Kind, entry_in
from citybrain.hub.hub import Hub
from citybrain.hub.subscription import Subscription, event_id
from citybrain.records.observations import Quality

ENTRY = Entry("c/all/in_transit", "vehicles", "how many", "estimate", "traffic office", 1.0, 5.0, low=0.0, high=1e6)
COLUMN = Entry(
    "c/links/speed", "m/s", "mean", "estimate", "office", 1.0, 5.0, Kind.TABLE, rows=4, axis="links", low=0.0
)


def areas(n: int) -> list[Entry]:
    return [entry_in(ENTRY, "c", f"a{k}") for k in range(n)]


def filled(n: int = 200) -> tuple[Hub, np.ndarray]:
    hub = Hub("life")
    rows = hub.register(areas(n))
    hub.publish(10.0, rows, np.arange(n, dtype=float), np.arange(n) - 1.0, np.arange(n) + 1.0)
    return hub, rows


def test_what_is_published_is_read() -> None:
    hub, rows = filled()
    value = hub.latest("c/a150/in_transit", 12.0)
    assert (value.time_s, value.value, value.low, value.high) == (10.0, 150.0, 149.0, 151.0)
    assert (value.quality, value.source) == (Quality.ESTIMATED, "estimate")
    values = hub.values(rows[::-1], 12.0)
    np.testing.assert_array_equal(values.value, np.arange(200)[::-1])
    assert (values.quality == Quality.ESTIMATED).all()


def test_an_address_keeps_its_row_and_growth_keeps_values() -> None:
    hub, rows = filled(70)
    np.testing.assert_array_equal(hub.register(areas(300))[:70], rows)
    assert hub.latest("c/a69/in_transit", 10.0).value == 69.0
    assert hub.latest("c/a299/in_transit", 10.0).quality is Quality.UNKNOWN
    np.testing.assert_array_equal(hub.rows_of(areas(3)), [0, 1, 2])
    assert hub.entry(2).address == "c/a2/in_transit"


def test_unknown_is_never_zero() -> None:
    hub = Hub()
    rows = hub.register(areas(4))
    before = hub.latest("c/a0/in_transit", 0.0)
    assert before.quality is Quality.UNKNOWN
    assert math.isnan(before.value)
    hub.publish(1.0, rows, np.array([1.0, math.nan, math.inf, -3.0]), quality=Quality.MEASURED)
    found = hub.values(rows, 1.0)
    assert found.quality.tolist() == [Quality.MEASURED] + [Quality.UNKNOWN] * 3
    assert np.isnan(found.value[1:]).all()
    assert hub.counts.disbelieved == 2


def test_a_value_is_stale_when_it_is_older_than_its_freshness_and_not_before() -> None:
    hub, rows = filled(3)
    hub.publish(11.0, rows[:1], np.array([math.nan]))
    assert hub.latest("c/a1/in_transit", 15.0).quality is Quality.ESTIMATED
    assert hub.latest("c/a1/in_transit", 15.001).quality is Quality.STALE
    assert hub.values(rows, 16.1).quality.tolist() == [Quality.UNKNOWN, Quality.STALE, Quality.STALE]
    hub.register_table(COLUMN)
    hub.publish_table(COLUMN.address, 10.0, np.array([1, 2, np.nan, 4.0]))
    assert hub.table(COLUMN.address, 16.0).quality.tolist() == [3, 3, 4, 3]
    assert hub.table(COLUMN.address, 10.0).quality.tolist() == [1, 1, 4, 1]


def test_a_late_value_does_not_replace_a_newer_one() -> None:
    hub, rows = filled(3)
    hub.publish(20.0, rows[1:2], np.array([7.0]))
    hub.publish(15.0, rows, np.array([5.0, 5.0, 5.0]))
    assert hub.values(rows, 20.0).value.tolist() == [5.0, 7.0, 5.0]
    assert hub.counts.late == 1


@pytest.mark.parametrize(
    ("rows", "values", "time_s"),
    [([0], [1.0, 2.0], 1.0), ([9], [1.0], 1.0), ([-1], [1.0], 1.0), ([0], [1.0], math.nan)],
)
def test_wrong_shapes_and_rows_are_refused(rows: list[int], values: list[float], time_s: float) -> None:
    hub, _ = filled(3)
    with pytest.raises(InputError, match="publish"):
        hub.publish(time_s, np.array(rows), np.array(values))
    assert hub.latest("c/a0/in_transit", 10.0).value == 0.0


def test_kinds_are_not_mixed() -> None:
    hub = Hub()
    with pytest.raises(InputError, match="expected indicators"):
        hub.register([COLUMN])
    with pytest.raises(InputError, match="expected a table"):
        hub.register_table(ENTRY)
    for read in (lambda: hub.latest("c/links/speed", 0.0), lambda: hub.table("c/links/speed", 0.0)):
        with pytest.raises(InputError, match=r"no (indicator|table) at c/links/speed"):
            read()
    with pytest.raises(InputError, match="no table"):
        hub.publish_table("c/links/speed", 0.0, np.zeros(4))
    with pytest.raises(InputError, match="no indicator"):
        hub.rows_of([ENTRY])


def test_a_column_is_copied_and_read_only() -> None:
    hub = Hub()
    hub.register_table(COLUMN)
    assert np.isnan(hub.table(COLUMN.address, 0.0).values).all()
    given = np.array([1.0, 2.0, -1.0, 4.0], np.float32)
    hub.publish_table(COLUMN.address, 1.0, given, np.array([0, 1, 0, 0], np.uint8))
    given[:] = 99.0
    column = hub.table(COLUMN.address, 1.0)
    np.testing.assert_array_equal(column.values, [1.0, 2.0, np.nan, 4.0])
    assert column.quality.tolist() == [0, 1, Quality.UNKNOWN, 0]
    with pytest.raises(ValueError, match="read-only"):
        column.values[0] = 1.0
    hub.publish_table(COLUMN.address, 0.5, np.zeros(4))
    assert hub.table(COLUMN.address, 1.0).time_s == 1.0
    with pytest.raises(InputError, match="one a row"):
        hub.publish_table(COLUMN.address, 2.0, np.zeros(3))
    with pytest.raises(InputError, match="one a row"):
        hub.publish_table(COLUMN.address, 2.0, np.zeros(4), np.zeros(3, np.uint8))


def test_small_cells_are_never_published() -> None:
    hub = Hub()
    entry = replace(COLUMN, address="c/all/od", k_min=10, period_s=300.0, stale_after_s=900.0)
    hub.register_table(entry)
    support = np.array([0, 9, 10, 500])
    hub.publish_table(entry.address, 300.0, support.astype(float), support=support)
    np.testing.assert_array_equal(hub.table(entry.address, 300.0).values, [np.nan, np.nan, 10.0, 500.0])
    assert hub.counts.suppressed == 1
    with pytest.raises(InputError, match="windows overlap"):
        hub.publish_table(entry.address, 599.0, support.astype(float), support=support)
    with pytest.raises(InputError, match="vehicles behind each"):
        hub.publish_table(entry.address, 600.0, support.astype(float))


def test_the_hub_has_limits() -> None:
    hub = Hub(rows_max=2, cells_max=7)
    with pytest.raises(LimitError):
        hub.register(areas(3))
    hub = Hub(cells_max=7)
    hub.register_table(COLUMN)
    hub.register_table(COLUMN)
    with pytest.raises(LimitError, match="7 cells"):
        hub.register_table(replace(COLUMN, address="c/links/flow"))


def test_a_reader_is_told_what_changed_and_what_it_missed() -> None:
    hub, rows = filled(4)
    reader = Subscription(hub, rows)
    first = reader.take(10.0)
    assert first is not None
    assert (first.whole, first.values.rows.tolist(), first.passed_over) == (True, [0, 1, 2, 3], 0)
    assert reader.take(10.0) is None
    for time_s in (11.0, 12.0, 13.0):
        hub.publish(time_s, rows[1:3], np.array([time_s, time_s]))
    changes = reader.take(13.0)
    assert changes is not None
    assert (changes.whole, changes.values.rows.tolist(), changes.passed_over) == (False, [1, 2], 4)
    assert changes.values.value.tolist() == [13.0, 13.0]
    assert reader.passed_over == 4


@pytest.mark.parametrize("event", ["other-1", "life-", "life-x", "life-99", "", "life-9999999999999999999", "1"])
def test_a_reader_of_another_life_starts_anew(event: str) -> None:
    hub, rows = filled(4)
    changes = Subscription(hub, rows, event).take(10.0)
    assert changes is not None
    assert changes.whole


def test_a_reader_goes_on_where_it_was() -> None:
    hub, rows = filled(4)
    seen = event_id(hub, hub.sequence)
    assert Subscription(hub, rows, seen).take(10.0) is None
    hub.publish(11.0, rows[3:], np.array([1.0]))
    changes = Subscription(hub, rows, seen).take(11.0)
    assert changes is not None
    assert (changes.whole, changes.values.rows.tolist()) == (False, [3])


def test_listeners_hear_every_publication_until_they_leave() -> None:
    hub, rows = filled(2)
    heard: list[int] = []
    leave = hub.listen(lambda: heard.append(hub.sequence))
    hub.publish(11.0, rows, np.zeros(2))
    leave()
    hub.publish(12.0, rows, np.zeros(2))
    assert heard == [2]


def test_the_state_comes_back_into_another_hub() -> None:
    hub, _ = filled(4)
    hub.register_table(COLUMN)
    hub.publish_table(COLUMN.address, 10.0, np.arange(4.0))
    other = Hub("next")
    other.register(areas(6)[::-1][:4])  # a5 a4 a3 a2: two of them new, two gone
    other.register_table(COLUMN)
    other.restore(hub.state())
    assert other.latest("c/a3/in_transit", 10.0) == hub.latest("c/a3/in_transit", 10.0)
    assert other.latest("c/a5/in_transit", 10.0).quality is Quality.UNKNOWN
    np.testing.assert_array_equal(other.table(COLUMN.address, 10.0).values, np.arange(4.0))
    assert Subscription(other, other.rows_of(areas(4)[2:])).take(10.0) is not None


def test_readers_in_other_threads_see_whole_publications() -> None:
    """A beat's values belong together: no reader sees half of one publication."""
    hub, rows = filled(1000)
    torn: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            found = np.unique(hub.values(rows, 1e9).value)
            torn.append(found.size)

    hub.publish(11.0, rows, np.zeros(1000))
    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for beat in range(500):
        hub.publish(12.0 + beat, rows, np.full(1000, float(beat)))
    done.set()
    for reader in readers:
        reader.join()
    assert set(torn) == {1}
