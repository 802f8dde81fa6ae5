"""Drives `step` as the runner does: effects come back as events, in an order the test decides."""

from __future__ import annotations

import itertools
from typing import Any

from kiosk.session import step
from kiosk.session_events import (
    ActAnswer,
    ButtonPressed,
    Event,
    Journaled,
    JournalFailed,
    ReaderAnswer,
    Refusal,
    Scan,
    Tick,
)
from kiosk.session_model import AskReader, Checkout, Effect, Journal, PlaySound, Print, Renew, Return, State
from kiosk.session_rules import Rules
from kiosk.session_unwritten import is_unseen
from kiosk.view import describe
from library.contract.codes import is_overridable
from library.contract.kiosk_api import ReaderCard, ReaderLoan, ReasonSaid
from library.contract.scans import check_digit, make_card_number

AN = make_card_number(1)
BINH = make_card_number(2)
STAFF = "TVCB" + "482130761" + check_digit("482130761")


def make_reader(
    card: str, name: str, *, loans: tuple[ReaderLoan, ...] = (), remaining: int = 3, kind: str = "pupil",
    reasons: tuple[str, ...] = (),
) -> ReaderCard:  # fmt: skip
    return ReaderCard(
        card=card, display_name=name, class_name="3A", kind=kind, can_borrow=not reasons, loans=loans,
        remaining=remaining, reasons=tuple(ReasonSaid(code=code) for code in reasons),
    )  # fmt: skip


class Driver:
    """`asked` and `journal` hold what waits for an answer; the test answers when it likes."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.state = State()
        self.asked: list[Effect] = []
        self.journal: list[Journal] = []
        self.journaled: list[str] = []
        self.prints: list[Print] = []
        self.sounds: list[str] = []
        self._keys = itertools.count(1)

    def feed(self, event: Event) -> tuple[Effect, ...]:
        self.state, effects = step(self.state, event, self.rules)
        for effect in effects:
            match effect:
                case Journal():
                    self.journal.append(effect)
                case Print():
                    self.prints.append(effect)
                case PlaySound():
                    self.sounds.append(effect.name)
                case _:
                    self.asked.append(effect)
        return effects

    @property
    def screen(self) -> dict[str, Any]:
        return describe(self.state, self.rules)

    @property
    def notice(self) -> str | None:
        return self.state.notice.code if self.state.notice else None

    def scan(self, text: str, problem: str | None = None, *, hurried: bool = False) -> str:
        """By a child who reads what is on the screen first, unless `hurried`. Returns the scan's key."""
        if is_unseen(self.state) and not hurried:
            self.wait(self.rules.seen_seconds)
        key = f"key-{next(self._keys)}"
        self.feed(Scan(text, self.state.now, key, problem))
        return key

    def press(self, name: str, session: int | None = None) -> None:
        number = self.state.session if session is None else session
        self.feed(ButtonPressed(name, self.state.now, f"key-{next(self._keys)}", number))

    def wait(self, seconds: float) -> None:
        self.feed(Tick(self.state.now + seconds))

    def take_asked(self) -> Any:
        return self.asked.pop(0)

    def answer_reader(self, name: str = "An", **values: Any) -> None:
        asked = self.take_asked()
        assert isinstance(asked, AskReader)
        self.feed(ReaderAnswer(asked.request, make_reader(asked.card, name, **values)))

    def grant(self, title: str = "Dế Mèn phiêu lưu ký", **values: Any) -> None:
        """Yes to the oldest act, and the journal writes it."""
        asked = self.take_asked()
        assert isinstance(asked, Checkout | Return | Renew)
        if not isinstance(asked, Return):
            values.setdefault("due_on", "2026-12-07")
            values.setdefault("remaining", 2)
        self.feed(ActAnswer(asked.request, title, **values))
        self.write()

    def refuse(self, code: str, **params: Any) -> None:
        self.feed(Refusal(self.take_asked().request, code, params, (code,), is_overridable(code)))

    def write(self, *, fails: bool = False) -> None:
        entry = self.journal.pop(0)
        if fails:
            self.feed(JournalFailed(entry.key))
        else:
            self.journaled.append(entry.key)
            self.feed(Journaled(entry.key))

    def open_session(self, card: str = AN, name: str = "An", **values: Any) -> None:
        self.scan(card)
        self.answer_reader(name, **values)
