"""Children at a kiosk in simulated time: the real session, desk, journal and core, and a truth of who holds what.

One thread, no sleeps: the clock is a number, the network a function that may lose a request or its answer.
What a child does follows from what the screen says, as in a school. Faults are drawn from a seeded chance.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Flask

from kiosk.api_client import ApiClient, Unreachable
from kiosk.clock import KioskClock, instant_text
from kiosk.journal import Act, ActJournal
from kiosk.offline import OfflineDesk
from kiosk.serving import Desk, Line
from kiosk.session import step
from kiosk.session_events import (
    BackInOrder,
    ButtonPressed,
    Event,
    Journaled,
    JournalFailed,
    OutOfOrder,
    PrinterOutcome,
    Scan,
    Tick,
)
from kiosk.session_model import AskReader, Checkout, Journal, Phase, Print, Renew, Return, State
from kiosk.session_rules import Rules
from kiosk.session_unwritten import is_unseen
from kiosk.snapshot import SnapshotStore
from kiosk.sync import JournalSync


class Killed(Exception):
    """The plug was pulled."""


class InProcessApi(ApiClient):
    """The core without sockets. `faults()` says what happens to a call: "", "dead", "lost" or "lost answer"."""

    def __init__(self, app: Flask, token: str, faults: Any) -> None:
        super().__init__("http://core", token)
        self._core, self._faults = app.test_client(), faults

    def _send(self, method, path, data, headers, limit, read_timeout, spool=None):
        fault = self._faults()
        if fault in ("dead", "lost"):
            raise Unreachable("no network", sent=fault == "lost")
        found = self._core.open(path, method=method, data=data, headers=headers)
        if fault == "lost answer":
            raise Unreachable("answer lost", sent=True)
        if spool is not None:
            spool.clear()
            spool.write(found.data)
        return found.status_code, found.content_type or "", found.data


class SimulatedKiosk:
    """Everything of a kiosk that decides and remembers; killed and started again as often as one likes."""

    def __init__(self, app: Flask, token: str, folder: Path, start: datetime, seed: int) -> None:
        self.chance = random.Random(seed)
        self.happened: Counter[str] = Counter()
        self.time, self._start = 0.0, start.timestamp()
        self.network_up = True
        self.mischief = 0.0  # chance of losing an answer or a request while the network is up
        self.plug = 0.0  # chance of losing the power before an effect
        self.folder, self.rules = folder, Rules(receipts="always", mode="mobile_desk")
        self.api = InProcessApi(app, token, self._fault)
        self.boots = 0
        self.boot()

    def boot(self) -> None:
        """From nothing but the disk."""
        self.boots += 1
        self.clock = KioskClock(
            wall=lambda: self._start + self.time, monotonic=lambda: self.time, keeps_time=lambda: True,
            boot_id=f"boot-{self.boots}",
        )  # fmt: skip
        self.journal = ActJournal(self.folder / "journal.db")
        self.snapshot = SnapshotStore(self.folder / "snapshot.db")
        self.waiting: list[Event] = []
        self.sync = JournalSync(self.journal, self.api, self.clock)
        self.line = Line(self.clock, self.waiting.append)
        offline = OfflineDesk(self.snapshot, limited=False)
        self.desk = Desk(self.api, self.journal, self.snapshot, offline, self.sync, self.clock, self.line)
        self.state = State(now=self.time)

    def kill(self) -> None:
        self.journal.close()
        self.snapshot.close()
        self.boot()

    def _fault(self) -> str:
        if not self.network_up:
            return "dead"
        draw = self.chance.random()
        fault = "lost" if draw < self.mischief / 2 else "lost answer" if draw < self.mischief else ""
        self.happened[fault or "call"] += 1
        return fault

    def wait(self, seconds: float) -> None:
        self.time += seconds
        self.take(Tick(self.time))

    def scan(self, text: str, problem: str | None = None) -> None:
        if is_unseen(self.state):
            self.wait(self.rules.seen_seconds)  # the child reads first
        self.take(Scan("" if problem else text, self.time, str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
                       problem))  # fmt: skip

    def press(self, name: str) -> None:
        key = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self.take(ButtonPressed(name, self.time, key, self.state.session))

    def take(self, event: Event) -> None:
        """The event and all that follows from it. The plug may be pulled between any two effects."""
        self.waiting.append(event)
        while self.waiting:
            self.state, effects = step(self.state, self.waiting.pop(0), self.rules)
            for effect in effects:
                if self.chance.random() < self.plug:
                    self.happened["plug pulled"] += 1
                    raise Killed
                self._do(effect)

    def _do(self, effect: Any) -> None:
        match effect:
            case AskReader() | Checkout() | Return() | Renew():
                answer = self.desk.answer(effect)
                if self.chance.random() < self.mischief / 4:
                    self.happened["answer too late"] += 1
                    self.time += self.rules.answer_seconds + 1
                    self.waiting.append(Tick(self.time))
                self.waiting.append(answer)
            case Journal():
                self.waiting.append(self._write(effect))
            case Print():
                outcome = self.chance.choice(["printed", "printed", "not_printed", "partial", "unknown"])
                self.happened[f"receipt {outcome}"] += 1
                self.waiting.append(
                    PrinterOutcome(effect.session, outcome, None if outcome == "printed" else "paper_out")
                )

    def _write(self, effect: Journal) -> Event:
        if self.chance.random() < self.mischief / 20:
            self.happened["disk full"] += 1
            return JournalFailed(effect.key)
        act = Act(
            key=effect.key, kind=effect.kind, card=effect.card, barcode=effect.barcode, title=effect.title,
            due_on=effect.due_on, occurred_at=instant_text(self.clock.now()), boot_id=self.clock.boot_id,
            monotonic=self.time, status="pending" if effect.pending else "applied",
        )  # fmt: skip
        self.journal.write(act)
        self.snapshot.note_act(act)
        return Journaled(effect.key)

    def rest(self) -> None:
        """Between children: time passes, housekeeping settles and fetches when it can."""
        self.wait(self.chance.uniform(3, 40))
        for _ in range(40):
            if self.state.phase is Phase.IDLE and self.state.asking is None and self.state.notice is None:
                break
            self.wait(30)
        if self.network_up and not self.sync.drain().left:
            try:
                found = self.api.snapshot(self.snapshot.version)
            except Unreachable:
                return
            self.snapshot.apply(found.head, readers=found.readers(), copies=found.copies())
            self.line.worked()


class School:
    """The children, what they hold, and the librarian's table for what nobody can say."""

    def __init__(self, kiosk: SimulatedKiosk, cards: list[str], books: list[str]) -> None:
        self.kiosk, self.cards = kiosk, cards
        self.shelf, self.table = list(books), set()
        self.holds: dict[str, str] = {}  # book -> card

    def send_child(self) -> None:
        """One child: brings some back, borrows some, with whatever goes wrong."""
        kiosk, chance = self.kiosk, self.kiosk.chance
        card = chance.choice(self.cards)
        mine = [book for book, holder in self.holds.items() if holder == card]
        for _ in range(6):
            try:
                if chance.random() < 0.1:
                    kiosk.scan("x", "partial")
                if chance.random() < 0.05:
                    kiosk.take(OutOfOrder("scanner"))
                    kiosk.take(BackInOrder("scanner"))
                if mine and chance.random() < 0.7:
                    self._give_back(mine.pop())
                    continue
                if not self._open(card):
                    return
                for _ in range(chance.randrange(1, 4)):
                    if self.shelf:
                        self._borrow(card, self.shelf.pop(chance.randrange(len(self.shelf))))
                kiosk.press("done")
                return
            except Killed:
                kiosk.kill()

    def _open(self, card: str) -> bool:
        self.kiosk.scan(card)
        state = self.kiosk.state
        return state.phase is Phase.OPEN and state.reader is not None and state.reader.card == card

    def _borrow(self, card: str, book: str) -> None:
        kiosk = self.kiosk
        self.holds[book] = card  # in the hand, whatever the machine says
        try:
            kiosk.scan(book)
            if kiosk.chance.random() < 0.2:
                kiosk.scan(book)  # once more under the beam
        except Killed:
            kiosk.kill()
            self._try_again(card, book)
            return
        if not self._is_listed(book, "checkout"):
            self._leave(book)

    def _try_again(self, card: str, book: str) -> None:
        """The screen went dark. The child starts anew; a book that is already theirs is said to be."""
        for _ in range(5):
            try:
                if self._open(card):
                    self.kiosk.scan(book)
                    question = self.kiosk.state.question
                    if question is not None and question.kind == "own_book":
                        self.kiosk.press("close")
                        return
                    if not self._is_listed(book, "checkout"):
                        self._leave(book)
                    return
                break
            except Killed:
                self.kiosk.kill()
        self._leave(book)

    def _give_back(self, book: str) -> None:
        kiosk = self.kiosk
        for _ in range(5):
            try:
                if kiosk.state.phase is Phase.OPEN:  # somebody's session: the child closes it first
                    kiosk.press("done")
                    kiosk.wait(60)
                kiosk.scan(book)
            except Killed:
                kiosk.kill()
                continue
            break
        if self._is_listed(book, "return"):
            del self.holds[book]
            self.shelf.append(book)
        else:
            self._leave(book)

    def _is_listed(self, book: str, kind: str) -> bool:
        return any(line.barcode == book and line.kind == kind for line in self.kiosk.state.lines)

    def _leave(self, book: str) -> None:
        """Refused, or nobody can say: it goes to the librarian."""
        self.holds.pop(book, None)
        self.table.add(book)
