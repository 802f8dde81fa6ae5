"""An update from the real core into a folder: sealed, pinned, installed without network, switched, and taken back.

systemd is a stand-in, the wheels are small ones made here; venv, pip and use-release.sh are the real ones.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kiosk_world import Core, RunningKiosk

from kiosk import update_result, updating
from kiosk.config import make_config
from kiosk.update_request import WANTED, UpdateRequest
from kiosk.update_result import read_result
from kiosk.updating import update
from library.access.enrolment import create_code, tries
from library.fleet import queries, releases
from library.fleet.tables import KioskRelease
from library.foundation.audit import SYSTEM
from library.version import VERSION
from tests.wheels import make_wheel, named

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt" or not shutil.which("bash"), reason="kiosks run Debian")

SYSTEMCTL = """#!/bin/sh
# Release 0.3.0 does not come up.
current="$(basename "$(readlink "$KESACH_ROOT/opt/kesach/current")")"
case "$1" in restart) [ "$current" != 0.3.0 ] ;; show) echo 0 ;; esac
"""


class Pi:
    """A kiosk installed into a folder: release 0.1.0, token, key, a stand-in for systemctl."""

    def __init__(self, root: Path, core: Core) -> None:
        self.root, self.base, self.etc = root, root / "opt/kesach", root / "etc/kesach"
        self.files = root / "served"
        tries.forget()
        (root / "bin").mkdir(parents=True)
        (root / "bin/systemctl").write_text(SYSTEMCTL)
        (root / "bin/systemctl").chmod(0o755)
        enrolled, key = releases.enrol_kiosk(create_code("Quầy sảnh", "kiosk", SYSTEM), "127.0.0.1")
        self.etc.mkdir(parents=True)
        (self.etc / update_result.KEY_FILE).write_text(key)
        (self.base / "bin").mkdir(parents=True)
        shutil.copy2(REPOSITORY / "kiosk/deploy/use-release.sh", self.base / "bin/use-release.sh")
        self.config = make_config(
            {"server": {"url": f"http://127.0.0.1:{core.port}", "token": enrolled.token}}, self.etc
        )

    def install_first(self, made: Path) -> None:
        shutil.copytree(made, self.base / "releases/0.1.0", symlinks=True)
        (self.base / "current").symlink_to("releases/0.1.0")

    def update(self, **more: Any) -> str:
        return update(
            self.config, self.etc / update_result.KEY_FILE, self.base, wait_for_idle=more.pop("idle", lambda: True), watch=0
        )

    @property
    def running(self) -> str:
        return os.readlink(self.base / "current").removeprefix("releases/")

    @property
    def releases(self) -> list[str]:
        return sorted(path.name for path in (self.base / "releases").iterdir())


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A venv with release 0.1.0 and one package it needs, made once."""
    folder = tmp_path_factory.mktemp("release")
    for name, data in (named("kesach", "0.1.0", script=True, requires="kedo"), named("kedo", "1.0")):
        (folder / name).write_bytes(data)
    made = folder / "0.1.0"
    subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
    command = [str(made / "bin/python"), "-m", "pip", "install", "--quiet", "--no-index", "--find-links", str(folder)]
    subprocess.run([*command, "kesach[kiosk]"], check=True)
    (made / ".complete").touch()
    return made


@pytest.fixture
def pi(core: Core, app: Any, tmp_path: Path, first_release: Path, monkeypatch: pytest.MonkeyPatch) -> Pi:
    made = Pi(tmp_path / "pi", core)
    made.install_first(first_release)
    made.files = app.config["KESACH_SETTINGS"].files_dir
    monkeypatch.setenv("PATH", f"{made.root / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KESACH_ROOT", str(made.root))
    return made


def offer(pi: Pi, *wheels: tuple[str, bytes]) -> str:
    version = releases.add_release(wheels, pi.files, SYSTEM)
    releases.offer_release(version, SYSTEM)
    return version


def test_a_release_comes_runs_and_a_bad_one_gives_way(pi: Pi) -> None:
    offer(pi, named("kesach", "0.2.0", script=True, requires="kedo"))
    assert "0.2.0 đang chạy" in pi.update()
    assert pi.running == "0.2.0" and read_result(pi.base)["outcome"] == "running"
    said = subprocess.run([str(pi.base / "current/bin/kesach-kiosk")], capture_output=True, encoding="utf-8")
    assert said.stdout.strip() == "0.2.0", "its own program, not the one it was copied from"
    assert "đã thử" in pi.update(), "each offer once"

    offer(pi, named("kesach", "0.3.0", script=True, requires="kedo"))
    assert "quay về bản trước" in pi.update()
    assert pi.running == "0.2.0" and read_result(pi.base) == {
        "version": "0.3.0", "outcome": "fell_back", "serial": read_result(pi.base)["serial"]
    }  # fmt: skip
    assert "đã thử" in pi.update(), "and a bad one is not tried for ever"
    offer(pi, named("kesach", "0.4.0", script=True, requires="kedo>=2"), named("kedo", "2.0"))
    assert "0.4.0 đang chạy" in pi.update()
    assert pi.running == "0.4.0" and len(pi.releases) == 3, "old ones are dropped"


def test_what_is_missing_or_busy_switches_nothing(pi: Pi) -> None:
    offer(pi, named("kesach", "0.2.0", script=True, requires="kedo>=2"))
    assert "Không cài được" in pi.update()
    assert pi.running == "0.1.0" and read_result(pi.base)["outcome"] == "install_failed"
    offer(pi, named("kesach", "0.2.1", script=True, requires="kedo"))
    assert "bận" in pi.update(idle=lambda: False)
    assert pi.running == "0.1.0" and read_result(pi.base)["version"] == "0.2.0", "it is tried again later"
    assert "0.2.1 đang chạy" in pi.update()


def test_files_and_manifests_that_were_tampered_with(pi: Pi, monkeypatch: pytest.MonkeyPatch) -> None:
    name, data = named("kesach", "0.2.0", script=True)
    offer(pi, (name, data))
    path = pi.files / releases.FOLDER / "0.2.0" / name
    for changed in (make_wheel("kesach", "0.2.0", script=True, requires="evil"), data + b"x", data[:-1], b""):
        path.write_bytes(changed)
        said = pi.update()
        assert ("Không cài được" in said or "Mất mạng" in said) and pi.running == "0.1.0"
        releases.offer_release("0.2.0", SYSTEM)
    path.write_bytes(data)

    KioskRelease.update(files=[{"name": "../../../etc/cron.d/x.whl", "size": 5, "sha256": "0" * 64}]).execute()
    assert "Không cài được" in pi.update() and pi.running == "0.1.0" and pi.releases == ["0.1.0"]
    key = pi.etc / update_result.KEY_FILE
    key.write_text("another key")
    before = read_result(pi.base)
    assert "con dấu" in pi.update() and read_result(pi.base) == before
    key.unlink()
    assert "không nhận cập nhật" in pi.update()


def test_an_older_offer_is_never_taken_again(pi: Pi, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(pi, named("kesach", "0.2.0", script=True))
    pi.update()
    newest = read_result(pi.base)["serial"]
    real = updating.ApiClient.release

    def replayed(self: Any) -> Any:
        release = real(self)
        old = replace(release, serial=newest - 100, version="0.1.0")
        return replace(old, seal=updating_seal(pi, old))

    monkeypatch.setattr(updating.ApiClient, "release", replayed)
    assert "đã thử" in pi.update() and pi.running == "0.2.0"


def updating_seal(pi: Pi, release: Any) -> str:
    from library.contract.kiosk_release import make_seal

    return make_seal((pi.etc / update_result.KEY_FILE).read_text().strip(), release)


def test_a_core_that_is_away_is_no_failure(pi: Pi, core: Core) -> None:
    assert "Chưa có gì để cài" in pi.update(), "nothing was offered"
    offer(pi, named("kesach", "0.2.0", script=True))
    gone = replace(pi.config, server_url="http://127.0.0.1:9")
    assert "Chưa có gì" in update(gone, pi.etc / update_result.KEY_FILE, pi.base, watch=0)
    assert read_result(pi.base) == {} and pi.running == "0.1.0"


# ---------------------------------------------------------------- the half without rights


@pytest.mark.parametrize(
    ("answer", "free", "asked"),
    [
        ({"release": {"version": "0.9.0", "serial": 8}}, True, True),
        ({"release": {"version": "0.9.0", "serial": 8}}, False, False),
        ({"release": {"version": "0.9.0", "serial": 7}}, True, False),
        ({"release": {"version": "0.9.0"}}, True, False),
        ({"release": None}, True, False),
        ({"release": "x"}, True, False),
        ({}, True, False),
    ],
)
def test_the_program_only_knocks(tmp_path: Path, answer: dict[str, Any], free: bool, asked: bool) -> None:
    (tmp_path / update_result.RESULT).write_text(json.dumps({"version": "0.8.0", "serial": 7, "outcome": "fell_back"}))
    request = UpdateRequest(lambda: free, tmp_path, tmp_path)
    assert request.report()["outcome"] == "fell_back"
    assert request.heed(answer) is asked and (tmp_path / WANTED).exists() is asked


def test_a_program_that_was_not_installed_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    request = UpdateRequest(lambda: True)
    assert request.report() == {} and not request.heed({"release": {"version": "9.9", "serial": 1}})


def test_services_older_than_the_program_are_said_on_the_page_of_devices(
    core: Core, start_kiosk: Callable[..., RunningKiosk], tmp_path: Path
) -> None:
    """What an update from the core cannot renew, because root owns it."""
    unit = tmp_path / "etc/systemd/system/kesach-kiosk.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nWatchdogSec=60\n")
    one = start_kiosk()

    def said() -> list[str]:
        return [f"{alert.title}: {alert.advice}" for alert in queries.list_kiosks()[0].alerts]

    one.until(lambda view: said())
    assert said() == [
        f"Phần cài trên máy còn của bản trước: Quầy vẫn chạy. Ở quầy, chạy lại install.sh của bản {VERSION} một lần,"
        " không cần mã cài đặt."
    ]
    unit.write_bytes((REPOSITORY / "kiosk/deploy/kesach-kiosk.service").read_bytes())  # as install.sh does
    one.until(lambda view: not said())
