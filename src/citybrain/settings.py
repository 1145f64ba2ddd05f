"""Every limit and default that an operator may change: name, unit, default, range, meaning.

A setting is changed by the environment variable `CITYBRAIN_` + its name in capitals, e.g. `CITYBRAIN_WORKERS=4`.
`docs/settings.md` lists them all; a test compares the two.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from citybrain.errors import InputError, LimitError

PREFIX = "CITYBRAIN_"


def _setting(default: int, unit: str, low: int, high: int, meaning: str) -> Any:
    return field(default=default, metadata={"unit": unit, "low": low, "high": high, "meaning": meaning})


@dataclass(frozen=True)
class Settings:
    workers: int = _setting(2, "processes", 1, 256, "simulations that run at the same time in one command")
    signals_max: int = _setting(5000, "signals", 4, 100_000, "largest city that `generate` makes")
    duration_max_s: int = _setting(604_800, "s", 1, 31_622_400, "longest simulated time of one run")
    seeds_max: int = _setting(1000, "seeds", 1, 100_000, "most seeds of one evaluation")
    retime_runs_max: int = _setting(20_000, "runs", 10, 10_000_000, "most runs of the twin in one search for plans")
    map_links_max: int = _setting(
        60_000, "links", 100, 1_000_000, "most links drawn on a report's map; busiest are kept"
    )
    message_bytes_max: int = _setting(33_554_432, "bytes", 1024, 1 << 30, "longest message of a source")
    message_rows_max: int = _setting(200_000, "rows", 1, 10_000_000, "most rows of one message")
    nesting_max: int = _setting(32, "levels", 1, 500, "deepest nesting of a JSON message that is looked into")
    text_bytes_max: int = _setting(2000, "bytes", 1, 100_000, "longest text of a report, in UTF-8")
    observation_age_max_s: int = _setting(
        86_400, "s", 1, 31_622_400, "oldest time of an observation, before its arrival"
    )
    observation_ahead_max_s: int = _setting(60, "s", 0, 86_400, "furthest that a source's clock may be ahead")
    probes_permille: int = _setting(
        50, "per thousand", 1, 1000, "vehicles said to report their position; cameras correct it as they count"
    )
    position_margin_m: int = _setting(20_000, "m", 0, 10_000_000, "how far outside the city a position may lie")
    key_change_s: int = _setting(
        0, "s", 0, 86_399, "when the keys of plates and devices change, after midnight UTC: choose a quiet hour"
    )
    rejects_max: int = _setting(100, "rows", 1, 10_000, "refused rows of a message that are described one by one")
    quarantine_examples_max: int = _setting(1000, "rows", 1, 100_000, "refused rows that are kept as examples")
    lateness_s: int = _setting(5, "s", 0, 86_400, "how long a time stays open for rows that come later")
    late_max_s: int = _setting(
        3600, "s", 0, 86_400, "how long after its time was closed a row is still handed on as late"
    )
    duplicate_keys_max: int = _setting(
        20_000_000, "rows", 1000, 1_000_000_000, "most rows remembered to tell duplicates; 8 bytes each"
    )
    open_rows_max: int = _setting(5_000_000, "rows", 1000, 1_000_000_000, "most rows waiting for their time to close")
    parking_max: int = _setting(
        2000, "places", 1, 100_000, "most places to park that are followed; reports of others are counted"
    )
    parking_silent_periods: int = _setting(
        3, "periods", 1, 100, "a car park that is silent for so many of its own intervals is stale"
    )
    parking_silent_min_s: int = _setting(120, "s", 1, 86_400, "a car park is never stale earlier than this")
    parking_silent_max_s: int = _setting(
        1800, "s", 1, 86_400, "a car park is stale after so long at the latest, and where its interval is not known"
    )
    sources_max: int = _setting(100_000, "sources", 1, 10_000_000, "most registered sources")
    source_rows_per_s: int = _setting(200_000, "rows/s", 1, 100_000_000, "rows a source may send, unless it says so")
    event_rows_max: int = _setting(
        100_000_000, "rows", 1000, 10_000_000_000, "most rows of an event log that `diagnose` reads; 19 bytes each"
    )
    mqtt_queue_max: int = _setting(1000, "messages", 1, 1_000_000, "MQTT messages waiting to be accepted")
    hub_rows_max: int = _setting(
        200_000, "addresses", 100, 10_000_000, "most data sets and indicators of the catalogue"
    )
    hub_cells_max: int = _setting(
        50_000_000, "cells", 1000, 2_000_000_000, "most numbers in the hub's tables, together"
    )
    history_days: int = _setting(90, "days", 1, 36_500, "how long history is kept")
    history_buffer_rows_max: int = _setting(
        5_000_000, "rows", 1000, 1_000_000_000, "most rows of history held in memory while the disk refuses them"
    )
    history_flush_rows: int = _setting(500_000, "rows", 1, 100_000_000, "rows of history after which they go to disk")
    history_flush_s: int = _setting(300, "s", 1, 86_400, "time after which history goes to disk")
    history_points_max: int = _setting(100_000, "points", 10, 10_000_000, "most points of one answer from history")
    sql_timeout_s: int = _setting(10, "s", 1, 600, "longest SQL query")
    sql_rows_max: int = _setting(10_000, "rows", 1, 1_000_000, "most rows of an SQL answer")
    sql_memory_mib: int = _setting(512, "MiB", 64, 65_536, "most memory of one SQL query")
    sql_at_once: int = _setting(2, "queries", 1, 64, "SQL queries that run at the same time")
    download_rows_max: int = _setting(5_000_000, "rows", 10, 1_000_000_000, "most rows of a file that is downloaded")
    download_sql_rows_max: int = _setting(100_000, "rows", 10, 10_000_000, "the same, of an SQL query")
    downloads_at_once: int = _setting(2, "files", 1, 64, "files that are made, or on their way, at the same time")
    tile_links_max: int = _setting(
        20_000, "links", 100, 1_000_000, "most links of a vector tile; the main ones are kept"
    )
    webhooks_max: int = _setting(100, "webhooks", 1, 10_000, "most webhooks")
    webhook_calls_max: int = _setting(1000, "calls", 1, 100_000, "calls of a webhook that wait; the oldest goes first")
    webhook_attempts: int = _setting(6, "tries", 1, 20, "how often a call is tried before it counts as dead")
    webhook_wait_s: int = _setting(5, "s", 1, 60, "longest that a called host may take to answer")
    events_max: int = _setting(1_000_000, "entries", 100, 100_000_000, "most entries of the event log")
    events_days: int = _setting(400, "days", 1, 36_500, "how long entries of the event log are kept")
    snapshots_keep: int = _setting(3, "snapshots", 2, 100, "snapshots that stay on disk")
    api_rows_max: int = _setting(10_000, "rows", 10, 1_000_000, "most rows of one answer of the API")
    api_streams_max: int = _setting(500, "streams", 1, 100_000, "live streams at the same time")
    api_stream_period_ms: int = _setting(200, "ms", 0, 60_000, "shortest time between two messages of a live stream")
    api_body_max_bytes: int = _setting(65_536, "bytes", 1024, 10_000_000, "largest request body, ingestion apart")
    api_connections_max: int = _setting(2000, "connections", 10, 100_000, "open connections; more are refused with 503")
    report_oddities_max: int = _setting(200, "rows", 1, 10_000, "most lines of the import report that a page shows")
    ingest_threads: int = _setting(2, "threads", 1, 64, "threads that read messages")
    ingest_inside_mib: int = _setting(16, "MiB", 1, 16_384, "messages that are taken in at a time; others are refused")
    ingest_wait_ms: int = _setting(
        250, "ms", 10, 60_000, "messages are refused while answers take longer than this, until they do not"
    )
    ingest_body_s: int = _setting(10, "s", 1, 3600, "longest that the body of a message may take to arrive")
    retry_after_s: int = _setting(1, "s", 1, 3600, "when a source that was refused for want of room may come again")
    inbox_rows_max: int = _setting(2_000_000, "rows", 1000, 1_000_000_000, "rows that wait for the brain in memory")
    log_commit_ms: int = _setting(20, "ms", 1, 1000, "longest that a batch waits for others before they are committed")
    log_commit_kib: int = _setting(
        8192, "KiB", 1, 1_048_576, "batches that wait are committed at once from this size on"
    )
    log_queue_mib: int = _setting(64, "MiB", 1, 16_384, "most that waits for its commit; beyond it batches are refused")
    log_queue_batches: int = _setting(10_000, "batches", 10, 1_000_000, "most batches that wait for their commit")
    log_batch_mib: int = _setting(64, "MiB", 1, 512, "largest batch that is logged")
    log_segment_mib: int = _setting(1024, "MiB", 1, 1_048_576, "a file of the log is followed by the next at this size")
    log_keep_h: int = _setting(168, "h", 1, 87_600, "files of the log are dropped when their last batch is this old")
    log_keep_mib: int = _setting(
        51_200, "MiB", 2, 1_073_741_824, "the oldest files of the log are dropped beyond this size"
    )
    log_duplicate_h: int = _setting(24, "h", 1, 8_760, "a batch that comes again within this time is recognised")
    log_stall_ms: int = _setting(1000, "ms", 100, 60_000, "a commit that takes longer is reported as a failing disk")
    log_retry_ms: int = _setting(250, "ms", 10, 60_000, "how often a failing disk is tried again")
    match_noise_m: int = _setting(10, "m", 1, 500, "how far a probe's position is off: standard deviation in x and y")
    match_radius_m: int = _setting(60, "m", 5, 2000, "links farther from a probe's position are not looked at")
    match_candidates: int = _setting(12, "links", 1, 32, "links looked at for one position of a probe")
    match_silence_s: int = _setting(600, "s", 10, 86_400, "a probe not heard of for so long is forgotten")
    match_vehicles_max: int = _setting(50_000, "vehicles", 100, 10_000_000, "probes remembered at the same time")
    fleet_vehicles_max: int = _setting(20_000, "vehicles", 100, 1_000_000, "buses, trams, emergency vehicles under way")
    urgent_vehicles_max: int = _setting(20, "vehicles", 0, 1000, "emergency vehicles with right of way at a time")
    urgent_calls_per_hour: int = _setting(120, "calls", 0, 100_000, "emergency calls an hour that get right of way")
    guard_lease_s: int = _setting(10, "s", 1, 60, "how long a command holds unless it is renewed")
    guard_lease_max_s: int = _setting(60, "s", 1, 600, "longest lease that a signal takes, whatever a command says")
    guard_wish_age_max_s: int = _setting(30, "s", 1, 600, "oldest wish that the guard takes, since it was made")
    guard_green_min_s: int = _setting(5, "s", 1, 60, "shortest green; a signal's own counts where it is longer")
    guard_yellow_min_s: int = _setting(3, "s", 1, 10, "shortest yellow; a signal's own counts where it is longer")
    guard_green_max_s: int = _setting(180, "s", 20, 3600, "longest time that a signal shows one stage")
    guard_red_max_s: int = _setting(300, "s", 60, 7200, "longest red of a group that its plan serves")
    guard_changes_max: int = _setting(150, "changes", 10, 3000, "most changes of a signal's stage in guard_changes_s")
    guard_changes_s: int = _setting(1800, "s", 60, 86_400, "time within which changes are counted")
    users_max: int = _setting(1000, "users", 1, 100_000, "most users, and most keys of programs")
    password_length_min: int = _setting(12, "characters", 8, 64, "shortest password")
    password_memory_kib: int = _setting(
        65_536, "KiB", 64, 4_194_304, "memory that one try at a password costs (argon2id)"
    )
    password_passes: int = _setting(3, "passes", 1, 100, "passes over that memory")
    login_at_once: int = _setting(
        2, "logins", 1, 64, "passwords that are compared at the same time; others are refused"
    )
    login_failures_max: int = _setting(
        5, "failures", 1, 1000, "failed logins of a name at an address before it must wait"
    )
    login_wait_max_s: int = _setting(900, "s", 1, 86_400, "longest wait after failed logins; it doubles up to here")
    login_table_max: int = _setting(
        10_000, "entries", 100, 10_000_000, "names and addresses whose failures are remembered"
    )
    session_idle_s: int = _setting(3600, "s", 60, 604_800, "a login that is not used for so long ends")
    session_max_s: int = _setting(43_200, "s", 300, 2_592_000, "a login ends after this time, used or not")
    sessions_of_user_max: int = _setting(10, "logins", 1, 1000, "logins of a user at the same time; the oldest ends")
    key_days_max: int = _setting(730, "days", 1, 3650, "longest time that the key of a program holds")
    audit_mib: int = _setting(1024, "MiB", 1, 1_048_576, "largest audit log; beyond it nothing is changed any more")
    actions_max: int = _setting(100, "actions", 1, 10_000, "actions that wait for the next beat; more are refused")
    actions_kept: int = _setting(10_000, "actions", 10, 1_000_000, "newest actions that are listed and can be undone")
    action_signals_max: int = _setting(5000, "signals", 1, 100_000, "signals of one action")
    action_wait_s: int = _setting(10, "s", 1, 600, "longest that an action waits for the next beat")
    replay_step_s: int = _setting(1, "s", 1, 60, "time between two frames that are kept of the live picture")
    replay_days: int = _setting(8, "days", 1, 3650, "how long the live picture is kept on disk")
    replay_disk_mib: int = _setting(
        20_480, "MiB", 16, 16_777_216, "the oldest hours of it are dropped beyond this size"
    )
    replay_memory_s: int = _setting(3600, "s", 60, 604_800, "how long it is kept in memory, where a run has no folder")
    replay_memory_mib: int = _setting(
        256, "MiB", 1, 65_536, "the oldest minutes in memory are dropped beyond this size"
    )
    replay_span_max_s: int = _setting(600, "s", 60, 86_400, "longest stretch of it in one answer")
    performance_keep_s: int = _setting(
        3600, "s", 0, 86_400, "how long the events of every signal are kept for its performance measures; 0: not at all"
    )
    performance_mib: int = _setting(192, "MiB", 1, 65_536, "the oldest of these events are dropped beyond this size")
    whatif_at_once: int = _setting(1, "what-ifs", 1, 16, "what-ifs that run at the same time, each in its process")
    whatif_waiting: int = _setting(4, "what-ifs", 0, 100, "what-ifs that wait for their turn; more are refused")
    whatif_kept: int = _setting(20, "what-ifs", 1, 1000, "newest what-ifs whose results are kept")
    whatif_time_s: int = _setting(600, "s", 10, 7200, "longest that a what-if may run")
    whatif_memory_mib: int = _setting(4096, "MiB", 512, 262_144, "most memory (addresses) of a what-if's process")
    guard_apply_s: int = _setting(30, "s", 5, 600, "how long a wish that a person has applied is asked for")
    guard_silent_s: int = _setting(10, "s", 2, 600, "a signal that reports no colours for so long is latched")


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Defaults, overruled by the environment. Raises InputError for a value that is no number or out of its range."""
    environ = os.environ if environ is None else environ
    given = {}
    for setting in fields(Settings):
        text = environ.get(PREFIX + setting.name.upper())
        if text is not None:
            given[setting.name] = _parse(setting.name, text, setting.metadata)
    return Settings(**given)


def _parse(name: str, text: str, metadata: Mapping[str, Any]) -> int:
    low, high, unit = metadata["low"], metadata["high"], metadata["unit"]
    expected = f"a whole number from {low} to {high} ({unit})"
    try:
        value = int(text)
    except ValueError:
        raise InputError(f"{PREFIX}{name.upper()}={text}: not a number; set it to {expected}") from None
    if not low <= value <= high:
        raise InputError(f"{PREFIX}{name.upper()}={text}: out of range; set it to {expected}")
    return value


def within(name: str, value: float, settings: Settings) -> None:
    """Raise LimitError when `value` exceeds the limit `name`; the message says how to raise the limit."""
    limit = getattr(settings, name)
    if value > limit:
        raise LimitError(
            f"{value:g} exceeds the limit {name} = {limit}; raise it with {PREFIX}{name.upper()}={value:g}"
        )
