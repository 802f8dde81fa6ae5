"""Puts the kiosk together and runs it: one core loop that owns the state, and workers around it.

The core loop takes events from one queue, calls `step`, does the effects in order (journal first, then
the screen), and never waits for a network or a printer. Around it: the scanner (a process for real
devices), the desk (asks the core or decides here), housekeeping, the printer's process, the page.
Next: `session.py` for what happens, `serving.py` for who decides.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import uuid
from collections import deque
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from hardware.scan import Scanner
from kiosk.act_writer import ActWriter
from kiosk.api_client import ApiClient
from kiosk.caller import CallerThread
from kiosk.clock import KioskClock
from kiosk.config import Config
from kiosk.covers import Covers
from kiosk.housekeeping import SCHOOL_ID, Housekeeping, Rhythm
from kiosk.journal import ActJournal, JournalUnavailable
from kiosk.kept_time import LAST_SEEN, read_instant, resume_time
from kiosk.offline import OfflineDesk
from kiosk.orders import Orders
from kiosk.page_services import ask_for_new_browser, make_services
from kiosk.printing import ReceiptPrinting
from kiosk.scan_intake import ScanIntake
from kiosk.screen_server import ScreenServer, ScreenState
from kiosk.self_report import describe_kiosk
from kiosk.serving import MAX_TITLE, Desk, Line, Question
from kiosk.session import step
from kiosk.session_events import (
    ButtonPressed,
    ClassesListed,
    Concerns,
    Event,
    NamesListed,
    PrinterHealth,
    Refusal,
    Tick,
    Welcome,
)
from kiosk.session_model import (
    AskReader,
    Checkout,
    Effect,
    Journal,
    ListClasses,
    ListNames,
    Phase,
    PlaySound,
    Print,
    Renew,
    Return,
    State,
)
from kiosk.session_unwritten import note_unwritten
from kiosk.slips import Slips
from kiosk.snapshot import SnapshotStore
from kiosk.sounds import Sounds, open_player
from kiosk.staff_desk import StaffDesk, describe_status
from kiosk.staff_model import PinPadClosed, StaffStatus, StatusRow
from kiosk.standing import Standing
from kiosk.sync import JournalSync
from kiosk.system_units import SYSTEM
from kiosk.template_store import TemplateStore
from kiosk.update_request import UpdateRequest
from kiosk.view import describe

_log = logging.getLogger(__name__)
_QUICK, _CALM = 0.2, 1.0
"""Seconds between ticks: while a child is there, and while nobody is."""
_STATUS, _TROUBLED = 30.0, 3.0
"""Seconds between questions to the printer; while it is in trouble."""
SCHOOL, GREETING = "school", "greeting"
"""Under these the journal remembers what the core said of the school: a start without network shows it too."""
UNIT = "unit"
"""Name under which the journal remembers the shelf that was chosen on the desk page."""


class Kiosk:
    """`start` returns when the page is served; `stop` ends everything. Raises JournalUnavailable,
    BadConfig or OSError (port taken) from the constructor.

    `scanner` replaces the configured one (tests, simulator). `rhythm` is for tests, and so is
    `duplicate_seconds`: the same code within it is the scanner repeating itself. `system`: where install.sh put units.
    """

    def __init__(
        self,
        config: Config,
        *,
        scanner: Scanner | None = None,
        clock: KioskClock | None = None,
        rhythm: Rhythm | None = None,
        duplicate_seconds: float = 1.5,
        system: Path = SYSTEM,
    ) -> None:
        self.config, self.system = config, system
        token = config.read_token()
        config.state_dir.mkdir(parents=True, exist_ok=True)
        self.journal = ActJournal(config.state_dir / "journal.db")
        if self.journal.set_aside is not None:
            _log.error("damaged journal set aside: %s (%d acts taken over)", self.journal.set_aside,
                       self.journal.rescued)  # fmt: skip
        self.clock = clock or KioskClock(last_seen=read_instant(self.journal.recall(LAST_SEEN)))
        resume_time(self.journal, self.clock)
        self.snapshot = SnapshotStore(config.state_dir / "snapshot.db")
        self._inbox: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._questions: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._clients = [
            ApiClient(config.server_url, token, ca_file=config.ca_file, find_school=self._find_school) for _ in range(4)
        ]
        # Each its own connection: nobody waits behind a snapshot that is being fetched.
        desk_api, sync_api, house_api, cover_api = self._clients
        self.line = Line(self.clock, self.tell)
        self.covers = Covers(cover_api, self.line)
        # One sync, one lock: the desk and housekeeping never send the same act at the same time.
        sync = JournalSync(self.journal, sync_api, self.clock)
        self.templates = TemplateStore(config.state_dir / "receipt-template.json")
        self.printing = ReceiptPrinting(
            config, self.journal, self.clock, self.tell, lambda: self.templates.current
        )
        self.sync = sync
        offline = OfflineDesk(self.snapshot, limited=not self.is_mobile, find_unit=lambda: self.unit)
        self._caller = CallerThread(self.tell)
        self._desk = Desk(
            desk_api, self.journal, self.snapshot, offline, sync, self.clock, self.line, lambda: self.unit, self._caller
        )
        self._acts = ActWriter(self.journal, self.snapshot, self.clock, self.is_mobile, lambda: self.unit)
        self.run_id = str(uuid.uuid4())
        self.restart_wanted = False
        """Somebody asked for the program to start anew: it ends once no child is there, and the caller starts it."""
        self._page = 0
        self.orders = Orders(
            self.journal, self.clock,
            {"restart_program": self._want_restart, "restart_screen": self._restart_screen}, self.journal.see_damage,
        )  # fmt: skip
        self.updates = UpdateRequest(
            lambda: self._is_free and not self.journal.count_pending()
        )
        self.house = Housekeeping(
            house_api, self.journal, self.snapshot, sync, self.clock, self.line, self.tell, self.report, self.orders,
            self.templates, self.updates, rhythm or Rhythm(snapshot=config.snapshot_seconds),
        )  # fmt: skip
        self.slips = Slips(self.orders, self.printing, self.house.report_soon)
        self.staff = StaffDesk(
            self.journal, self.snapshot, self.printing, self.tell, self._describe_status, self._want_restart
        )
        volume = self.staff.recall_volume()
        self.state = State(now=self.clock.monotonic())
        self.state = replace(
            self.state, volume=volume if volume is not None else self.state.volume,
            school=self.journal.recall(SCHOOL) or "", greeting=self.journal.recall(GREETING) or "",
        )  # fmt: skip
        if pause := self.staff.first_pause:
            self.tell(PinPadClosed(pause))
        self.screen = ScreenState()
        self._sound: tuple[int, str] = (0, "")
        self.sounds = Sounds(config.sound, open_player(config.sound, self.printing.beep))
        self.printing.on_beep = lambda taken: self.sounds.note("ok" if taken else "failed", "the head takes no beep")
        self._stopping = threading.Event()
        self.scans = ScanIntake(
            config.scanner, self.clock, self.tell, given=scanner, duplicate_seconds=duplicate_seconds,
            find_title=self._find_title,
        )  # fmt: skip
        self.standing = Standing(
            self.clock, self.journal, self.line, offline, self.snapshot, self.scans, self.printing, self.house
        )
        self._show()
        self._server = ScreenServer(config.screen_port, make_services(self))
        self._core = threading.Thread(target=self._run_core, name="core", daemon=True)
        self._desk_thread = threading.Thread(target=self._run_desk, name="desk", daemon=True)

    # ------------------------------------------------------------ outside

    @property
    def address(self) -> str:
        """Where the screen is."""
        return f"http://127.0.0.1:{self._server.port}/"

    def start(self) -> None:
        self._server.start()
        self._core.start()
        self._desk_thread.start()
        self.scans.start()
        self.printing.start()
        self.house.start()

    def wait(self, timeout: float | None = None) -> bool:
        """True once somebody asked it to stop."""
        return self._stopping.wait(timeout)

    def request_stop(self) -> None:
        """May be called from a signal handler."""
        self._stopping.set()

    def stop(self) -> None:
        """Take no more scans, let what is in the air land (a few seconds), then end everything."""
        self._stopping.set()
        self.scans.close()
        self._questions.put(None)
        self._desk_thread.join(8.0)
        self._caller.close()
        self._inbox.put(None)
        self._core.join(8.0)
        self.house.close()
        self.printing.close()
        self.sounds.close()
        self._server.close()
        for client in self._clients:
            client.close()
        self.snapshot.close()
        self.journal.close()

    def tell(self, event: Event) -> None:
        """Give the core loop an event, from any thread."""
        self._inbox.put(event)

    @property
    def is_mobile(self) -> bool:
        return self.config.rules.mode == "mobile_desk"

    @property
    def unit(self) -> str | None:
        """The shelf this mobile desk stands at: chosen on the desk page, else as in kiosk.toml."""
        if not self.is_mobile:
            return None
        chosen = self.journal.recall(UNIT)
        return (self.config.unit if chosen is None else chosen) or None

    def choose_unit(self, name: str) -> None:
        """The shelf this mobile desk stands at. Raises JournalUnavailable."""
        self.journal.remember(UNIT, name)

    def _find_title(self, barcode: str) -> str | None:
        try:
            copy = self.snapshot.find_copy(barcode)
        except sqlite3.Error:
            return None  # the disk: the child hears what is true of nearly every such code
        return None if copy is None else copy.title[:MAX_TITLE]

    def press(self, name: str, session: int) -> None:
        self.tell(ButtonPressed(name, self.clock.monotonic(), str(uuid.uuid4()), session))

    def report(self) -> dict[str, Any]:
        """How this kiosk is: for the core's fleet page and `kesach-kiosk check`."""
        return describe_kiosk(self)

    def _describe_status(self) -> tuple[StatusRow, ...]:
        server, now = self.config.server_url, self.clock.now()
        return describe_status(
            self.report(), online=self.line.is_up, server=server, now=now, concerns=self.state.concerns
        )

    # ------------------------------------------------------------ the core loop

    def _run_core(self) -> None:
        next_status = 0.0
        while True:
            state = self.state
            busy = state.phase is not Phase.IDLE or state.asking or state.notice or state.staff
            try:
                event = self._inbox.get(timeout=_QUICK if busy else _CALM)
            except queue.Empty:
                event = Tick(self.clock.monotonic())
            if event is None:
                for note in note_unwritten(self.state, at_once=True)[1]:
                    self._do(note)
                return
            self._take(event)
            if (concerns := self.standing.list_concerns()) != self.state.concerns:
                self._take(Concerns(concerns))
                self.house.report_soon()
            self.standing.tell_health()
            if self._is_free:
                if self.restart_wanted:
                    self.request_stop()
                elif not self.state.staff:
                    self.slips.print_next(self.state.school, self.clock.now())
            now = self.clock.monotonic()
            if not isinstance(event, Tick) and now - self.state.now > _QUICK:
                self._take(Tick(now))
            if now >= next_status or (self.printing.needs_a_look and now >= next_status - _STATUS + _TROUBLED):
                next_status = now + _STATUS
                self.printing.check_deadlines()
                self.printing.ask_status()

    @property
    def _is_free(self) -> bool:
        """No child is there, and no paper is on its way out."""
        return self.state.phase is Phase.IDLE and not self.state.asking and not self.printing.waiting

    def _find_school(self) -> str:
        return self.journal.recall(SCHOOL_ID) or ""

    def _take(self, first: Event) -> None:
        """One event and what follows from it at once; the screen last."""
        waiting: deque[Event] = deque([first])
        rules = self.config.rules if self.screen.is_watched else self.config.rules.without_screen
        while waiting:
            self.state, effects = step(self.state, waiting.popleft(), rules)
            for effect in effects:
                try:
                    answer = self._do(effect)
                except sqlite3.Error as error:
                    _log.error("%s not done: %s", type(effect).__name__, error)
                    continue
                if answer is not None:
                    waiting.append(answer)
        visit = self.state.staff
        if isinstance(first, PrinterHealth) and visit is not None and visit.stage == "status":
            self.state, _ = step(self.state, StaffStatus(self._describe_status()), self.config.rules)
        if isinstance(first, Welcome):
            self._remember_school(first)
        self._show()

    def _remember_school(self, said: Welcome) -> None:
        for name, text in ((SCHOOL, said.school), (GREETING, said.greeting)):
            with suppress(JournalUnavailable, sqlite3.Error):  # a full disk: known until the next start
                if self.journal.recall(name) != text:
                    self.journal.remember(name, text)

    def _do(self, effect: Effect) -> Event | None:
        match effect:
            case AskReader() | Checkout() | Return() | Renew():
                self._questions.put(effect)
                if self.config.rules.receipts != "never":
                    self.printing.warm()
            case Journal():
                return self._acts.write(effect)
            case Print():
                refused = effect.receipt.barcode and self._find_title(effect.receipt.barcode)
                self.printing.print_receipt(
                    effect.session, effect.receipt, self.state.school, self.state.greeting, refused or ""
                )
            case PlaySound():
                is_for_page = self.sounds.play(effect.name, self.state.volume, watched=self.screen.is_watched)
                self._sound = (self._sound[0] + 1, effect.name if is_for_page else "")
            case ListClasses():
                return ClassesListed(tuple(self.snapshot.list_classes()))
            case ListNames():
                return NamesListed(effect.class_name, tuple(self.snapshot.list_names(effect.class_name)))
            case _:
                return self.staff.do(effect, self.state.school)
        return None

    def _show(self) -> None:
        view = describe(self.state, self.config.rules)
        number, name = self._sound
        message = self.orders.message() if self.state.phase is Phase.IDLE else ""
        page = f"{self.run_id}-{self._page}"  # another value: the page loads itself anew
        self.screen.show({**view, "sound": {"number": number, "name": name}, "message": message, "page": page})

    # ------------------------------------------------------------ what the core asks for (orders.py)

    def _want_restart(self) -> None:
        self.restart_wanted = True

    def _restart_screen(self) -> None:
        """Through the page where it lives, and through systemd where it does not."""
        self._page += 1
        ask_for_new_browser()

    # ------------------------------------------------------------ the workers

    def _run_desk(self) -> None:
        while (question := self._questions.get()) is not None:
            try:
                answer = self._desk.answer(question)
            except sqlite3.Error as error:  # the disk: nothing was decided, and the next child is served all the same
                _log.error("question not answered: %s", error)
                answer = Refusal(question.request, "no_answer")
            self.tell(answer)
