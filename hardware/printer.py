"""What a receipt printer is, seen from outside, and how certain we are that it printed.

Here: the `Printer` port, `PrintResult`, `PrinterStatus`, `Deadlines`. Not here: any device. The
rule: a second print never happens silently. What may have come out is `unknown` or `partial`,
and a person decides ("In lại").
Next: `stream_printer.py` (the engine behind network, USB and serial), `transport_*.py`,
`png_printer.py`, `null_printer.py`, and `emulator/` for a printer without hardware.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Outcome(StrEnum):
    """What became of a job."""

    PRINTED = "printed"
    NOT_PRINTED = "not_printed"  # nothing came out, printing again is safe
    PARTIAL = "partial"  # it stopped in the middle
    UNKNOWN = "unknown"  # everything was sent, the printer does not say


class Reason(StrEnum):
    """Why a job was not printed, or not surely. Stable codes; worded by the kiosk."""

    NO_PRINTER = "no_printer"  # the kiosk has none by its settings
    OFFLINE = "offline"  # cannot be reached, not plugged in, or says so itself
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    PRINTER_ERROR = "printer_error"  # cutter jam, head too hot …
    STALLED = "stalled"  # took no byte for too long
    TOO_SLOW = "too_slow"  # the whole job took too long
    CONNECTION_LOST = "connection_lost"  # unplugged or cut off in the middle
    NO_ANSWER = "no_answer"  # took everything but did not confirm
    NO_ACCESS = "no_access"  # the operating system refuses the device
    BAD_JOB = "bad_job"  # the bytes hold nothing printable
    DISK_ERROR = "disk_error"  # file and png printers


class PrinterStatus(StrEnum):
    """What the printer says of itself; UNKNOWN where it does not answer."""

    OK = "ok"
    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PrintResult:
    """The answer to one job. `confirmed` is True only where the head itself said "done";
    `detail` is for the technician's log, never for a child."""

    outcome: Outcome
    reason: Reason | None = None
    confirmed: bool = False
    paper_low: bool = False
    bytes_sent: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """All waiting times, in seconds. The defaults were measured or come from makers' manuals."""

    connect: float = 3.0
    status_answer: float = 1.0
    stall: float = 15.0  # no byte accepted for this long: a head at 300 bytes/s empties its 4 kB in 14 s
    total: float = 30.0  # sending a whole job, beside the time its bytes need
    per_byte: float = 1 / 250  # the slowest head that is still waited for; a serial one takes 960 bytes/s
    confirm: float = 12.0  # from the last byte to "done": 140 mm of paper at 50 mm/s, with room
    buffered: int = 12288  # bytes that buffers may hold by then; a slow head is waited for as long as they need
    paper_pause: float = 0.5  # after bad news in the middle: is it still taking bytes?


class Printer(Protocol):
    """A printer of whole jobs. Called from one thread (the printer worker); never raises for
    what hardware does: that is in the result."""

    @property
    def description(self) -> str:
        """Which printer this is, for the status page."""
        ...

    def status(self) -> PrinterStatus:
        """Ask now. Takes at most the connect and answer deadlines."""
        ...

    def print_job(self, job: bytes) -> PrintResult:
        """Print the bytes of `escpos_encoder.encode_job`. Ends within the deadlines."""
        ...

    def close(self) -> None: ...
