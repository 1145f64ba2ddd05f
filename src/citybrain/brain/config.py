"""The configuration of a real city: one TOML file, its template, and what is wrong with a given one.

Sections are dataclasses; a field carries its meaning and range, and both the template and the checks are made of them,
so the three cannot differ. Paths are relative to the folder of the file.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from citybrain.errors import FormatError, InputError
from citybrain.hub.webhooks import allowed_hosts

READING = ("login", "open")
WORLDS = ("field", "twin", "sumo", "replay")
FILE = "citybrain.toml"


def _key(default: Any, meaning: str, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"meaning": meaning, "low": low, "high": high})


@dataclass(frozen=True)
class CitySection:
    """What stands, and who travels where the world is a simulator."""

    source: str = _key("city", "GMNS folder, or a source file of any format that `citybrain import` reads")
    demand: str = _key("", "trips, for the worlds twin and sumo; empty = those in the city's folder")


@dataclass(frozen=True)
class WorldSection:
    """Where observations come from."""

    kind: str = _key("field", "field = over the network; twin, sumo = a simulator; replay = a recorded day")
    recording: str = _key("", "folder of the recorded day, for the world replay")
    seed: int = _key(0, "of a simulator: same seed, same traffic", 0, 2**31 - 1)
    speed: float = _key(1.0, "seconds of the world a second; 0 = as fast as it goes (not for field)", 0.0, 10_000.0)


@dataclass(frozen=True)
class SensorSection:
    """What the sensors of a simulated world are worth; a real city has its own."""

    detectors: float = _key(1.0, "share of the lanes with detectors that work", 0.0, 1.0)
    interval_s: int = _key(
        0,
        "seconds that a detector counts; 0 = 1 where signals are steered or detectors stand upstream, else 60",
        0,
        3600,
    )
    upstream: float = _key(
        -1.0,
        "share of the junctions that get detectors upstream, beside its own; -1 = all of a generated city, else none",
        -1.0,
        1.0,
    )
    cameras: float = _key(0.4, "share of the junctions with cameras", 0.0, 1.0)
    read_rate: float = _key(0.95, "share of the plates that a camera reads", 0.0, 1.0)
    probes: float = _key(0.05, "share of the vehicles that report their position", 0.0, 1.0)
    period_s: int = _key(10, "seconds between two reports of a vehicle", 1, 3600)
    noise_m: float = _key(10.0, "standard error of a reported position in x and in y, metres", 0.0, 1000.0)


@dataclass(frozen=True)
class StorageSection:
    """What is kept, and for how long."""

    folder: str = _key("data", "log, history, snapshots and events go here")
    snapshot_s: int = _key(60, "seconds between two snapshots of the brain's state", 1, 86_400)
    log_days: int = _key(30, "days that received observations are kept", 1, 3_650)
    history_days: int = _key(400, "days that published values are kept", 1, 36_500)


@dataclass(frozen=True)
class ServerSection:
    """Where programs and people look."""

    host: str = _key("127.0.0.1", "address to listen on; 0.0.0.0 = every network, behind a proxy with TLS only")
    port: int = _key(8080, "port to listen on", 1, 65_535)
    certificate: str = _key("", "PEM file with the certificate chain: then it speaks TLS itself, without a proxy")
    certificate_key: str = _key("", "PEM file with its private key; empty = it is in the same file")


@dataclass(frozen=True)
class AccessSection:
    """Who may look without a login (docs/access.md); acting always needs one."""

    reading: str = _key("login", "login = open figures only; open = everything but internal data")


@dataclass(frozen=True)
class OidcSection:
    """Logging in by an identity provider (OpenID Connect, docs/access.md); without an issuer there is no such way."""

    issuer: str = _key("", "its address, exactly as it names itself, e.g. https://id.city.example/realms/traffic")
    client_id: str = _key("", "our name there; our secret is the environment variable CITYBRAIN_OIDC_SECRET")
    address: str = _key("", "this server as browsers see it, e.g. https://brain.city.example")
    groups: str = _key("groups", "the claim of the ID token that holds a person's groups")
    roles: str = _key("", "group = role, or group = role @ area, area; with ; between, the first that fits counts")


@dataclass(frozen=True)
class WebhookSection:
    """Whom the brain may call of its own accord (docs/clients.md); without a host nobody is ever called."""

    hosts: str = _key("", "HOST or HOST:PORT by TLS, with commas; http://HOST:PORT where there is no TLS")


@dataclass(frozen=True)
class MqttSection:
    """Observations by MQTT; without a host there is no such door."""

    host: str = _key("", "the broker's name or address")
    port: int = _key(1883, "the broker's port", 1, 65_535)
    user: str = _key("", "the name to log in with; its password is the environment variable CITYBRAIN_MQTT_PASSWORD")


@dataclass(frozen=True)
class IngestSection:
    """Who may send observations, and how names become nobody's."""

    sources: str = _key("sources.toml", "the register of sources and the hashes of their keys (docs/ingest.md)")
    secret: str = _key("secret.key", "32 random bytes that the key of each day is made from")
    zone: str = _key("", "a word that separates pseudonyms from those of another city with the same secret")


@dataclass(frozen=True)
class GuardSection:
    """Who wishes what signals show, and what becomes of it (docs/guard.md)."""

    controller: str = _key("", "the optimiser: brain, max-pressure, longest-queue, ...; empty = nobody wishes anything")
    mode: str = _key("observe", "observe = wishes are counted, recommend = shown to people, control = sent as leases")
    modes: str = _key("", "CSV file with the columns signal, mode: signals that have another mode")


@dataclass(frozen=True)
class Config:
    """The whole file."""

    city: CitySection = field(default_factory=CitySection)
    world: WorldSection = field(default_factory=WorldSection)
    sensors: SensorSection = field(default_factory=SensorSection)
    storage: StorageSection = field(default_factory=StorageSection)
    server: ServerSection = field(default_factory=ServerSection)
    access: AccessSection = field(default_factory=AccessSection)
    oidc: OidcSection = field(default_factory=OidcSection)
    webhooks: WebhookSection = field(default_factory=WebhookSection)
    mqtt: MqttSection = field(default_factory=MqttSection)
    ingest: IngestSection = field(default_factory=IngestSection)
    guard: GuardSection = field(default_factory=GuardSection)
    folder: Path = Path()  # that relative paths start from

    def path(self, name: str) -> Path:
        """A path of the file, seen from here."""
        return self.folder / name


SECTIONS: dict[str, Any] = {
    "city": CitySection,
    "world": WorldSection,
    "sensors": SensorSection,
    "storage": StorageSection,
    "server": ServerSection,
    "access": AccessSection,
    "oidc": OidcSection,
    "webhooks": WebhookSection,
    "mqtt": MqttSection,
    "ingest": IngestSection,
    "guard": GuardSection,
}


def load_config(path: Path) -> Config:
    """The file at `path`. Raises FormatError that names the section and the key, and what was expected."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FormatError(path, "text", str(error), "TOML in UTF-8") from error
    wrong = sorted(set(table) - set(SECTIONS))
    if wrong:
        raise FormatError(path, f"[{wrong[0]}]", "an unknown section", f"one of {', '.join(SECTIONS)}")
    sections = {name: _section(path, f"[{name}]", kind, table.get(name, {})) for name, kind in SECTIONS.items()}
    config = Config(**sections, folder=path.parent)
    _check(path, config)
    return config


def _section(path: Path, where: str, kind: Any, given: Any) -> Any:
    if not isinstance(given, dict):
        raise FormatError(path, where, f"{given!r}", "a section of keys and values")
    known = {f.name: f for f in fields(kind)}
    values = {}
    for name, value in given.items():
        if name not in known:
            raise FormatError(path, f"{where} {name}", "an unknown key", f"one of {', '.join(known)}")
        values[name] = _value(path, f"{where} {name}", known[name], value)
    return kind(**values)


def _value(path: Path, where: str, key: Any, value: Any) -> Any:
    default = key.default
    low, high = key.metadata["low"], key.metadata["high"]
    if low is not None:
        whole = isinstance(default, int)
        fits = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool)
        if not fits or not low <= value <= high:
            word = "a whole number" if whole else "a number"
            raise FormatError(path, where, f"{value!r}", f"{word} from {low:g} to {high:g}")
        return int(value) if whole else float(value)
    if not isinstance(value, str):
        raise FormatError(path, where, f"{value!r}", "a text")
    return value


def _check(path: Path, config: Config) -> None:
    """What no single key can tell."""
    if config.world.kind not in WORLDS:
        raise FormatError(path, "[world] kind", f"{config.world.kind!r}", f"one of {', '.join(WORLDS)}")
    if config.access.reading not in READING:
        raise FormatError(path, "[access] reading", f"{config.access.reading!r}", f"one of {', '.join(READING)}")
    try:
        allowed_hosts(config.webhooks.hosts)
    except InputError as error:
        raise FormatError(path, "[webhooks] hosts", str(error), "HOST, HOST:PORT or http://HOST:PORT") from None
    if config.world.kind == "replay" and not config.world.recording:
        raise FormatError(path, "[world] recording", "nothing", "the folder of a recorded day")


def template(config: Config | None = None) -> str:
    """The file with every key, its meaning and its range as comments, and the values of `config`."""
    config = config or Config()
    parts = ["# City Brain: the configuration of a city. Every key is here, with its default.\n"]
    for name, kind in SECTIONS.items():
        parts.append(_section_text(f"[{name}]", kind, getattr(config, name)))
    return "\n".join(parts)


def _section_text(head: str, kind: Any, values: Any) -> str:
    lines = [f"# {kind.__doc__.splitlines()[0]}", head]
    for key in fields(kind):
        low, high = key.metadata["low"], key.metadata["high"]
        span = "" if low is None else f" ({low:g} to {high:g})"
        lines += [f"# {key.metadata['meaning']}{span}", f"{key.name} = {json.dumps(getattr(values, key.name))}"]
    return "\n".join(lines) + "\n"


def write_template(path: Path, config: Config) -> None:
    """Write the template. Raises InputError where a file is there already: it is never overwritten."""
    if path.exists():
        raise InputError(f"{path} is there already; edit it, or name another folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(config), encoding="utf-8")
