"""SUMO as a world: the same controllers drive its signals, second by second, through libsumo."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from citybrain.city.model import City
from citybrain.city.sumo import lane_ids, read_sumo
from citybrain.city.sumo.config import read_scenario
from citybrain.clock import SYSTEM, Clock
from citybrain.demand.model import Demand
from citybrain.errors import EngineError, InputError
from citybrain.records.history import RunHistory
from citybrain.records.minutes import SAMPLE_S, MinuteMeans
from citybrain.records.readings import Readings
from citybrain.records.summary import Summary
from citybrain.worlds.sumo_figures import RunFacts, TripTable, read_trips, summarise
from citybrain.worlds.sumo_files import GREEN_BOUNDS_S, SumoFiles, letters, write_detectors, write_programs
from citybrain.worlds.sumo_history import read_history, take_sample, write_edge_sums
from citybrain.worlds.sumo_view import SumoView
from citybrain.worlds.sumo_watch import SumoWatch

__all__ = ["SumoOptions", "SumoWorld"]

PROGRAMS = ("plan", "actuated", "city")


@dataclass(frozen=True)
class SumoOptions:
    """How SUMO runs. `programs` is what `run_plans` shows.

    "plan": the network's own; "actuated": the phases of the city's plans actuated by gaps; "city": the city's plans,
    also where they are not those of the network's file.
    """

    programs: str = "plan"
    step_s: float = 1.0
    extra: tuple[str, ...] = ()  # further options of SUMO, as on its command line

    def __post_init__(self) -> None:
        if self.programs not in PROGRAMS:
            raise InputError(f"programs {self.programs!r} is not known; choose one of {', '.join(PROGRAMS)}")
        if not 0.0 < self.step_s <= 1.0 or abs(1.0 / self.step_s - round(1.0 / self.step_s)) > 1e-9:
            raise InputError(f"step_s = {self.step_s:g}: expected 1 s or a whole fraction of it")


class SumoWorld:
    """A run of SUMO (`worlds.base.SignalWorld`). SUMO allows one a process: a new world ends the one before.

    Args:
        city: what stands; its signals are steered.
        demand: who travels. Where `files` is given, SUMO reads its own routes instead.
        seed: of SUMO's randomness.
        files: the city and its demand as SUMO's files; None = they are written first (see `sumo_export`).
        options: how SUMO runs.

    Vehicles are never teleported. Raises InputError where libsumo is not installed or SUMO refuses the files.
    """

    _running: ClassVar[SumoWorld | None] = None

    def __init__(
        self,
        city: City,
        demand: Demand | None,
        seed: int = 0,
        files: SumoFiles | None = None,
        options: SumoOptions | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._city = city
        self._seed, self._options, self._clock = seed, options or SumoOptions(), clock
        self._folder = tempfile.TemporaryDirectory(prefix="citybrain-sumo-")
        folder = Path(self._folder.name)
        self._files = files if files is not None else _written(city, demand, folder)
        self._watched = write_detectors(folder / "detectors.add.xml", city, self._files.lanes)
        self._sumo = _libsumo()
        self._facts = RunFacts(seed, city.meta.begin_s, city.meta.begin_s, 0.0, 0, 0.0)
        self._trips: TripTable | None = None
        self._history: RunHistory | None = None
        self._minutes = MinuteMeans()
        self._finished = 0
        self._shown: dict[int, str] = {}
        self._start(folder)
        self._programs = [self._sumo.trafficlight.getProgram(name) for name in self._files.signals]
        self._view = SumoView(self._sumo, city, self._files, self._watched)

    @classmethod
    def from_files(
        cls,
        net_path: str | Path,
        route_path: str | Path,
        window_s: tuple[float, float] = (0.0, 3600.0),
        seed: int = 0,
        options: SumoOptions | None = None,
        city: City | None = None,
    ) -> Self:
        """A world of a network and a route file; `window_s` is (begin, end), `city` as in `from_scenario`."""
        city = read_sumo(net_path) if city is None else city
        city = replace(city, meta=replace(city.meta, begin_s=window_s[0], end_s=window_s[1]))
        files = _own_files(city, Path(net_path), (Path(route_path),))
        return cls(city, None, seed, files, options)

    @classmethod
    def from_scenario(
        cls, path: str | Path, seed: int = 0, options: SumoOptions | None = None, city: City | None = None
    ) -> Self:
        """A world of a `.sumocfg`; `city` where it was read from it before and given other plans since."""
        scenario = read_scenario(path)
        city = read_sumo(path) if city is None else city
        return cls(city, None, seed, _own_files(city, scenario.net, scenario.routes, scenario.additional), options)

    def _start(self, folder: Path) -> None:
        """Start SUMO at the window's begin, ending the run before."""
        if SumoWorld._running is not None:
            SumoWorld._running.close()
        additional = [*self._files.additional, folder / "detectors.add.xml", folder / "sums.add.xml"]
        write_edge_sums(folder / "sums.add.xml", folder / "edges.xml")
        if self._options.programs != "plan":
            bounds_s = GREEN_BOUNDS_S if self._options.programs == "actuated" else None
            write_programs(folder / "programs.add.xml", self._city, self._files.signals, bounds_s)
            additional.append(folder / "programs.add.xml")
        try:
            self._sumo.start(self._command(folder, additional))
        except (self._sumo.TraCIException, self._sumo.FatalTraCIError) as error:
            raise InputError(f"{self._files.net}: SUMO refuses it ({' '.join(str(error).split())})") from error
        SumoWorld._running = self

    def _command(self, folder: Path, additional: list[Path]) -> list[str]:
        command = ["sumo", "-n", str(self._files.net), "-a", ",".join(map(str, additional))]
        if self._files.routes:
            command += ["-r", ",".join(map(str, self._files.routes))]
        command += ["-b", f"{self._city.meta.begin_s:g}", "--seed", str(self._seed)]
        command += ["--step-length", f"{self._options.step_s:g}", "--time-to-teleport", "-1"]
        command += ["--no-step-log", "true", "--no-warnings", "true", "--duration-log.disable", "true"]
        command += ["--tripinfo-output", str(folder / "trips.xml"), "--tripinfo-output.write-unfinished", "true"]
        return [*command, "--tripinfo-output.write-undeparted", "true", *self._options.extra]

    @property
    def city(self) -> City:
        return self._city

    @property
    def time_s(self) -> float:
        """Now: everything before it has happened, nothing from it on."""
        return self._facts.end_s

    @property
    def end_s(self) -> float:
        return self._city.meta.end_s

    def readings(self) -> Readings:
        """What the sensors say now."""
        self._check_running()
        return self._view.readings()

    def step(self, colours: NDArray[np.uint8]) -> None:
        """Advance 1 s; during it the groups show `colours` [n_groups] (Colour)."""
        self._check_running()
        if colours.shape != (len(self._city.groups.group_id),):
            raise InputError(f"colours have shape {colours.shape}; expected ({len(self._city.groups.group_id)},)")
        self._show(colours, range(len(self._city.signals.signal_id)))
        self._advance()

    def second(self, colours: NDArray[np.uint8], steered: NDArray[np.bool_]) -> list[str]:
        """Advance 1 s; `steered` signals [n_signals] show `colours`, the others play SUMO's programs. Who arrived.

        A signal that has been steered once plays no program of SUMO's until `run_plans`.
        """
        self._check_running()
        self._show(colours, self._shown.keys() | set(np.flatnonzero(steered).tolist()))
        arrived: list[str] = []
        for _ in range(round(1.0 / self._options.step_s)):
            self._simulate()
            arrived.extend(self._sumo.simulation.getArrivedIDList())
        self._facts = replace(self._facts, end_s=self._facts.end_s + 1.0)
        return arrived

    def watch(self) -> SumoWatch:
        """Something that follows every vehicle from now on."""
        return SumoWatch(self._sumo, self._city, self._files)

    def run_plans(self, until_s: float) -> None:
        """Advance to `until_s` under the programs that the options name, played by SUMO itself."""
        self._check_running()
        for signal in self._shown:
            self._sumo.trafficlight.setProgram(self._files.signals[signal], self._programs[signal])
        self._shown.clear()
        while self.time_s < until_s:
            self._advance()

    def summary(self) -> Summary:
        """Figures of the run up to now. SUMO tells them at its end: the run cannot go on after this."""
        return summarise(self.trips(), self._facts, self._options.programs)

    def trips(self) -> TripTable:
        """Every vehicle of the run; ends it, as `summary` does."""
        self.close()
        assert self._trips is not None
        return self._trips

    def history(self) -> RunHistory:
        """Minute series and means by link; ends the run, as `summary` does."""
        self.close()
        assert self._history is not None
        return self._history

    def close(self) -> None:
        """End the run and keep its figures. Closing twice does nothing."""
        if self._trips is not None:
            return
        self._sumo.close()
        SumoWorld._running = None
        folder, span_s = Path(self._folder.name), self._facts.end_s - self._facts.begin_s
        self._trips = read_trips(folder / "trips.xml")
        self._history = read_history(
            folder / "edges.xml", self._city, self._files.links, self._minutes.series(), span_s
        )
        self._folder.cleanup()

    def _check_running(self) -> None:
        if self._trips is not None:
            raise EngineError("this run of SUMO has ended (summary taken, or another world started); make a new one")

    def _show(self, colours: NDArray[np.uint8], steered: Iterable[int]) -> None:
        signals = self._city.signals
        for signal in steered:
            first = int(signals.first_group[signal])
            state = letters(colours[first : first + int(signals.n_groups[signal])])
            if self._shown.get(signal) != state:
                self._sumo.trafficlight.setRedYellowGreenState(self._files.signals[signal], state)
                self._shown[signal] = state

    def _simulate(self) -> None:
        try:
            self._sumo.simulationStep()
        except (self._sumo.TraCIException, self._sumo.FatalTraCIError) as error:
            raise EngineError(f"SUMO stopped at {self.time_s:g} s ({' '.join(str(error).split())})") from error

    def _advance(self) -> None:
        """One second of SUMO, and what only the running simulation can tell."""
        started_s = self._clock.monotonic_s()
        for _ in range(round(1.0 / self._options.step_s)):
            self._simulate()
        wall_s = self._clock.monotonic_s() - started_s
        vehicle, facts = self._sumo.vehicle, self._facts
        names = vehicle.getIDList()
        waited_s = max(map(vehicle.getWaitingTime, names), default=0.0)
        self._facts = replace(
            facts,
            end_s=facts.end_s + 1.0,
            longest_wait_s=max(facts.longest_wait_s, waited_s),
            vehicle_steps=facts.vehicle_steps + len(names),
            step_wall_s=facts.step_wall_s + wall_s,
        )
        self._finished += self._sumo.simulation.getArrivedNumber()
        since_s = self._facts.end_s - self._facts.begin_s
        if since_s % SAMPLE_S == 0.0:
            self._minutes.add(take_sample(self._sumo, since_s, names, self._finished))


def _libsumo() -> Any:
    try:
        import libsumo
    except ImportError as error:
        raise InputError('SUMO is not installed; install it with pip install "opencitybrain[sumo]"') from error
    return libsumo


def _own_files(city: City, net: Path, routes: tuple[Path, ...], additional: tuple[Path, ...] = ()) -> SumoFiles:
    """Files of SUMO's own: the city that was read from them keeps their names."""
    return SumoFiles(net, routes, city.links.link_id, lane_ids(net), city.signals.signal_id, additional)


def _written(city: City, demand: Demand | None, folder: Path) -> SumoFiles:
    if demand is None:
        raise InputError("a world of SUMO needs a demand or files of its own")
    from citybrain.worlds.sumo_export import export_sumo

    return export_sumo(city, demand, folder)
