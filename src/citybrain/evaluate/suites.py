"""The published comparisons as suites: which scenarios, which protocol, which controllers, and what is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from citybrain.errors import InputError
from citybrain.evaluate.job import Job, Sources

RULES = ("max-pressure", "longest-queue", "vote", "sketch")
EVERY_SECOND_S = 1.0


@dataclass(frozen=True)
class Scenario:
    """A network and its demand below the data folder; `published` is the best published figure of each interval."""

    name: str
    net: str
    demand: str
    published: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Suite:
    """`rows` are (controller, seconds between decisions); 0 = as the controller is."""

    name: str
    scenarios: tuple[Scenario, ...]
    world: str
    protocol: str
    rows: tuple[tuple[str, float], ...]
    metrics: tuple[str, ...]  # fields of Summary
    duration_s: float | None = None

    def jobs(self, scenario: Scenario, data: Path, seeds: int) -> tuple[Job, ...]:
        """Every row on every seed of one scenario. Raises InputError where its files are not below `data`."""
        net = _file(data, scenario.net)
        demand = _file(data, scenario.demand)
        like = Job("fixed", 0, self.duration_s, self.world, self.protocol, sources=Sources(net, demand))
        return tuple(
            replace(like, controller=controller, interval_s=interval_s, seed=seed)
            for controller, interval_s in self.rows
            for seed in range(seeds)
        )


def _file(data: Path, name: str) -> Path:
    path = data / name
    if not path.is_file():
        raise InputError(f"{path}: not there; expected the folder of the published data sets, with {name} in it")
    return path


_HANGZHOU, _JINAN = "hangzhou_4x4/roadnet_4_4.json.gz", "jinan_3x4/roadnet_3_4.json.gz"
_SYNTHETIC = "misc_cityflow/syn_4x4_gaussian_500_1h/"
_INTERVALS_S = (30.0, 15.0)
_CITYFLOW_RULES = ("fixed", "max-pressure", "efficient-max-pressure", "longest-queue", "sketch", "brain")


def _resco(name: str, best_s: float, routes: str = "") -> Scenario:
    folder = f"resco/{name}/"
    return Scenario(name, f"{folder}{name}.sumocfg", f"{folder}{routes or name}.rou.xml", ((10.0, best_s),))


SUITES = {
    "cityflow": Suite(
        name="cityflow",
        scenarios=(
            Scenario("Jinan 1", _JINAN, "jinan_3x4/anon_3_4_jinan_real.json.gz", ((30.0, 271.85), (15.0, 247.3))),
            Scenario("Jinan 3", _JINAN, "jinan_3x4/anon_3_4_jinan_real_2500.json.gz", ((30.0, 259.95), (15.0, 227.7))),
            Scenario(
                "Hangzhou 1", _HANGZHOU, "hangzhou_4x4/anon_4_4_hangzhou_real.json.gz", ((30.0, 304.47), (15.0, 269.6))
            ),
            Scenario("Hangzhou 5734", _HANGZHOU, "hangzhou_4x4/anon_4_4_hangzhou_real_5734.json.gz"),
            Scenario(
                "synthetic 4x4", f"{_SYNTHETIC}roadnet_4X4.json.gz", f"{_SYNTHETIC}syn_4x4_gaussian_500_1h.json.gz"
            ),
        ),
        world="twin",
        protocol="cityflow",
        rows=(
            *((name, interval_s) for interval_s in _INTERVALS_S for name in _CITYFLOW_RULES),
            ("brain", EVERY_SECOND_S),
        ),
        metrics=("approach_time_s", "mean_travel_time_s", "finished_trips"),
        duration_s=3600.0,
    ),
    "resco": Suite(
        name="resco",
        scenarios=(
            _resco("cologne1", 26.1),
            _resco("cologne8", 21.6),
            _resco("ingolstadt1", 20.9),
            _resco("ingolstadt7", 31.2),
            _resco("grid4x4", 32.9, "grid4x4_1"),
        ),
        world="sumo",
        protocol="resco",
        rows=(
            ("fixed", 0.0),
            ("sumo-actuated", 0.0),
            *((name, 10.0) for name in RULES),
            ("brain", 10.0),
            ("brain", EVERY_SECOND_S),
        ),
        metrics=("mean_delay_s", "finished_trips", "longest_wait_s"),
    ),
    "challenge": Suite(
        name="challenge",
        scenarios=(
            Scenario(
                "Nanchang, flow 0", "kddcup2021/roadnet_round3.txt.gz", "kddcup2021/flow_round3_flow0_datadir.txt.gz"
            ),
        ),
        world="twin",
        protocol="challenge",
        rows=(("fixed", 0.0), *((name, 10.0) for name in RULES), ("brain", 10.0)),
        metrics=("served", "stopped_at_s", "delay_index", "finished_trips"),
        duration_s=1200.0,
    ),
}


def suite_of(name: str) -> Suite:
    """The suite of a name. Raises InputError naming those that there are."""
    if name not in SUITES:
        raise InputError(f"suite {name!r} is not known; choose one of {', '.join(SUITES)}")
    return SUITES[name]
