"""What the scanner's and the printer's process get told. Apart, so that these processes stay small.

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
