"""Signals end a command between two beats; before the first one, and the second time, at once."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from citybrain.commands.stopping import Stop, stopping


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_during_beats_is_a_wish_and_the_second_one_an_order(number: signal.Signals) -> None:
    with stopping() as stop:
        stop.gently = True
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_before_the_first_beat_a_signal_ends_it_at_once(number: signal.Signals) -> None:
    with stopping() as stop, pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    assert not stop()


def test_afterwards_signals_go_where_they_went_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with pytest.raises(RuntimeError), stopping():  # noqa: PT012 - what is looked at ends with it
        assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] != before
        raise RuntimeError
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_another_thread_hears_no_signals() -> None:
    found: list[Stop] = []

    def work() -> None:
        with stopping() as stop:
            found.append(stop)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert [stop() for stop in found] == [False]
