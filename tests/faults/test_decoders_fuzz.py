"""Short form of the fuzzing of the decoders: see `benchmarks/_mutants.py`; the full form is `scripts/bench faults`."""

from __future__ import annotations

import pytest
from benchmarks._mutants import CANARIES, MARK, fuzz

from citybrain.ingest.kinds import Kind
from citybrain.ingest.schema import FORMATS

MESSAGES = 2500  # of each kind, the formats by turns: 20,000 in all
REASONS = {  # that every kind must meet: a fuzzer that never comes past the parser proves nothing
    *("malformed", "unsupported", "missing", "bad_time", "missing_zone", "unknown_field", "wrong_type", "too_deep"),
    *("duplicate_key", "not_an_object", "too_old", "in_the_future", "not_finite"),
}


@pytest.mark.parametrize("kind", list(Kind))
def test_no_mutant_crashes_a_decoder_or_escapes_the_accounts(kind: Kind) -> None:
    fuzz(kind, 20, seed=0)  # compiled code is loaded before time is taken
    found = fuzz(kind, MESSAGES, seed=1)
    assert all(found.mutants[each] >= MESSAGES / len(FORMATS) for each in FORMATS)
    assert found.messages > MESSAGES / 2
    assert found.notes == []
    assert (found.crashes, found.unbalanced, found.canary_hits) == (0, 0, 0)
    assert found.accepted > MESSAGES / 4
    assert found.quarantined > MESSAGES / 4
    assert set(found.reasons) >= REASONS, REASONS - set(found.reasons)
    assert found.p99_s < 0.02, "a message of at most fifty rows"


def test_the_canaries_are_sent() -> None:
    """Without them the search for them would be vacuous."""
    from benchmarks import _mutants

    seen: list[bytes] = []
    true_send = _mutants._send
    try:
        _mutants._send = lambda found, message, context: (seen.append(message[2]), true_send(found, message, context))[
            1
        ]
        _mutants.fuzz(Kind.PASSAGE, 2000, seed=2, formats=tuple(FORMATS)[:2])
    finally:
        _mutants._send = true_send
    assert len(CANARIES) == len(set(CANARIES)) == 1000
    assert sum(MARK.encode() in data or b"ZQ7K" in data for data in seen) > 100
