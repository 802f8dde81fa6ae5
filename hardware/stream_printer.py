"""The engine behind every printer that takes a stream of bytes: how a job is sent and believed.

Here: `StreamPrinter`: preflight, sending with deadlines, automatic status, the fence, the verdict.
Not here: opening a link (`transport_*.py`), the meaning of status bytes (`status_protocol.py`).

A job goes: drain old answers -> DLE EOT 1/2/4 (is it fit to print?) -> zeros where a band may be
open -> ESC @ -> automatic status on (the head then *pushes* "paper out" while its input is blocked
and no question can reach it) -> the job -> GS r 1, answered in order: what came before it is on
paper. Heads that answer none of it are told apart by a setting, not by guessing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from hardware.head_buzzer import beep_command
from hardware.link import Link
from hardware.printer import Deadlines, Outcome, PrinterStatus, PrintResult, Reason
from hardware.status_protocol import (
    ASK_OFFLINE_CAUSE,
    ASK_PAPER,
    ASK_PRINTER,
    AUTOMATIC_STATUS_OFF,
    AUTOMATIC_STATUS_ON,
    FENCE,
    HeadCondition,
    StatusReader,
    condition_of_answers,
    condition_of_usb_class,
    paper_low_by_fence,
)

_CHUNK = 2048
_INITIALISE = b"\x1b@"
_RASTER = b"\x1dv0"
_SEPARATE = b"\x1bJ\x18\x1dVB\x00"  # feed 24 dots, cut: the spoilt piece goes its own way
_LOOK_AGAIN = 0.05  # seconds between looks at something that cannot wake us
_TELL_EVERY = 3.0  # seconds
_SLOW_HEAD = 1 / 300  # seconds for a byte
_LONGEST_TAIL = 45.0  # seconds
_LARGEST_BAND = 64 * 1024 // 8  # bytes: escpos_encoder's rows on the widest head


def _say_nothing() -> None:
    """Nobody wants to hear of progress."""


class StreamPrinter:
    """A `Printer` over links opened anew for each job.

    `open_link(timeout)` raises OSError where the printer cannot be reached. `asks_status` False
    is for heads that never answer: then only stalls are noticed, and a job that was taken whole
    counts as printed, unconfirmed. `line_seconds_per_byte` lengthens the total on slow lines.
    """

    def __init__(
        self,
        description: str,
        open_link: Callable[[float], Link],
        *,
        deadlines: Deadlines | None = None,
        asks_status: bool = True,
        line_seconds_per_byte: float = 0.0,
    ) -> None:
        self._description = description
        self._open_link = open_link
        self._deadlines = deadlines or Deadlines()
        self._asks_status = asks_status
        self._line_seconds_per_byte = line_seconds_per_byte
        self._has_answered = False
        self._tell_progress: Callable[[], None] = _say_nothing
        # A program killed in the middle of a band may have been us: the first job repairs too.
        self._open_band = True
        self._spoilt = False
        self._band_bytes = 0

    @property
    def description(self) -> str:
        return self._description

    def close(self) -> None:
        """Nothing is held open between jobs."""

    def on_progress(self, tell: Callable[[], None]) -> None:
        """`tell` is called every few seconds while a job's bytes are moving: slow is not hung."""
        self._tell_progress = tell

    def status(self) -> PrinterStatus:
        """See `Printer.status`."""
        try:
            link = self._open_link(self._deadlines.connect)
        except OSError:
            return PrinterStatus.OFFLINE
        conversation = _Conversation(link, self._deadlines)
        try:
            condition = conversation.ask_condition(self._asks_status)
        except OSError:
            return PrinterStatus.OFFLINE
        finally:
            link.close()
        self._has_answered = self._has_answered or conversation.answered
        if condition is None:
            return PrinterStatus.OFFLINE if self._has_answered else PrinterStatus.UNKNOWN
        return _status_of(condition)

    def print_job(self, job: bytes) -> PrintResult:
        """See `Printer.print_job`."""
        if not job:
            return PrintResult(Outcome.NOT_PRINTED, Reason.BAD_JOB)
        try:
            link = self._open_link(self._deadlines.connect)
        except PermissionError as error:
            return PrintResult(Outcome.NOT_PRINTED, Reason.NO_ACCESS, detail=str(error))
        except OSError as error:
            return PrintResult(Outcome.NOT_PRINTED, Reason.OFFLINE, detail=str(error))
        conversation = _Conversation(link, self._deadlines, self._tell_progress)
        try:
            result = self._talk(conversation, job)
        finally:
            link.close()
        if conversation.sent:
            self._spoilt = self._open_band = result.outcome is not Outcome.PRINTED
            self._band_bytes = _first_band_bytes(job)
        return result

    def beep(self, times: int, length: int) -> bool:
        """Sound the head's buzzer, where it has one (`head_buzzer.py`); whether the head took it. A few seconds at
        most. Not after a job that ended in the middle: the head waits for the rest, and for a person."""
        if self._spoilt:
            return False
        try:
            link = self._open_link(self._deadlines.connect)
        except OSError:
            return False
        conversation = _Conversation(link, replace(self._deadlines, stall=1.0))
        mending = b"\x00" * _LARGEST_BAND + _INITIALISE if self._open_band else b""
        try:
            taken = conversation.run(mending, beep_command(times, length), 3.0, False).outcome is Outcome.PRINTED
        finally:
            link.close()
        self._open_band = self._open_band and not taken
        return taken

    def expect_piece(self) -> None:
        """A program before this one was ended in the middle of a job: what it left is cut off first."""
        self._spoilt = self._open_band = True
        self._band_bytes = _LARGEST_BAND

    def tidy(self) -> bool:
        """Where a job broke off and the head is fit again: end the open band, cut the spoilt piece off, so that it does
        not hang there until the next job. True when nothing is left to do. Waits as a small job does."""
        if not self._spoilt:
            return True
        try:
            link = self._open_link(self._deadlines.connect)
        except OSError:
            return False
        conversation = _Conversation(link, self._deadlines)
        try:
            condition = conversation.ask_condition(self._asks_status)
            silent = not conversation.answered and self._asks_status and self._has_answered
            if silent or (condition is not None and condition.cannot_print):
                return False
            result = conversation.run(self._repair(self._band_bytes), b"", self._deadlines.total, self._asks_status)
        except OSError:
            return False
        finally:
            link.close()
        self._spoilt = self._open_band = result.outcome is not Outcome.PRINTED
        return not self._spoilt

    def _talk(self, conversation: _Conversation, job: bytes) -> PrintResult:
        try:
            condition = conversation.ask_condition(self._asks_status)
        except OSError as error:
            return PrintResult(Outcome.NOT_PRINTED, Reason.OFFLINE, detail=str(error))
        if condition is not None and condition.cannot_print:
            return PrintResult(Outcome.NOT_PRINTED, _reason_of(condition), paper_low=condition.paper_low)
        if conversation.answered:
            self._has_answered = True
        elif self._asks_status and self._has_answered:
            return PrintResult(Outcome.NOT_PRINTED, Reason.OFFLINE, detail="it answered before, now not")
        total = self._deadlines.total + len(job) * max(self._line_seconds_per_byte, self._deadlines.per_byte)
        # The job's own ESC @ would switch automatic status off again: the preamble brings one.
        return conversation.run(self._preamble(job), job.removeprefix(_INITIALISE), total, self._asks_status)

    def _preamble(self, job: bytes) -> bytes:
        """What goes before the job: repair where needed, ESC @, automatic status on."""
        repair = self._repair(max(self._band_bytes, _first_band_bytes(job))) if self._open_band else b""
        return repair + _INITIALISE + self._status_on

    def _repair(self, band_bytes: int) -> bytes:
        """Ends a band that may be open; cuts off what a broken job left."""
        repair = b"\x00" * band_bytes
        return repair + _INITIALISE + self._status_on + _SEPARATE if self._spoilt else repair

    @property
    def _status_on(self) -> bytes:
        return AUTOMATIC_STATUS_ON if self._asks_status else b""


class _Conversation:
    """One link, one job. `run` is called at most once."""

    def __init__(self, link: Link, deadlines: Deadlines, tell_progress: Callable[[], None] | None = None) -> None:
        self._link = link
        self._deadlines = deadlines
        self._tell_progress = tell_progress or _say_nothing
        self._confirm = deadlines.confirm
        self._reader = StatusReader()
        self._preamble_left = 0
        self.answered = False
        self.sent = 0  # bytes handed over by `run`, preamble included

    # --- asking ----------------------------------------------------------------------------
    def ask_condition(self, asks_status: bool) -> HeadCondition | None:
        """USB class status and DLE EOT together; None where nothing answered. Raises OSError."""
        self._receive_all()  # answers to somebody else's questions
        self._reader = StatusReader()
        byte = self._link.class_status()
        by_class = condition_of_usb_class(byte) if byte is not None else None
        if by_class is not None and by_class.paper_out or not asks_status:
            return by_class
        first = self._ask(ASK_PRINTER)
        if first is None:
            return by_class
        self.answered = True
        return condition_of_answers(first, self._ask(ASK_OFFLINE_CAUSE), self._ask(ASK_PAPER))

    def _ask(self, question: bytes) -> int | None:
        until = time.monotonic() + self._deadlines.status_answer
        while not self._reader.realtime:
            left = until - time.monotonic()
            if left <= 0:
                return None
            readable, writable = self._link.wait(write=bool(question), timeout=left)
            if readable:
                self._reader.feed(self._link.receive())
            elif writable:
                question = question[self._link.send(question) :]
        return self._reader.realtime.pop(0)

    def _receive_all(self) -> None:
        while self._link.wait(write=False, timeout=0)[0] and (data := self._link.receive()):
            self._reader.feed(data)

    # --- printing --------------------------------------------------------------------------
    def run(self, preamble: bytes, job: bytes, total: float, asks_status: bool) -> PrintResult:
        """Send everything, then wait for the fence (or for the line to drain)."""
        self._reader = StatusReader()
        self._preamble_left = len(preamble)
        data = preamble + job
        if asks_status:
            data += FENCE + AUTOMATIC_STATUS_OFF
        try:
            trouble = self._send(data, total)
            if trouble is None:
                trouble = self._await_fence() if asks_status else self._await_drain()
        except OSError as error:
            trouble = (Reason.CONNECTION_LOST, str(error))
        condition = self._reader.condition or HeadCondition()
        fence = self._reader.fences[0] if self._reader.fences else None
        low = condition.paper_low or (fence is not None and paper_low_by_fence(fence))
        job_sent = max(0, min(self.sent - len(preamble), len(job)))
        if fence is not None:
            return PrintResult(Outcome.PRINTED, None, True, low, job_sent)
        if trouble is None:
            return PrintResult(Outcome.PRINTED, None, False, low, job_sent)
        reason, detail = trouble
        return PrintResult(_outcome(reason, job_sent, len(job)), reason, False, low, job_sent, detail)

    def _send(self, data: bytes, total: float) -> tuple[Reason, str] | None:
        started = last_progress = told = time.monotonic()
        while self.sent < len(data):
            now = time.monotonic()
            left = min(last_progress + self._deadlines.stall, started + total) - now
            if left <= 0:
                return self._stall_reason(now - started >= total)
            readable, writable = self._link.wait(write=True, timeout=left)
            if readable and (trouble := self._hear()):
                return trouble
            if writable:
                taken = self._link.send(data[self.sent : self.sent + _CHUNK])
                self.sent += taken
                if taken:
                    last_progress = time.monotonic()
                    if last_progress - told >= _TELL_EVERY:
                        told = last_progress
                        self._tell_progress()
        # What buffers on the way still hold, at the pace of a slow head or of what went before; a head that
        # answers nothing will not confirm either.
        held = min(len(data), self._deadlines.buffered) if self.answered else 0
        pace = (time.monotonic() - started) / len(data)
        self._confirm += min(held * max(pace, _SLOW_HEAD), _LONGEST_TAIL)
        return None

    def _hear(self) -> tuple[Reason, str] | None:
        """Take in what the head says. Bad news is believed when it stays for a moment: the feed
        button, too, makes a head say "offline"."""
        self._reader.feed(self._link.receive())
        until = time.monotonic() + self._deadlines.paper_pause
        while (condition := self._reader.condition) is not None and condition.cannot_print:
            left = until - time.monotonic()
            if left <= 0:
                return _reason_of(condition), "automatic status"
            if self._link.wait(write=False, timeout=left)[0]:
                self._reader.feed(self._link.receive())
            if self._reader.fences:
                return None  # it had all come out before the bad news
        return None

    def _stall_reason(self, too_slow: bool) -> tuple[Reason, str]:
        byte = self._link.class_status()
        condition = condition_of_usb_class(byte) if byte is not None else None
        if condition is not None and condition.cannot_print:
            return _reason_of(condition), "USB class status"
        return (Reason.TOO_SLOW, "") if too_slow else (Reason.STALLED, "")

    def _await_fence(self) -> tuple[Reason, str] | None:
        until = time.monotonic() + self._confirm
        while not self._reader.fences:
            left = until - time.monotonic()
            if left <= 0:
                reason, detail = self._stall_reason(False)
                return (Reason.NO_ANSWER, "") if reason is Reason.STALLED else (reason, detail)
            if self._link.wait(write=False, timeout=left)[0] and (trouble := self._hear()):
                return trouble
        return None

    def _await_drain(self) -> tuple[Reason, str] | None:
        until = time.monotonic() + self._deadlines.stall
        while not self._link.is_drained():
            if time.monotonic() >= until:
                return self._stall_reason(False)
            if self._link.wait(write=False, timeout=_LOOK_AGAIN)[0]:
                self._reader.feed(self._link.receive())
        with suppress(ConnectionError):
            self._receive_all()
        return None


def _outcome(reason: Reason, job_sent: int, job_size: int) -> Outcome:
    if job_sent == 0:
        return Outcome.NOT_PRINTED
    if job_sent == job_size and reason in (Reason.NO_ANSWER, Reason.CONNECTION_LOST):
        return Outcome.UNKNOWN
    return Outcome.PARTIAL


def _reason_of(condition: HeadCondition) -> Reason:
    """The cause a person can do something about, most telling first."""
    if condition.cover_open:
        return Reason.COVER_OPEN
    if condition.paper_out:
        return Reason.PAPER_OUT
    return Reason.PRINTER_ERROR if condition.error else Reason.OFFLINE


def _status_of(condition: HeadCondition) -> PrinterStatus:
    if condition.cover_open:
        return PrinterStatus.COVER_OPEN
    if condition.paper_out:
        return PrinterStatus.PAPER_OUT
    if condition.cannot_print:
        return PrinterStatus.OFFLINE
    return PrinterStatus.PAPER_LOW if condition.paper_low else PrinterStatus.OK


def _first_band_bytes(job: bytes) -> int:
    """Size of the job's first raster command, which is its largest: what may be left open."""
    at = job.find(_RASTER)
    if at < 0 or len(job) < at + 8:
        return 0
    row_bytes = job[at + 4] + 256 * job[at + 5]
    return 8 + row_bytes * (job[at + 6] + 256 * job[at + 7])
