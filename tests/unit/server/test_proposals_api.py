"""Proposed plans over HTTP: seen, applied, measured before and after, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _acting_street import API, Street, make_street

from _asgi import Client
from citybrain.guard.gate import Mode
from citybrain.hub.access import Role
from citybrain.server import models
from citybrain.server.proposals import SETTLE_S


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    made = make_street(tmp_path_factory.mktemp("street"), beats=400)
    yield made
    made.run.close()


@pytest.fixture(autouse=True)
def recommend(street: Street) -> None:
    steering = street.acting.steering
    for signal in list(steering.plans):
        steering._give_plan(signal, ())
    street.run.brain.memory.standing.plans.clear()
    steering.gate.set_mode(Mode.RECOMMEND)


def proposed(client: Client, signal: str) -> dict[str, Any]:
    found = client.get(f"{API}/proposals/{signal}")
    assert found.status == 200, found.body
    models.ProposalAnswer.model_validate_json(found.body, strict=True)
    return dict(found.json())


def effect(client: Client, signal: str) -> dict[str, Any]:
    found = client.get(f"{API}/effects/{signal}")
    assert found.status == 200, found.body
    models.EffectAnswer.model_validate_json(found.body, strict=True)
    return dict(found.json())


def give(client: Client, signal: str, plan: Any, **more: Any) -> Any:
    body = {"kind": "plan", "signals": [signal], "why": "a test", "plan": plan, **more}
    found = client.post(f"{API}/actions", body)
    if found.status == 200:
        models.ActionAnswer.model_validate_json(found.body, strict=True)
    return found


def steered(client: Client, signal: str) -> dict[str, Any]:
    rows = client.get(f"{API}/steering").json()["signals"]
    return next(row for row in rows if row["signal"] == signal)


def test_a_proposed_plan_is_applied_and_undone(street: Street) -> None:
    ann, signal = street.person(Role.OPERATE), street.acting.ids[4]
    found = proposed(ann, signal)
    plan = found["proposed"]["plan"]
    assert plan["cycle_s"] == sum(step["green_s"] for step in plan["steps"]) + sum(found["proposed"]["changes_s"])
    assert len(found["now"]["step_saturation"]) == len(plan["steps"])
    assert found["proposed"]["delay_s"] <= found["now"]["delay_s"]
    assert not found["applied"]
    preview = give(ann, signal, plan, preview=True).json()
    assert preview["changes"] == [{"signal": signal, "before": None, "after": plan}]
    assert steered(ann, signal)["plan"] is None
    made = give(ann, signal, plan).json()
    assert (made["state"], made["kind"], made["changes"]) == ("done", "plan", preview["changes"])
    row = steered(ann, signal)
    assert (row["plan"], row["applied_stage"], row["advised_stage"]) == (plan, None, None)
    assert proposed(ann, signal)["applied"]
    back = ann.post(f"{API}/actions/{made['number']}/undo", {"why": "no"}).json()
    assert (back["kind"], back["undoes"], back["changes"][0]["after"]) == ("plan", made["number"], None)
    assert steered(ann, signal)["plan"] is None
    redone = ann.post(f"{API}/actions/{back['number']}/undo", {"why": "yes"})
    assert (redone.status, steered(ann, signal)["plan"]) == (200, plan)
    assert give(ann, signal, None).status == 200
    assert give(ann, signal, None).status == 409, "it is on its own plan already"


def test_a_plan_of_ones_own_is_checked_first(street: Street) -> None:
    ann, signal = street.person(Role.OPERATE), street.acting.ids[4]
    plan = proposed(ann, signal)["proposed"]["plan"]
    cases: list[tuple[Any, int, str]] = [
        (plan | {"cycle_s": plan["cycle_s"] + 1}, 400, f"its greens and changes last {plan['cycle_s']} s"),
        (
            plan | {"cycle_s": None, "steps": [plan["steps"][0] | {"green_s": 1}, *plan["steps"][1:]]},
            409,
            "green for 1 s",
        ),
        (plan | {"steps": plan["steps"][:1]}, 400, "length"),
        (plan | {"steps": [{"stage": 99, "green_s": 9}, *plan["steps"]]}, 409, "no streams may be let go"),
        (plan | {"speed": 3}, 400, "unknown field"),
    ]
    for given, status, why in cases:
        found = give(ann, signal, given)
        assert (found.status, why in found.json()["error"]["message"]) == (status, True), found.body
    two = {"kind": "plan", "signals": list(street.acting.ids[:2]), "why": "x", "plan": plan}
    assert ann.post(f"{API}/actions", two).status == 400
    odd = {"kind": "stop", "signals": [signal], "why": "x", "plan": plan}
    assert ann.post(f"{API}/actions", odd).status == 400
    assert steered(ann, signal)["plan"] is None


def test_who_may_see_and_apply_proposals(street: Street) -> None:
    signal = street.acting.ids[4]
    nobody, viewer = Client(street.app), street.person(Role.VIEW)
    assert [nobody.get(f"{API}/{what}/{signal}").status for what in ("proposals", "effects")] == [401, 401]
    plan = proposed(viewer, signal)["proposed"]["plan"]
    assert give(viewer, signal, plan).status == 403
    assert viewer.get(f"{API}/proposals/nowhere").status == viewer.get(f"{API}/effects/nowhere").status == 404


def test_where_no_plan_can_be_made_the_answer_says_why(street: Street) -> None:
    ann, limits = street.person(Role.VIEW), street.acting.steering.tables.limits
    limits.steerable[2], was = False, bool(limits.steerable[2])
    try:
        found = ann.get(f"{API}/proposals/{street.acting.ids[2]}")
        assert (found.status, "do not allow to steer" in found.json()["error"]["message"]) == (409, True)
    finally:
        limits.steerable[2] = was


def test_before_and_after_are_measured_and_the_minutes_between_belong_to_neither(tmp_path: Path) -> None:
    street = make_street(tmp_path, beats=30)
    ann, signal = street.person(Role.OPERATE), street.acting.ids[4]
    never = effect(ann, signal)
    assert (never["changed"], never["action"], never["verdict"]) == (None, 0, "early")
    run = street.run
    while run.world.time_s % 60.0 < 1.0 or run.world.time_s < 545.0:
        run.step()
    made = give(ann, signal, proposed(ann, signal)["proposed"]["plan"]).json()
    first = effect(ann, signal)
    assert (first["action"], first["after"]["minutes"], first["settling_s"]) == (made["number"], 0, SETTLE_S)
    assert 2 <= first["before"]["minutes"] <= 4
    assert first["before"]["queue"] > 0.0
    for _ in range(120):
        run.step()
    soon = effect(ann, signal)
    assert (soon["after"]["minutes"], soon["verdict"], soon["settling_s"]) == (0, "early", SETTLE_S - 120.0)
    assert soon["before"] == first["before"]
    assert len(soon["minutes"]["time"]) > len(first["minutes"]["time"])
    while run.world.time_s < run.world.end_s - 1.0:
        run.step()
    late = effect(ann, signal)
    assert late["before"] == first["before"], "what was before does not change any more"
    run.close()
