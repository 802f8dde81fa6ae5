"""The part of an emulated printer that has power, paper and a cover, and can fail.

Here: `EmulatedHead`: input buffer, real-time answers, automatic status, faults now or at a chosen
byte or dot row. Not here: dots (`decoder.py`), sockets and terminals (`server.py`).

Modelled on what heads do: bytes wait in a small buffer while the head cannot print, and then the
line backs up; DLE EOT is answered on reception, even from inside pixel data; automatic status is
pushed when something changes and is switched off by ESC @.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum

from PIL import Image

from hardware.emulator.decoder import Decoder

_BUFFER_BYTES = 4096
_SLICE = 128  # bytes printed at a time: a few dot rows, so that faults strike inside a band


class Fault(StrEnum):
    """What can go wrong. The first four last until cleared; the last two happen once."""

    PAPER_LOW = "paper_low"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    HANG = "hang"  # takes nothing, says nothing
    DROP_LINE = "drop_line"  # the connection ends; what was received is still printed
    RESET = "reset"  # power off and on: connection and memory gone


_LASTING = frozenset({Fault.PAPER_LOW, Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.HANG})
_STOPPING = frozenset({Fault.PAPER_OUT, Fault.COVER_OPEN, Fault.HANG})


class EmulatedHead:
    """A receipt printer without its connection. Thread-safe.

    `on_ticket` gets each cut ticket as a mode "1" image. `mute`: never answers anything.
    `bytes_per_second` slows it down (0 = as fast as it can).
    """

    def __init__(
        self,
        width_dots: int = 384,
        *,
        on_ticket: Callable[[Image.Image], None] = lambda ticket: None,
        mute: bool = False,
        bytes_per_second: float = 0.0,
    ) -> None:
        self.tickets: list[Image.Image] = []
        self.mute = mute
        self.bytes_per_second = bytes_per_second
        self._forward = on_ticket
        self._changed = threading.Condition()
        self._faults: set[Fault] = set()
        self._at_byte: list[tuple[int, Fault]] = []
        self._at_row: list[tuple[int, Fault]] = []
        self._buffer = bytearray()
        self._recent = b""
        self._received = 0
        self._busy = False
        self._stopped = False
        self._send: Callable[[bytes], None] | None = None
        self._disconnect: Callable[[], None] | None = None
        self.decoder = Decoder(width_dots, on_ticket=self._take_ticket, reply=self._say, answer=self._answer)
        self._thread = threading.Thread(target=self._print_loop, name="emulated-head", daemon=True)
        self._thread.start()

    # --- what a person or a test does to it ------------------------------------------------
    def strike(self, fault: Fault) -> None:
        """Let `fault` happen now."""
        with self._changed:
            self._strike(fault)

    def strike_after_bytes(self, count: int, fault: Fault) -> None:
        """Let it happen when `count` more bytes were received."""
        with self._changed:
            self._at_byte.append((self._received + count, fault))

    def strike_after_rows(self, count: int, fault: Fault) -> None:
        """Let it happen when about `count` more dot rows (8 = 1 mm) were printed."""
        with self._changed:
            self._at_row.append((self.decoder.rows_printed + count, fault))

    def clear(self, fault: Fault) -> None:
        """New paper, cover closed, … : the head goes on with what it holds."""
        with self._changed:
            self._faults.discard(fault)
            self._push_automatic_status()
            self._changed.notify_all()

    @property
    def faults(self) -> frozenset[Fault]:
        with self._changed:
            return frozenset(self._faults)

    def wait_for_tickets(self, count: int, timeout: float) -> list[Image.Image]:
        """The tickets cut so far, as soon as there are `count` or `timeout` seconds passed."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.tickets) >= count, timeout)
            return list(self.tickets)

    def wait_until_idle(self, timeout: float) -> bool:
        """Whether everything received was printed within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._buffer and not self._busy, timeout)

    def stop(self) -> None:
        """Switch it off for good."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join(5)

    # --- what the connection does ----------------------------------------------------------
    def connect(self, send: Callable[[bytes], None], disconnect: Callable[[], None]) -> None:
        """A cable was plugged in: `send` carries answers, `disconnect` cuts the line."""
        with self._changed:
            self._send, self._disconnect = send, disconnect

    def disconnected(self) -> None:
        with self._changed:
            self._send = self._disconnect = None

    def wait_for_room(self, timeout: float) -> int:
        """How many bytes may be handed to `receive` now; 0 while hung or full."""
        with self._changed:
            self._changed.wait_for(lambda: self._room() > 0 or self._stopped, timeout)
            return 0 if self._stopped else self._room()

    def receive(self, data: bytes) -> None:
        """Bytes from the line, at most what `wait_for_room` said."""
        with self._changed:
            self._received += len(data)
            self._answer_realtime(data)
            self._buffer += data
            for fault in self._due(self._at_byte, self._received):
                self._strike(fault)
            self._changed.notify_all()

    # --- inside (the lock is held) ---------------------------------------------------------
    def _room(self) -> int:
        return 0 if Fault.HANG in self._faults else max(0, _BUFFER_BYTES - len(self._buffer))

    @staticmethod
    def _due(planned: list[tuple[int, Fault]], reached: int) -> list[Fault]:
        due = [fault for at, fault in planned if at <= reached]
        planned[:] = [(at, fault) for at, fault in planned if at > reached]
        return due

    def _strike(self, fault: Fault) -> None:
        if fault in _LASTING:
            self._faults.add(fault)
            if fault is not Fault.HANG:
                self._push_automatic_status()
        else:
            if fault is Fault.RESET:
                self._buffer.clear()
                self.decoder.reset()
            if self._disconnect is not None:
                self._disconnect()
        self._changed.notify_all()

    def _take_ticket(self, ticket: Image.Image) -> None:
        with self._changed:
            self.tickets.append(ticket)
            del self.tickets[:-1000]
            self._changed.notify_all()
        self._forward(ticket)

    def _say(self, data: bytes) -> None:
        with self._changed:
            if data and not self.mute and self._send is not None and Fault.HANG not in self._faults:
                self._send(data)

    def _push_automatic_status(self) -> None:
        if self.decoder.automatic_status:
            self._say(self._answer("automatic", self.decoder.automatic_status))

    def _answer(self, question: str, n: int) -> bytes:
        with self._changed:
            out, low, cover = (f in self._faults for f in (Fault.PAPER_OUT, Fault.PAPER_LOW, Fault.COVER_OPEN))
        match question:
            case "automatic":
                first = 0x10 | 0x08 * (out or cover) | 0x20 * cover
                return bytes([first, 0x00, 0x03 * (low or out) | 0x0C * out, 0x00])
            case "paper" if n in (1, 49):
                return bytes([0x03 * (low or out) | 0x0C * out])
            case "identity":
                return b"_Kesach emulator\x00" if n > 3 else b"\x02"
        return b""

    def _answer_realtime(self, data: bytes) -> None:
        stream = self._recent + data
        at = stream.find(b"\x10\x04")
        while at >= 0 and at + 2 < len(stream):
            if 1 <= stream[at + 2] <= 4:
                self._say(bytes([self._realtime_status(stream[at + 2])]))
            at = stream.find(b"\x10\x04", at + 2)
        # Only an unfinished question is looked at again with the next bytes.
        self._recent = stream[-2:] if stream[-2:] == b"\x10\x04" else stream[-1:] if stream[-1:] == b"\x10" else b""

    def _realtime_status(self, n: int) -> int:
        out, low, cover = (f in self._faults for f in (Fault.PAPER_OUT, Fault.PAPER_LOW, Fault.COVER_OPEN))
        match n:
            case 1:
                return 0x12 | 0x08 * (out or cover)
            case 2:
                return 0x12 | 0x04 * cover | 0x20 * out
            case 4:
                return 0x12 | 0x0C * (low or out) | 0x60 * out
        return 0x12

    # --- the printing thread ---------------------------------------------------------------
    def _print_loop(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._stopped or (bool(self._buffer) and not self._faults & _STOPPING))
                if self._stopped:
                    return
                piece = bytes(self._buffer[:_SLICE])
                del self._buffer[:_SLICE]
                self._busy = True
                if self.bytes_per_second:
                    # Paced, and still woken at once by `stop`.
                    self._changed.wait_for(lambda: self._stopped, len(piece) / self.bytes_per_second)
                self.decoder.feed(piece)
                for fault in self._due(self._at_row, self.decoder.rows_printed):
                    self._strike(fault)
