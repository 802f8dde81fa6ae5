"""A core and a kiosk as the end-to-end tests use them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lending_world import World
from unruly_proxy import UnrulyProxy

from hardware.scripted_scanner import ScriptedScanner
from kiosk.config import make_config
from kiosk.housekeeping import Rhythm
from kiosk.runner import Kiosk


@dataclass
class Core:
    """The core, a network to it, a school in it, and a device's token."""

    port: int
    proxy: UnrulyProxy
    world: World
    token: str

    def card(self, name: str) -> str:
        return self.world.cards[name]


class RunningKiosk:
    """A whole kiosk: scripted scanner, PNG printer, real journal; and a way to wait for its screen."""

    def __init__(self, core: Core, folder: Path, **kiosk_settings: Any) -> None:
        printer = {"driver": "png", **kiosk_settings.pop("printer", {})}
        scanner = kiosk_settings.pop("scanner", {"driver": "web"})
        # Rounds so quick that no test waits for the next one.
        rhythm = kiosk_settings.pop("rhythm", None) or Rhythm(hello=0.2, retry=0.05, snapshot=0.2, status=0.2)
        printer["receipts"] = kiosk_settings.pop("receipts", "always")
        self.config = make_config(
            {
                "server": {"url": core.proxy.url, "token": core.token},
                "kiosk": {"state_dir": "state", "screen_port": 0, "name": "Quầy 1", **kiosk_settings},
                "scanner": scanner,
                "printer": printer,
            },
            folder,
        )
        self.scanner = ScriptedScanner()
        self.kiosk = Kiosk(
            self.config, scanner=self.scanner, rhythm=rhythm, duplicate_seconds=0, system=folder / "etc"
        )
        self.kiosk.start()

    def scan(self, text: str) -> None:
        self.scanner.push(text)

    def until(self, wanted: Callable[[dict[str, Any]], Any], seconds: float = 60) -> dict[str, Any]:
        """The first screen that is as wanted; fails with the last one seen."""
        clock = self.kiosk.clock.monotonic
        until = clock() + seconds
        number, text = self.kiosk.screen.read()
        while not wanted(json.loads(text)):
            if clock() >= until:
                pytest.fail(f"not reached in {seconds} s; the screen is {text}")
            number, text = self.kiosk.screen.wait_for_newer(number, 0.02)
        return json.loads(text)

    def press(self, name: str) -> None:
        self.kiosk.press(name, self.kiosk.state.session)

    @property
    def is_ready(self) -> bool:
        """The snapshot is here and the printer's process runs."""
        return self.kiosk.snapshot.version is not None and self.kiosk.printing.ready

    @property
    def receipts(self) -> list[Path]:
        return sorted((self.config.state_dir / "receipts").glob("receipt-*.png"))

    def stop(self) -> None:
        self.kiosk.stop()
