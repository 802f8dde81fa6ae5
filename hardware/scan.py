"""What a scanner delivers, and what every scanner looks like from outside.

Here: the `Scan` value and the `Scanner` port. Not here: any device, and any meaning of the text
(is it a card, a copy, an ISBN?): barcode text is untrusted and is understood elsewhere.
Next: `keyboard_decoder.py` (keys to scans), `evdev_scanner.py`, `serial_scanner.py`,
`stdin_scanner.py`, `scripted_scanner.py`, `duplicates.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

MAX_CHARACTERS = 128
"""Longest text one scan may carry. No code a school prints comes near it."""


class ScanProblem(StrEnum):
    """Why a scan carries no text. Something was scanned, but not a whole, readable code."""

    PARTIAL = "partial"  # the characters stopped before the terminator
    UNPLUGGED = "unplugged"  # the device went away in the middle
    TOO_LONG = "too_long"  # more than MAX_CHARACTERS
    UNKNOWN_KEY = "unknown_key"  # a key or byte that cannot be part of a code
    OVERRUN = "overrun"  # the kernel dropped events: some characters are missing


@dataclass(frozen=True, slots=True)
class Scan:
    """One act of scanning.

    Either `problem` is None and `text` is the whole code, or `problem` is set and `text` is
    empty: half a code is never handed on, as half a card number may be another child's card.
    `at_monotonic` is in seconds on `time.monotonic()`'s scale (the moment of the last key),
    `received` counts the characters that arrived, for the technician's eye only.
    """

    text: str
    at_monotonic: float
    source: str
    problem: ScanProblem | None = None
    received: int = 0

    def __post_init__(self) -> None:
        if self.problem is not None and self.text:
            raise ValueError("a scan with a problem carries no text")


class ScannerState(StrEnum):
    """Whether scans can arrive at this moment."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"  # unplugged or not found yet; the scanner keeps looking
    CLOSED = "closed"


class Scanner(Protocol):
    """A source of scans. One thread calls `read`; `close` may be called from another."""

    @property
    def state(self) -> ScannerState: ...

    @property
    def description(self) -> str:
        """Which device this is, for the status page: a name or a path, never a secret."""
        ...

    def read(self, timeout: float) -> Scan | None:
        """Wait at most `timeout` seconds for the next scan.

        None means: nothing yet (also while disconnected or after `close`). Raises HardwareError
        only for what a person must change; a device that vanishes is waited for.
        """
        ...

    def close(self) -> None:
        """Let the device go and wake a waiting `read`. Calling it twice is harmless."""
        ...
