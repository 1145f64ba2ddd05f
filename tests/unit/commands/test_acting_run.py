"""`citybrain run` as people meet it: the password that it prints opens it, a mode is changed and undone."""

from __future__ import annotations

import json
import re
import signal
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from _program import Read, child, line_with, program

OURS = {"X-Requested-With": "citybrain"}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from citybrain.cli import main

    folder = tmp_path_factory.mktemp("town") / "city"
    with pytest.raises(SystemExit):
        main(["generate", str(folder), "--signals", "9", "--seed", "3", "--scale", "2"])
    return folder


def address(process: subprocess.Popen[str], words: str = "Listening") -> str:
    found = re.search(r"https?://[0-9.]+:[0-9]+", line_with(process, words))
    assert found is not None
    return found.group()


def end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0


def test_a_person_logs_in_acts_and_finds_it_again(town: Path, tmp_path: Path, capsys: Read) -> None:
    day = tmp_path / "day"
    ask = ("run", town, "--mode", "recommend", "--speed", 20, "--port", 0, "--record", day)
    run = child(*ask)
    try:
        base = address(run)
        password = line_with(run, "log in as admin").split("password ")[1].split()[0]
        with httpx.Client(base_url=f"{base}/api/v1", headers=OURS, timeout=30.0) as web:
            nobody = {"user": None, "role": "public", "areas": [], "reading": "open", "provider": False}
            assert web.get("/session").json() == nobody
            assert web.get("/steering").status_code == 200, "reading is open here"
            wish = {"kind": "mode", "signals": [], "mode": "control", "why": "a trial"}
            name = web.get("/steering").json()["signals"][0]["signal"]
            assert web.post("/actions", json={**wish, "signals": [name]}).status_code == 401
            assert web.post("/session", json={"name": "admin", "password": "wrong"}).status_code == 401
            assert web.post("/session", json={"name": "admin", "password": password}).json()["role"] == "configure"
            made = web.post("/actions", json={**wish, "signals": [name]}).json()
            assert (made["state"], made["changes"]) == (
                "done",
                [{"signal": name, "before": "recommend", "after": "control"}],
            )
            other = web.get("/steering").json()["signals"][1]["signal"]
            second = web.post("/actions", json={**wish, "signals": [other]}).json()
            undone = web.post(f"/actions/{second['number']}/undo", json={"why": "enough"}).json()
            assert undone["state"] == "done"
            whats = [line["what"] for line in web.get("/audit").json()["entries"]]
            assert whats[:3] == ["action.done", "action.undo.mode", "action.done"]
            assert whats[-1] == "user.add"
        end(run)
    finally:
        run.kill()
    again = child(*ask, "--resume")
    try:
        line_with(again, "2 signals have the mode that people gave them")
        base = address(again)
        with httpx.Client(base_url=f"{base}/api/v1", headers=OURS, timeout=30.0) as web:
            modes = {row["signal"]: row["mode"] for row in web.get("/steering").json()["signals"]}
            assert (modes[name], modes[other]) == ("control", "recommend")
            assert web.get("/actions").json()["total"] == 3
            assert web.post("/session", json={"name": "admin", "password": password}).status_code == 200
        end(again)
    finally:
        again.kill()
    code, out, _ = program(capsys, "audit", "verify", "--record", day)
    assert (code, "the audit holds" in out) == (0, True)
    code, out, _ = program(capsys, "replay", day, "--json")
    assert code == 0
    past = json.loads(out.splitlines()[-1])
    assert past["beats"] > 0


def test_it_speaks_tls_itself(town: Path, tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    try:
        subprocess.run(
            [*make, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl to make a certificate with")
    (tmp_path / "citybrain.toml").write_text(
        f'[city]\nsource = "{town}"\n[world]\nkind = "twin"\n[server]\ncertificate = "{certificate}"\n'
        f'certificate_key = "{key}"\n'
    )
    run = child("run", "--config", tmp_path / "citybrain.toml", "--port", 0, "--speed", 20)
    try:
        base = address(run)
        assert base.startswith("https://")
        password = line_with(run, "log in as admin").split("password ")[1].split()[0]
        trusted = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(base_url=f"{base}/api/v1", headers=OURS, timeout=30.0, verify=trusted) as web:
            assert web.get("/session").json()["reading"] == "login"
            assert web.get("/sensors").status_code == 401, "a configured city asks for a login"
            found = web.post("/session", json={"name": "admin", "password": password})
            assert found.headers["set-cookie"].startswith("__Host-")
            assert "max-age=31536000" in found.headers["strict-transport-security"]
            assert web.get("/sensors").status_code == 200
        assert (tmp_path / "data" / "access" / "audit.jsonl").is_file()
        end(run)
    finally:
        run.kill()
