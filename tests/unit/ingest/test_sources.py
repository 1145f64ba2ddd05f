"""Who may send: names, keys, kinds, rates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from citybrain.errors import FormatError, LimitError
from citybrain.ingest.kinds import Kind
from citybrain.ingest.reject import Reason, Reject
from citybrain.ingest.sources import Meter, Source, Sources, new_key
from citybrain.settings import Settings

KEY, HASH = new_key()
TEXT = f"""
[north]
key_hash = "{HASH}"
kinds = ["count", "signal"]
rows_per_s = 100

[all]
key_hash = "{new_key()[1]}"
kinds = ["*"]
"""


def sources(text: str = TEXT, settings: Settings | None = None) -> Sources:
    return Sources.read(text, "sources.toml", settings or Settings())


def test_the_right_key_opens_and_no_other() -> None:
    register = sources()
    found = register.authenticate(f"Bearer north:{KEY}")
    assert isinstance(found, Source)
    assert found.kinds == {Kind.COUNT, Kind.SIGNAL}
    assert register.by_name["all"].kinds == set(Kind) - {Kind.EMERGENCY}, "right of way is nobody's by default"
    assert register.by_name["all"].rows_per_s == Settings().source_rows_per_s
    wrong = [KEY[:-1], KEY + "x", "", KEY.swapcase(), HASH, "\ud800"]
    for text in (*(f"Bearer north:{key}" for key in wrong), f"Bearer all:{KEY}", f"Bearer :{KEY}", "Bearer", "", ":"):
        refused = register.authenticate(text)
        assert isinstance(refused, Reject)
        assert refused.reason is Reason.UNKNOWN_SOURCE
        assert KEY not in str(refused)


def test_nobody_has_the_hash_of_nothing() -> None:
    assert isinstance(Sources({}).authenticate("Bearer nobody:"), Reject)


def test_keys_are_long_and_all_different_and_shown_nowhere() -> None:
    keys = {new_key()[0] for _ in range(100)}
    assert len(keys) == 100
    assert min(map(len, keys)) >= 43
    assert HASH not in repr(sources())


def test_a_source_sends_only_its_kinds() -> None:
    register = sources()
    north = register.by_name["north"]
    assert register.allowed(north, Kind.COUNT) is None
    refused = register.allowed(north, Kind.PASSAGE)
    assert refused is not None
    assert refused.reason is Reason.KIND_NOT_ALLOWED


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[a", "TOML"),
        ("a = 1", r"\[a\]: other fields"),
        ("[A]\n", r"\[A\]: the name"),
        (f'[a]\nkey_hash="{HASH[:-1]}"\nkinds=["*"]', "key_hash: something else; expected 64 hexadecimal digits"),
        (f'[a]\nkey_hash="{HASH}"\nkinds=["speed"]', "kinds"),
        (f'[a]\nkey_hash="{HASH}"\nkinds=[]', "kinds"),
        (f'[a]\nkey_hash="{HASH}"\nkinds=["*"]\nrows_per_s=0', "rows_per_s: 0; expected a whole number"),
        (f'[a]\nkey_hash="{HASH}"\nkinds=["*"]\nrows_per_s=true', "rows_per_s"),
        (f'[a]\nkey="{KEY}"', "other fields"),
    ],
    ids=range(9),  # a new key each time must not name the tests
)
def test_a_wrong_register_is_refused_with_its_place(text: str, match: str) -> None:
    with pytest.raises(FormatError, match=match) as caught:
        sources(text)
    assert KEY not in str(caught.value)


def test_the_register_is_bounded() -> None:
    with pytest.raises(LimitError, match="sources_max = 1"):
        sources(settings=replace(Settings(), sources_max=1))


def test_a_source_sends_at_its_rate() -> None:
    meter, north = Meter(), sources().by_name["north"]
    sent, now_s = 0, 1000.0
    for _ in range(10_000):
        now_s += 0.01
        if meter.wait_s(north, now_s) == 0.0:
            meter.charge(north, 50, now_s)
            sent += 50
    assert 100 * 100 <= sent <= 100 * 102 + 50  # 100 s at 100 rows/s, and the burst
    meter.charge(north, 1000, now_s)
    wait_s = meter.wait_s(north, now_s)
    assert 7.0 < wait_s <= 10.5
    assert meter.wait_s(north, now_s + wait_s) == pytest.approx(0.0)
    assert meter.wait_s(north, now_s - 5.0) >= wait_s - 1e-9  # a clock that runs back gives nothing


@pytest.mark.parametrize("kinds", ['["emergency"]', '["*", "emergency"]'])
def test_who_may_call_for_right_of_way_is_named_as_such(kinds: str) -> None:
    named = sources(TEXT.replace('kinds = ["*"]', f"kinds = {kinds}")).by_name["all"]
    assert sources().allowed(sources().by_name["all"], Kind.EMERGENCY) is not None
    assert sources().allowed(named, Kind.EMERGENCY) is None
    assert (sources().allowed(named, Kind.WEATHER) is None) == ("*" in kinds)
