"""From "print this session's receipt" to the printer worker and back to what the child is told.

Here: the receipt's number and text, the job in the worker, its deadline. Not here: drawing
(`receipts.py`), the head (`hardware/`). A job whose worker died is `unknown`: never printed again by itself.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from hardware.head_buzzer import PATTERNS
from kiosk.clock import SCHOOL_ZONE_HOURS, KioskClock
from kiosk.config import Config
from kiosk.journal import ActJournal, JournalUnavailable
from kiosk.receipt_content import ReceiptContent, ReceiptLine
from kiosk.session_events import Event, PrinterHealth, PrinterOutcome
from kiosk.session_model import STAFF_MENU, Receipt
from kiosk.sounds import STALE_SECONDS
from kiosk.words import say, say_unwritten
from kiosk.worker_process import WorkerProcess
from library.foundation.vietnamese import fold

_log = logging.getLogger(__name__)
JOB_SECONDS = 75.0
"""Without progress: a stall (15 s), confirming (12 to 57 s); then the worker is hung. A slow head that
moves has as long again each time it says so."""
QUIET_SECONDS = 600.0
"""Without a card or a receipt for so long, the worker is renewed small."""
UNSENT_SECONDS = 8.0
"""A receipt that no worker could take by then is not printed behind the next child's back."""
NO_SESSION = -1
"""For slips: no screen waits for them."""
PIECE = "piece in the head"
"""Under it the journal remembers that a job went to the head, until that is known to hold no piece of it: whatever
ends worker or kiosk in between, the next worker cuts the piece off, and prints nothing onto it."""
_TROUBLES = ("paper_out", "cover_open", "offline")


@dataclass(slots=True)
class _Job:
    """One receipt on its way. `deadline`: when it counts as lost (monotonic)."""

    session: int
    number: int
    receipt: str
    deadline: float
    about: str = "acts"
    sent: bool = False
    done: Callable[[str, str | None], None] | None = None


class ReceiptPrinting:
    """`tell` takes events for the session; it may be called from any thread."""

    def __init__(
        self, config: Config, journal: ActJournal, clock: KioskClock, tell: Callable[[Event], None],
        template: Callable[[], dict[str, Any] | None] = lambda: None,
    ) -> None:  # fmt: skip
        self._config, self._journal, self._clock, self._tell = config, journal, clock, tell
        self._template = template
        self._lock = threading.Lock()
        self._jobs: dict[int, _Job] = {}
        self._next_job = 1
        self.ready = False
        self._warm, self._used_at = False, 0.0
        self.status = "starting"
        """As the head last said; "starting" until it was asked."""
        self._unclean = self._piece = bool(journal.recall(PIECE))
        self.heard_at: float | None = None
        """When the worker last said anything, or was started again (monotonic); None without a printer."""
        self.on_beep: Callable[[bool], None] = lambda taken: None
        self._settings: dict[str, Any] = {
            "printer": asdict(config.printer), "receipts_dir": str(config.state_dir / "receipts"), "piece": self._piece,
        }  # fmt: skip
        self._worker: WorkerProcess | None = None
        if config.printer.driver != "none":
            self._worker = WorkerProcess("kiosk.printer_worker", self._settings, self._heard, self._ended)

    def start(self) -> None:
        if self._worker is not None:
            self.heard_at = self._clock.monotonic()
            self._worker.start()

    def close(self) -> None:
        if self._worker is not None:
            self._worker.close()

    def print_receipt(
        self, session: int, receipt: Receipt, school: str, greeting: str, refused_title: str = ""
    ) -> None:
        """Hand the receipt over; the outcome comes as an event. A refusal is no proof of anything: it has no number
        and is not kept."""
        if receipt.refused is not None:
            said = say(receipt.refused.code, receipt.refused.params)
            said = f"{said} {say_unwritten(receipt.refused.unwritten)}".strip()
            if refused_title:
                said = f"“{refused_title}”. {said}"
            return self._send(session, 0, replace(self._content(receipt, (), school, greeting), said=said))
        held = receipt.kind == "holdings"
        known = self._clock.trusted or not held  # days of acts are the core's, or None where nobody knew the time
        lines = tuple(
            ReceiptLine("held" if held else line.kind, line.title, line.barcode, line.due_on if known else None)
            for line in receipt.lines
        )
        content = self._content(receipt, lines, school, greeting)
        try:
            number = self._journal.number_receipt(content.to_json(), self._clock.now())
        except JournalUnavailable as error:
            _log.error("receipt without number: %s", error)
            number = 0
        if number:
            content = self._content(receipt, lines, school, greeting, receipt_number(self._config.name, number))
        self._send(session, number, content)

    def print_again(self, number: int, content: ReceiptContent) -> None:
        """A kept receipt once more, marked as such; it keeps its number and gets no new row."""
        said = receipt_number(self._config.name, number)
        self._send(STAFF_MENU, 0, replace(content, reprint=True, number=said))

    def print_test(self, school: str) -> None:
        """One page that shows width and letters."""
        content = self._content(Receipt("paper_test", "", "", ()), (), school, "", receipt_number(self._config.name, 0))
        self._send(STAFF_MENU, 0, replace(content, width_dots=self._config.printer.width_dots))

    def print_slip(self, content: ReceiptContent, done: Callable[[str, str | None], None]) -> None:
        """What the core asked for. `done(outcome, reason)` is called once, from any thread."""
        self._send(NO_SESSION, 0, content, done)

    @property
    def needs_a_look(self) -> bool:
        """Somebody may be putting in paper at this moment: ask again soon."""
        return self._unclean or self.status in _TROUBLES

    def ask_status(self) -> None:
        if self._worker is not None:
            self._worker.send({"status": True})

    def beep(self, name: str) -> bool:
        """Sound the head's buzzer (hardware/head_buzzer.py); False where no worker is there. `on_beep` hears later
        whether the head took it; behind a receipt it comes too late and is left out."""
        pattern = PATTERNS.get(name)
        if pattern is None:
            return True
        if self._worker is None or not self.ready:
            return False
        return self._worker.send({"beep": pattern, "until": time.monotonic() + STALE_SECONDS})

    def check_deadlines(self) -> None:
        """A worker that does not come back is ended; whether paper came out nobody knows."""
        now = self._clock.monotonic()
        with self._lock:
            late = {job: found.sent for job, found in self._jobs.items() if now >= found.deadline}
        for job, sent in late.items():
            if not sent:
                self._finish(job, "not_printed", "offline")
        if any(late.values()):
            self.kill_worker()
        self._rest()

    def warm(self) -> None:
        """A card was scanned: a receipt may be wanted in a few seconds."""
        self._used_at = self._clock.monotonic()
        if not self._warm and self.ready and self._worker is not None:
            self._warm = self._worker.send({"warm": True})

    def _rest(self) -> None:
        """After quiet minutes a small worker again: what drawing needs lies idle most of the day."""
        quiet = self._clock.monotonic() - self._used_at >= QUIET_SECONDS
        with self._lock:
            if not self._warm or not self.ready or self._jobs or not quiet or self._worker is None:
                return
            self.ready = self._warm = False  # from here on receipts wait for the next one
        self._worker.renew()

    def kill_worker(self) -> None:
        """End a worker that hangs; its jobs become unknown and a new worker starts."""
        if self._worker is not None:
            self.status = "offline"
            self._worker.kill()

    @property
    def waiting(self) -> int:
        """Receipts handed over whose outcome is not known yet."""
        with self._lock:
            return len(self._jobs)

    @property
    def is_free(self) -> bool:
        """Nothing waits, and a worker would take a job at once; also where there is no printer to wait for."""
        return not self.waiting and (self._worker is None or self.ready)

    def _content(
        self, receipt: Receipt, lines: tuple[ReceiptLine, ...], school: str, greeting: str, number: str = ""
    ) -> ReceiptContent:
        local = self._clock.now() + timedelta(hours=SCHOOL_ZONE_HOURS)
        return ReceiptContent(
            kind=receipt.kind,
            number=number,
            school=school,
            made_at=local.replace(tzinfo=None).isoformat(timespec="minutes") if self._clock.trusted else None,
            name=receipt.name,
            class_name=receipt.class_name,
            lines=lines,
            greeting=greeting,
            offline=any(line.offline for line in receipt.lines),
            reader_kind=receipt.reader_kind,
        )

    def _send(
        self, session: int, number: int, content: ReceiptContent, done: Callable[[str, str | None], None] | None = None
    ) -> None:
        with self._lock:
            job, self._next_job = self._next_job, self._next_job + 1
            until = self._clock.monotonic() + UNSENT_SECONDS
            self._jobs[job] = _Job(session, number, content.to_json(), until, content.kind, done=done)
        if self._worker is None:
            self._finish(job, "not_printed", "no_printer")
        elif self.ready:
            self._send_waiting()

    def _send_waiting(self) -> None:
        """Hand over what no worker has had yet, oldest first."""
        assert self._worker is not None
        with self._lock:
            for number, job in self._jobs.items():
                if not job.sent:
                    self._note_piece(True)
                if not job.sent and self._worker.send(
                    {"job": number, "receipt": job.receipt, "template": self._template()}
                ):
                    self._warm, self._used_at = True, self._clock.monotonic()
                    job.sent, job.deadline = True, self._clock.monotonic() + JOB_SECONDS

    def _heard(self, message: dict[str, Any]) -> None:
        self.heard_at = self._clock.monotonic()
        if "ready" in message:
            self.ready = True
            self._send_waiting()
            self.ask_status()
        elif "busy" in message:
            with self._lock:
                for job in self._jobs.values():
                    if job.sent:
                        job.deadline = self._clock.monotonic() + JOB_SECONDS
        elif "job" in message:
            outcome, reason = str(message.get("outcome")), message.get("reason")
            if outcome == "not_printed" and reason in _TROUBLES:
                self.status = str(reason)
            self._finish(message["job"], outcome, reason)
            self.ask_status()  # what it was before this job is no news
        elif "beeped" in message:
            self.on_beep(message["beeped"] is True)
        elif "status" in message:
            self.status, self._unclean = str(message["status"]), message.get("unclean") is True
            with self._lock:
                if not any(job.sent for job in self._jobs.values()):  # else it is of a moment before
                    self._note_piece(self._unclean)
            self._tell(PrinterHealth(self.status if self.status in _TROUBLES else None))

    def _ended(self) -> None:
        self.heard_at = self._clock.monotonic()
        self.ready = self._warm = False
        with self._lock:
            begun = [number for number, job in self._jobs.items() if job.sent]
        for job in begun:
            self._finish(job, "unknown", "connection_lost")

    def _note_piece(self, hangs: bool) -> None:
        self._settings["piece"] = hangs  # for the next worker
        if hangs == self._piece:
            return
        self._piece = hangs
        try:
            self._journal.remember(PIECE, "1" if hangs else "")
        except JournalUnavailable as error:
            _log.error("a piece in the head is not noted: %s", error)

    def _finish(self, job: int, outcome: str, reason: str | None) -> None:
        with self._lock:
            found = self._jobs.pop(job, None)
        if found is None:
            return
        if outcome != "not_printed":
            self._unclean = outcome != "printed"
        with self._lock:
            self._note_piece(self._unclean or any(job.sent for job in self._jobs.values()))
        if found.number:
            try:
                self._journal.note_receipt(found.number, outcome)
            except JournalUnavailable as error:
                _log.error("outcome of receipt %s not noted: %s", found.number, error)
        if found.done is not None:
            found.done(outcome, reason)
        self._tell(PrinterOutcome(found.session, outcome, reason, found.about))


def receipt_number(kiosk_name: str, number: int) -> str:
    """Upper-case ASCII, short: it becomes a small QR code. Says which kiosk and which row, nothing else."""
    name = re.sub(r"[^A-Z0-9]", "", fold(kiosk_name).upper())[:12] or "QUAY"
    return f"{name}-{number:05d}"
