"""Metrics: what Prometheus reads is what was published and what was answered."""

from __future__ import annotations

from pathlib import Path

from _brain import Brain, make_brain
from prometheus_client.parser import text_string_to_metric_families


def samples(brain: Brain) -> dict[tuple[str, ...], float]:
    text = brain.public.get("/metrics").body.decode()
    families = text_string_to_metric_families(text)
    return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}


def test_every_known_public_indicator_is_there(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    found = samples(brain)
    name = brain.name
    assert found["citybrain_indicator", *sorted(("all", name, "in_transit"))] == 1834.0
    assert found["citybrain_indicator_stale", *sorted(("all", name, "in_transit"))] == 0.0
    assert found["citybrain_newest_age_seconds",] == 0.0
    assert not [key for key in found if "internal" in key or "restricted" in key]
    brain.clock.advance(60.0)
    assert samples(brain)["citybrain_indicator_stale", *sorted(("all", name, "in_transit"))] == 1.0


def test_answers_are_counted_with_their_status(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    for path in ("health", "health", "nothing", "catalogue?limit=0"):
        brain.public.get(f"/api/v1/{path}")
    counted = {key[1:]: value for key, value in samples(brain).items() if key[0] == "citybrain_http_answers_total"}
    assert sorted(counted.values()) == [1.0, 1.0, 2.0]
    assert {status for key in counted for status in key if status.isdigit()} == {"200", "404", "400"}


def test_a_route_that_does_not_exist_makes_no_new_label(tmp_path: Path) -> None:
    brain = make_brain(tmp_path)
    for k in range(20):
        brain.public.get(f"/nothing/{k}")
        brain.public.get(f"/api/v1/indicators/a/b/{k}")
    counted = [key for key in samples(brain) if key[0] == "citybrain_http_answers_total"]
    assert len(counted) == 2
