"""The bytes a printer sends back, pure: ESC/POS status answers and the USB class status.

Here: `StatusReader`, which takes the mixed stream of real-time answers (DLE EOT), automatic status
(ASB, four bytes pushed by the head) and the paper answer used as a fence (GS r 1), told apart by
their fixed bits as the ESC/POS manuals define them. Not here: when to ask (`stream_printer.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

ASK_PRINTER, ASK_OFFLINE_CAUSE, ASK_PAPER = b"\x10\x04\x01", b"\x10\x04\x02", b"\x10\x04\x04"
AUTOMATIC_STATUS_ON, AUTOMATIC_STATUS_OFF = b"\x1da\x0e", b"\x1da\x00"
FENCE = b"\x1dr\x01"

_USB_PAPER_EMPTY, _USB_SELECTED, _USB_NO_ERROR = 0x20, 0x10, 0x08


@dataclass(frozen=True, slots=True)
class HeadCondition:
    """What is known to be wrong with the head; all False means in order."""

    offline: bool = False
    cover_open: bool = False
    paper_out: bool = False
    paper_low: bool = False
    error: bool = False

    @property
    def cannot_print(self) -> bool:
        return self.offline or self.cover_open or self.paper_out or self.error


def is_realtime_answer(byte: int) -> bool:
    """0xx1xx10: an answer to DLE EOT."""
    return byte & 0x93 == 0x12


def condition_of_answers(printer: int | None, cause: int | None, paper: int | None) -> HeadCondition:
    """The answers to DLE EOT 1, 2 and 4 (None where there was none) as one condition."""
    one, two, four = printer or 0, cause or 0, paper or 0
    return HeadCondition(
        offline=bool(one & 0x08),
        cover_open=bool(two & 0x04),
        paper_out=bool(two & 0x20 or four & 0x60 == 0x60),
        paper_low=bool(four & 0x0C == 0x0C),
        error=bool(two & 0x40),
    )


def condition_of_usb_class(status: int) -> HeadCondition | None:
    """The USB printer class' own status byte (LPGETSTATUS): 0x18 in order, 0x30 paper empty.

    It needs no ESC/POS at all. None where the byte says nothing a real head would say."""
    if status & ~0x38 or not status & (_USB_SELECTED | _USB_PAPER_EMPTY):
        return None
    paper_out = bool(status & _USB_PAPER_EMPTY)
    return HeadCondition(paper_out=paper_out, error=not paper_out and not status & _USB_NO_ERROR)


class StatusReader:
    """Sorts incoming bytes. `condition` is the last automatic status, `realtime` and `fences`
    collect the answers until they are taken; bytes that fit nothing are counted in `strange`."""

    def __init__(self) -> None:
        self.condition: HeadCondition | None = None
        self.realtime: list[int] = []
        self.fences: list[int] = []
        self.strange = 0
        self._automatic = bytearray()

    def feed(self, data: bytes) -> None:
        for byte in data:
            if self._automatic and byte & 0x90 == 0:
                self._automatic.append(byte)
                if len(self._automatic) == 4:
                    self.condition = _condition_of_automatic(bytes(self._automatic))
                    self._automatic.clear()
            elif byte & 0x93 == 0x10:
                self._automatic[:] = bytes([byte])
            elif is_realtime_answer(byte):
                # Real-time answers may come between the four bytes of an automatic status.
                self.realtime.append(byte)
            elif byte & 0x90 == 0:
                self.fences.append(byte)
            elif byte not in (0x11, 0x13):  # XON, XOFF
                self.strange += 1
                self._automatic.clear()


def _condition_of_automatic(status: bytes) -> HeadCondition:
    return HeadCondition(
        offline=bool(status[0] & 0x08),
        cover_open=bool(status[0] & 0x20),
        paper_out=bool(status[2] & 0x0C == 0x0C),
        paper_low=bool(status[2] & 0x03 == 0x03),
        error=bool(status[1] & 0x68),
    )


def paper_low_by_fence(byte: int) -> bool:
    """GS r 1: bits 0 and 1 say that the roll ends soon."""
    return byte & 0x03 == 0x03
