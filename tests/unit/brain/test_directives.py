"""What people direct: done between beats, never against the guard, and done again when the run is played again."""

from __future__ import annotations

import json
import math
import threading
from pathlib import Path

import numpy as np
import pytest
from _day import die, streets

from citybrain.brain.build import Wishes, assemble, make_brain
from citybrain.brain.directives import NONE, Directive, DirectiveDesk, Kind, Standing, sort_out
from citybrain.brain.journal import FILE, Entry, Journal, read_journal
from citybrain.brain.pace import Shed
from citybrain.brain.runtime import Runtime
from citybrain.brain.steering import SteerOptions
from citybrain.brain.storage import read_past
from citybrain.clock import ManualClock
from citybrain.errors import BusyError, InputError
from citybrain.guard.gate import Mode
from citybrain.settings import Settings
from citybrain.worlds.streets import Streets

RECOMMEND = SteerOptions("max-pressure", "recommend", people=True)
APPLY_S = 30


def runtime(record: Path | None = None, *, resume: bool = False, steer: SteerOptions = RECOMMEND) -> Runtime:
    settings = Settings(guard_apply_s=APPLY_S)
    return assemble(
        lambda: streets(steered=True), Wishes(math.inf, record, resume, 30.0, {}, steer), settings, ManualClock()
    )


def ask(run: Runtime, kind: Kind, signals: tuple[int, ...], *given: tuple[int, ...], number: int = 1) -> str:
    """Hand a directive in, let a beat go by: the answer."""
    assert run.directives is not None
    answer = run.directives.ask(Directive(number, kind, signals, *given, by="ann"))
    run.step()
    return answer.result(0)


def beats(run: Runtime, n: int) -> None:
    for _ in range(n):
        run.step()


def leased(run: Runtime) -> list[int]:
    assert isinstance(run.world, Streets)
    return np.flatnonzero(run.world._desk.leased(run.world.time_s)).tolist()


def modes(run: Runtime) -> list[int]:
    assert run.brain.steering is not None
    return [int(mode) for mode in run.brain.steering.gate.mode]


def advised(run: Runtime) -> list[int]:
    """Signals for which a stage is recommended."""
    assert run.brain.steering is not None
    return np.flatnonzero(run.brain.steering.gate.advised >= 0).tolist()


@pytest.fixture
def run() -> Runtime:
    made = runtime()
    beats(made, 120)
    yield made  # type: ignore[misc]
    made.close()


# ---- modes ----


def test_a_mode_is_changed_and_the_street_obeys(run: Runtime) -> None:
    signal = advised(run)[0]
    assert leased(run) == []
    assert ask(run, Kind.MODE, (signal,), (Mode.CONTROL,)) == ""
    beats(run, 15)
    assert leased(run) == [signal]
    assert ask(run, Kind.MODE, (signal,), (Mode.OBSERVE,), (Mode.CONTROL,)) == ""
    beats(run, 1)
    assert leased(run) == [], "and it is over at once"
    assert run.referee is not None
    assert (run.referee.lost, run.referee.n_trips) == ("", 0), "a referee watches from the first second on"


def test_what_has_changed_meanwhile_is_not_changed_again(run: Runtime) -> None:
    seen = (int(Mode.RECOMMEND),)
    assert ask(run, Kind.MODE, (0,), (Mode.OBSERVE,), seen) == ""
    answer = ask(run, Kind.MODE, (0, 1), (Mode.CONTROL, Mode.CONTROL), seen * 2)
    assert "no longer as it was" in answer
    assert modes(run)[:2] == [Mode.OBSERVE, Mode.RECOMMEND], "a directive is obeyed whole or not at all"


def test_of_two_for_one_signal_the_first_counts(run: Runtime) -> None:
    assert run.directives is not None
    asked = [Directive(n, Kind.MODE, (0, n), (value, value)) for n, value in ((1, Mode.OBSERVE), (2, Mode.CONTROL))]
    answers = [run.directives.ask(one) for one in asked]
    run.step()
    assert [answer.result(0) for answer in answers] == ["", "another action came first; look again"]
    assert modes(run)[:3] == [Mode.OBSERVE, Mode.OBSERVE, Mode.RECOMMEND]


# ---- recommendations ----


def test_an_applied_wish_is_leased_for_its_time_and_no_longer(run: Runtime) -> None:
    gate = run.brain.steering.gate  # type: ignore[union-attr]
    signal = advised(run)[0]
    stage = int(gate.advised[signal])
    assert ask(run, Kind.APPLY, (signal,), (stage,), (NONE,)) == ""
    beats(run, 3)
    assert leased(run) == [signal]
    assert isinstance(run.world, Streets)
    assert run.world._desk._wish[signal] == stage
    beats(run, APPLY_S)
    assert leased(run) == []
    assert int(gate.applied[signal]) == NONE
    assert modes(run)[signal] == Mode.RECOMMEND


def test_an_applied_wish_is_taken_back(run: Runtime) -> None:
    signal = advised(run)[0]
    stage = int(run.brain.steering.gate.advised[signal])  # type: ignore[union-attr]
    assert ask(run, Kind.APPLY, (signal,), (stage,), (NONE,)) == ""
    beats(run, 3)
    assert ask(run, Kind.STOP, (signal,), (), (stage,)) == ""
    beats(run, 1)
    assert leased(run) == []
    assert "nothing was applied" in ask(run, Kind.STOP, (signal,), (), (stage,))


def test_a_change_of_mode_ends_what_was_applied(run: Runtime) -> None:
    signal = advised(run)[0]
    stage = int(run.brain.steering.gate.advised[signal])  # type: ignore[union-attr]
    ask(run, Kind.APPLY, (signal,), (stage,))
    beats(run, 3)
    ask(run, Kind.MODE, (signal,), (Mode.OBSERVE,))
    beats(run, 2)
    assert leased(run) == []


def test_what_is_declined_is_recommended_no_more_until_another_stage_was(run: Runtime) -> None:
    gate = run.brain.steering.gate  # type: ignore[union-attr]
    signal = advised(run)[0]
    stage = int(gate.advised[signal])
    assert ask(run, Kind.DECLINE, (signal,), (stage,)) == ""
    hidden, others = 0, False
    for _ in range(300):
        run.step()
        others = others or int(gate.advised[signal]) not in (NONE, stage)
        hidden += not others and int(gate.advised[signal]) == NONE
        if others and int(gate.advised[signal]) == stage:
            break
    assert hidden >= 3
    assert others
    assert int(gate.advised[signal]) == stage, "by then it is news again"


def test_declined_is_allowed_again(run: Runtime) -> None:
    gate = run.brain.steering.gate  # type: ignore[union-attr]
    signal = advised(run)[0]
    stage = int(gate.advised[signal])
    ask(run, Kind.DECLINE, (signal,), (stage,))
    assert ask(run, Kind.ALLOW, (signal,), (), (stage,)) in ("", f"{run.world.city.signals.signal_id[signal]}: "
        "nothing was declined")  # fmt: skip
    beats(run, 2)
    assert int(gate.advised[signal]) >= 0


# ---- never against the guard ----


def test_the_guard_has_the_last_word(run: Runtime) -> None:
    steering = run.brain.steering
    assert steering is not None
    signal = advised(run)[0]
    cases = [
        (Kind.MODE, (99,), (Mode.OBSERVE,), "there is no signal 99"),
        (Kind.MODE, (-1,), (Mode.OBSERVE,), "there is no signal -1"),
        (Kind.APPLY, (signal,), (77,), "no streams may be let go"),
        (Kind.APPLY, (signal,), (NONE,), "no streams may be let go"),
        (Kind.RELEASE, (signal,), (), "is not latched"),
        (Kind.STOP, (signal,), (), "nothing was applied"),
        (Kind.ALLOW, (signal,), (), "nothing was declined"),
    ]
    for kind, signals, values, why in cases:
        assert why in ask(run, kind, signals, values), kind
    ask(run, Kind.MODE, (signal,), (Mode.OBSERVE,))
    assert "not in the mode recommend" in ask(run, Kind.APPLY, (signal,), (0,))
    assert run.brain.memory.standing.count == 1, "what was refused is not remembered"


def test_a_latched_signal_is_handed_over_by_nobody_and_released_by_name(run: Runtime) -> None:
    assert run.referee is not None
    from citybrain.guard.monitor import Fault, Trip

    signal = advised(run)[0]
    name = run.world.city.signals.signal_id[signal]
    shown = np.full(len(run.world.city.groups.group_id), 250, np.uint8)  # no colour at all
    run.referee.see(run.world.time_s - 0.5, shown)
    assert signal in run.referee.latched
    assert isinstance(run.referee.trips[-1], Trip)
    assert isinstance(run.referee.trips[-1].fault, Fault)
    run.step()
    assert "latched" in ask(run, Kind.MODE, (signal,), (Mode.CONTROL,))
    assert "latched" in ask(run, Kind.APPLY, (signal,), (0,))
    assert ask(run, Kind.RELEASE, (signal,)) == ""
    assert signal not in run.referee.latched
    run.step()
    assert not run.brain.steering.gate.latched[signal]  # type: ignore[union-attr]
    book = Path(str(run.referee._own.name)) / "latches.jsonl"  # type: ignore[union-attr]
    assert json.loads(book.read_text().splitlines()[-1]) | {"time_s": 0} == {"release": name, "time_s": 0, "by": "ann"}


def test_a_recorded_day_is_not_controlled(tmp_path: Path) -> None:
    from citybrain.worlds.replay import Replay

    first = runtime(tmp_path / "day")
    beats(first, 20)
    first.close()
    again = assemble(lambda: Replay(tmp_path / "day"), Wishes(steer=RECOMMEND), Settings(), ManualClock())
    again.step()
    assert "reaches this world" in ask(again, Kind.MODE, (0,), (Mode.CONTROL,))
    assert ask(again, Kind.MODE, (0,), (Mode.OBSERVE,)) == ""


# ---- again ----


def directed(run: Runtime) -> None:
    """Some beats with directives among them."""
    for n in range(150):
        if n == 20:
            ask(run, Kind.MODE, (0, 1), (Mode.CONTROL, Mode.OBSERVE), number=3)
        elif n == 70:
            ask(run, Kind.MODE, (1,), (Mode.CONTROL,), number=9)
        elif n == 90 and advised(run):
            signal = advised(run)[0]
            stage = int(run.brain.steering.gate.advised[signal])  # type: ignore[union-attr]
            assert ask(run, Kind.APPLY, (signal,), (stage,), number=11) == ""
        else:
            run.step()


def test_a_run_with_directives_is_played_again_to_the_same_digest(tmp_path: Path) -> None:
    run = runtime(tmp_path / "day")
    directed(run)
    run.close()
    past = read_past(tmp_path / "day")
    assert [d.number for e in past.entries.values() for d in e.directives] == [3, 9, 11]
    for steer in (None, RECOMMEND):
        past = read_past(tmp_path / "day")
        fresh = make_brain(past.replay, Settings(), ManualClock(), "again", steer)
        for entry in past.entries.values():
            fresh.beat(past.replay.observe(entry.time_s), Shed(entry.shed), entry.directives)
        assert fresh.digest() == run.brain.digest()
        forgetful = read_past(tmp_path / "day")
        other = make_brain(forgetful.replay, Settings(), ManualClock(), "again", steer)
        for entry in forgetful.entries.values():
            other.beat(forgetful.replay.observe(entry.time_s), Shed(entry.shed))
        assert other.digest() != run.brain.digest(), "and the directives are part of it"


@pytest.mark.parametrize("snapshot", [True, False])
def test_after_a_crash_people_find_the_modes_that_they_set(tmp_path: Path, snapshot: bool) -> None:
    first = runtime(tmp_path / "day")
    directed(first)
    count = first.brain.memory.standing.count
    die(first)
    if not snapshot:
        for path in (tmp_path / "day" / "snapshots").iterdir():
            path.unlink()
    assert first.referee is not None
    first.referee.close()
    second = runtime(tmp_path / "day", resume=True)
    assert modes(second) == modes(first)
    assert second.brain.memory.standing.count == count == 3
    beats(second, 60)
    assert set(leased(second)) == {0, 1} & set(np.flatnonzero(second.brain.steering.in_sight))  # type: ignore[union-attr]
    second.close()


def test_nobody_is_told_that_it_was_done_before_it_is_on_the_disk(tmp_path: Path) -> None:
    run = runtime(tmp_path / "day")
    beats(run, 5)
    assert ask(run, Kind.MODE, (0,), (Mode.OBSERVE,)) == ""
    found = read_journal(tmp_path / "day" / FILE)[0]
    assert [d.kind for d in found[run.world.time_s].directives] == [Kind.MODE]
    assert read_past(tmp_path / "day").end_s == run.world.time_s, "with the beat that it belongs to"
    run.close()


# ---- the desk and the journal ----


def test_the_desk_is_bounded_and_ends() -> None:
    desk = DirectiveDesk(2)
    one = Directive(1, Kind.STOP, (0,))
    waiting = [desk.ask(one), desk.ask(one)]
    with pytest.raises(BusyError, match="actions_max"):
        desk.ask(one)
    assert waiting[0].cancel()
    assert [asked.answer for asked in desk.take()] == [waiting[1]], "what was called back is not done"
    assert not waiting[1].cancel(), "what was taken is not called back any more"
    last = desk.ask(one)
    desk.close()
    assert last.result(0) == "the run has ended"
    with pytest.raises(InputError, match="end"):
        desk.ask(one)


def test_many_threads_ask_and_each_is_answered() -> None:
    desk, answers, lock = DirectiveDesk(1000), [], threading.Lock()

    def person(k: int) -> None:
        future = desk.ask(Directive(k, Kind.STOP, (k,)))
        with lock:
            answers.append((k, future))

    threads = [threading.Thread(target=person, args=(k,)) for k in range(50)]
    for thread in threads:
        thread.start()
    taken = []
    while len(taken) < 50:
        for asked in sort_out(desk.take(), lambda directive: "odd" if directive.number % 2 else ""):
            asked.answer.set_result("")
            taken.append(asked)
        with lock:
            if sum(future.done() for _, future in answers) == 50:
                break
    for thread in threads:
        thread.join()
    assert {k: future.result(1) for k, future in answers} == {k: "odd" if k % 2 else "" for k in range(50)}


def test_directives_come_back_from_the_journal_without_names(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    one = Directive(4, Kind.MODE, (1, 2), (0, 2), (1, 1), "ann")
    journal.add(Entry(1.0, 0, 0, (one, Directive(5, Kind.RELEASE, (3,)))))
    journal.add(Entry(2.0))
    journal.close()
    assert b"ann" not in (tmp_path / "j").read_bytes()
    found, _ = read_journal(tmp_path / "j")
    assert found[1.0].directives == (Directive(4, Kind.MODE, (1, 2), (0, 2)), Directive(5, Kind.RELEASE, (3,)))
    assert found[2.0].directives == ()
    line = b'{"time_s": 3.0, "shed": 0, "offset": 0, "orders": 1, "directives": [{"number": 1}]}\n'
    (tmp_path / "j").write_bytes((tmp_path / "j").read_bytes() + line)
    assert list(read_journal(tmp_path / "j")[0]) == [1.0, 2.0]


def test_what_stands_is_kept_and_depends_on_the_order() -> None:
    one, two = Directive(1, Kind.MODE, (0,), (2,)), Directive(2, Kind.MODE, (0,), (1,))
    first, second = Standing(), Standing()
    for standing, given in ((first, (one, two)), (second, (two, one))):
        for directive in given:
            standing.note(directive, 7.0)
    assert (first.modes, second.modes) == ({0: 1}, {0: 2})
    assert first.mark != second.mark
    assert vars(Standing.of(json.loads(json.dumps(first.state())))) == vars(first)
