"""`citybrain audit`: who did what, and whether anybody has meddled with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from citybrain.clock import iso_utc
from citybrain.commands.access_files import ConfigOption, RecordOption, given_folder
from citybrain.commands.output import note, say, to_json
from citybrain.errors import InputError, StorageError

if TYPE_CHECKING:
    from citybrain.hub.audit import AuditHead, AuditLog

ACTIONS = ("verify", "list", "head")


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Verify the audit log, list its newest lines, or print its head, which proves later that nothing was cut off.

    Example: citybrain audit verify --config city/citybrain.toml --witness 412:9f2c... (a head that was kept elsewhere)
    """

    action: Annotated[str, typer.Argument(metavar="|".join(ACTIONS), help="What to do.", show_default=False)]
    witness: Annotated[
        str, typer.Option("--witness", metavar="N:HASH", help="A head that was kept elsewhere, for verify.")
    ] = ""
    lines: Annotated[int, typer.Option("--lines", metavar="N", help="How many lines to list, newest first.")] = 50
    config: ConfigOption = None
    record: RecordOption = None
    json: Annotated[bool, typer.Option("--json", help="Print JSON: one object a line.")] = False

    def run(self) -> None:
        from citybrain.hub.audit import FILE, AuditLog

        if self.action not in ACTIONS:
            raise InputError(f"audit {self.action}: expected {', '.join(ACTIONS)}")
        folder = given_folder(self.config, self.record)
        if not (folder / FILE).is_file():
            raise InputError(f"{folder / FILE}: no such file; the first start of citybrain run makes it")
        log = AuditLog(folder)
        try:
            getattr(self, f"_{self.action}")(log)
        finally:
            log.close()

    def _verify(self, log: AuditLog) -> None:
        """Raises StorageError, which ends with code 1, where the log does not hold."""
        wrong = log.verify(_parse(self.witness) if self.witness else None)
        if self.json:
            say(to_json({"lines": len(log), "head": f"{log.head.number}:{log.head.mac}", "wrong": wrong}))
        if wrong:
            for line in wrong[:20]:
                note(line)
            raise StorageError(f"the audit does not hold: {len(wrong)} findings; keep both files as they are")
        if not self.json:
            say(f"the audit holds: {len(log)} lines, head {log.head.number}:{log.head.mac}")

    def _head(self, log: AuditLog) -> None:
        say(f"{log.head.number}:{log.head.mac}")

    def _list(self, log: AuditLog) -> None:
        for entry in log.page(max(1, self.lines)):
            if self.json:
                say(to_json(entry.told() | {"mac": entry.mac}))
            else:
                change = (
                    "" if entry.before is entry.after is None else f" {to_json(entry.before)} → {to_json(entry.after)}"
                )
                why = f" ({entry.why})" if entry.why else ""
                who = f"{entry.who or 'nobody'} from {entry.where or 'nowhere'}"
                say(f"{entry.number} {iso_utc(entry.time_s)} {who}: {entry.what} {entry.about}{change}{why}")


def _parse(text: str) -> AuditHead:
    from citybrain.hub.audit import AuditHead

    number, _, mac = text.partition(":")
    if not number.isdigit() or len(mac) != 64:
        raise InputError(f"--witness {text[:80]}: expected NUMBER:HASH, as citybrain audit head prints it")
    return AuditHead(int(number), mac)
