"""The kiosk's real program in processes of its own, played over the page it serves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from kiosk_world import Core

REPOSITORY = Path(__file__).resolve().parents[2]
WEB = 'driver = "web"'


class KioskProgram:
    """`kesach-kiosk run` with its state in `folder`/state. `scanner`, `printer`, `sound`: the sections of kiosk.toml;
    `module`: the program's door."""

    def __init__(
        self, core: Core, folder: Path, *, scanner: str = WEB, printer: str = 'driver = "none"', sound: str = "",
        module: str = "kiosk.cli",
    ) -> None:
        (folder / "kiosk.toml").write_text(
            f'[server]\nurl = "{core.proxy.url}"\ntoken = "{core.token}"\n'
            f'[kiosk]\nstate_dir = "state"\nscreen_port = 0\n[scanner]\n{scanner}\n[printer]\n{printer}\n[sound]\n{sound}\n',
            encoding="utf-8",
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, "run", "--config", str(folder / "kiosk.toml")], cwd=REPOSITORY,
            stdin=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert self.process.stderr is not None
        self.address = next(line.split()[-1] for line in self.process.stderr if line.startswith("Màn hình quầy: "))

    @property
    def report(self) -> dict[str, Any]:
        """What it says of itself; unlike `view` it is no look at the screen."""
        with urllib.request.urlopen(f"{self.address}report", timeout=60) as answer:
            return json.loads(answer.read())  # type: ignore[no-any-return]  # of Kiosk.report

    @property
    def view(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.address}state", timeout=60) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def until(self, wanted: Callable[[dict[str, Any]], Any], seconds: float = 90) -> dict[str, Any]:
        """The first screen seen that is as wanted; fails with the last one. Longer than a round of its housekeeping."""
        until = time.monotonic() + seconds
        while not wanted(view := self.view):
            if time.monotonic() > until:
                pytest.fail(f"not reached in {seconds} s; the screen is {view}")
            time.sleep(0.02)  # another program's screen, and often a question beside it (a printer's): no event has both
        return view

    def scan(self, text: str) -> None:
        """Typed on the simulator's keypad (`scanner` is the web one)."""
        self._post("scan", {"text": text})

    def type(self, *codes: str) -> None:
        """Scanned at standard input (`scanner` is the stdin one)."""
        assert self.process.stdin is not None
        for code in codes:
            self.process.stdin.write(f"{code}\n")
        self.process.stdin.flush()

    def press(self, name: str) -> None:
        self._post("button", {"name": name, "session": self.view["session"]})

    def borrow(self, card: str, book: str, wanted: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """A card, then a book, until the screen is as wanted."""
        self.scan(card)
        self.until(lambda view: view["screen"] == "open")
        self.scan(book)
        return self.until(wanted)

    def close(self) -> None:
        self.process.terminate()
        self.process.communicate(timeout=60)

    def kill(self) -> None:
        """As when the power goes: program and workers are gone at once."""
        processes = [self.process.pid, *(child.pid for child in psutil.Process(self.process.pid).children())]
        for pid in processes:
            os.kill(pid, signal.SIGKILL)
        self.process.communicate(timeout=60)

    def _post(self, path: str, body: dict[str, Any]) -> None:
        data = json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}{path}", data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
