"""What scanner, printer and sounds are told of kiosk.toml. Apart, so that the helper processes stay small.

Read from kiosk.toml by `config.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScannerConfig:
    """`[scanner]` of kiosk.toml."""

    driver: str
    device: str
    baud: int


@dataclass(frozen=True, slots=True)
class PrinterConfig:
    """`[printer]` of kiosk.toml."""

    driver: str
    device: str
    host: str
    port: int
    width_dots: int
    cut: str
    status: str
    baud: int
    buzzer: bool = False


@dataclass(frozen=True, slots=True)
class SoundConfig:
    """`[sound]` of kiosk.toml. `program` plays for the way "speaker"."""

    way: str = "speaker"
    when: str = "no_page"
    device: str = ""
    program: str = "aplay"
