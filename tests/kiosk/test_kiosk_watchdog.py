"""systemd hears that the kiosk runs, and stops hearing it when a part is silent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kiosk_world import Core, RunningKiosk

from kiosk.clock import KioskClock
from kiosk.config import make_config
from kiosk.runner import Kiosk
from kiosk.watchdog import PRINTER_SECONDS, READER_SECONDS, list_silent_parts, notify

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX") or os.name == "nt", reason="systemd is Linux's")


@pytest.fixture
def systemd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[socket.socket]:
    """The socket on which systemd would listen."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path_factory.mktemp("notify") / "s"))
    listening.settimeout(30)
    yield listening
    listening.close()


def test_ready_then_fed_then_stopping(core: Core, tmp_path: Path, systemd: socket.socket) -> None:
    config = tmp_path / "kiosk.toml"
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "token").write_text(core.token + "\n")
    config.write_text(
        f'[server]\nurl = "http://127.0.0.1:{core.port}"\ntoken_file = "not-there"\n'
        '[kiosk]\nstate_dir = "state"\nscreen_port = 0\n[scanner]\ndriver = "stdin"\n[printer]\ndriver = "png"\n'
    )
    environment = {"NOTIFY_SOCKET": systemd.getsockname(), "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk.cli", "run", "--config", str(config)], cwd=REPOSITORY, stdin=subprocess.PIPE,
        stderr=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip
    try:
        assert systemd.recv(4096).startswith(b"READY=1\n")
        assert systemd.recv(4096) == b"WATCHDOG=1"
        process.send_signal(signal.SIGTERM)
        while (heard := systemd.recv(4096)) != b"STOPPING=1":
            assert heard == b"WATCHDOG=1"
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()


def test_without_systemd_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert notify("READY=1") is False
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    assert notify("READY=1") is False


def test_a_reader_or_printer_process_that_hangs_is_noticed(core: Core, tmp_path: Path) -> None:
    """Both processes are held by SIGSTOP, then time goes on."""
    ahead = [0.0]
    config = make_config(
        {
            "server": {"url": core.proxy.url, "token": core.token},
            "kiosk": {"state_dir": "state", "screen_port": 0},
            "scanner": {"driver": "serial", "device": str(tmp_path / "no-such-port")},
            "printer": {"driver": "png"},
        },
        tmp_path,
    )
    kiosk = Kiosk(config, clock=KioskClock(monotonic=lambda: time.monotonic() + ahead[0]))
    kiosk.start()
    held: list[int] = []
    try:
        began = kiosk.scans.heard_at
        until = time.monotonic() + 60
        while not (kiosk.printing.ready and kiosk.scans.heard_at != began) and time.monotonic() < until:
            kiosk.wait(0.05)
        assert list_silent_parts(kiosk) == [], "a scanner that is not plugged in is no reason to restart"
        held = [int(pid) for pid in workers_of(os.getpid())]
        assert len(held) == 2
        for pid in held:
            os.kill(pid, signal.SIGSTOP)
        ahead[0] = max(READER_SECONDS, PRINTER_SECONDS) + 10
        until = time.monotonic() + 60
        while list_silent_parts(kiosk) != ["scanner", "printer"] and time.monotonic() < until:
            kiosk.wait(0.05)
        assert list_silent_parts(kiosk) == ["scanner", "printer"], "the core loop and the journal go on"
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)
        kiosk.stop()


def workers_of(parent: int) -> list[str]:
    """Process ids of this process's kiosk workers."""
    listed = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, encoding="utf-8")
    return [line.split()[0] for line in listed.stdout.splitlines() if "kiosk." in line and "_worker" in line]


def test_a_journal_that_cannot_be_read_is_noticed(start_kiosk: Callable[..., RunningKiosk]) -> None:
    running = start_kiosk()
    assert list_silent_parts(running.kiosk) == []
    running.kiosk.journal.close()
    assert list_silent_parts(running.kiosk) == ["journal"]
