"""Small steps that every part of the session takes: time begins anew, a sentence is said, a question is asked.

Pure, part of `session.py` (read that first).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kiosk.session_model import (
    ActKind,
    Asking,
    Checkout,
    Effect,
    Notice,
    Phase,
    PlaySound,
    Question,
    Renew,
    Return,
    State,
)
from kiosk.session_rules import Rules

Step = tuple[State, tuple[Effect, ...]]


def touch(state: State, rules: Rules) -> State:
    """Something happened: the session's time begins anew."""
    if state.phase is Phase.OPEN:
        return replace(state, ends_at=state.now + rules.idle_seconds)
    if state.phase is Phase.RETURNING:
        return replace(state, ends_at=state.now + rules.returning_seconds)
    return state


def request(
    state: State, kind: ActKind, key: str, card: str | None, barcode: str, *,
    staff_id: int | None = None, overrides: tuple[str, ...] = (), title: str = "",
) -> Step:  # fmt: skip
    """Put an act to the core (or to our own rules). `overrides`: reasons a librarian set aside."""
    state = ask(state, kind, key, card, barcode)
    assert state.asking is not None
    state = replace(state, asking=replace(state.asking, staff_id=staff_id, overrides=overrides, title=title))
    number = state.next_request - 1
    if kind == "return" or card is None:
        return state, (Return(number, key, barcode),)
    if kind == "renewal":
        return state, (Renew(number, key, card, barcode),)
    return state, (Checkout(number, key, card, barcode, staff_id, overrides),)


def ask(state: State, kind: Any, key: str, card: str | None, barcode: str) -> State:
    asking = Asking(state.next_request, state.session, kind, state.now, key, card, barcode)
    return replace(state, asking=asking, next_request=state.next_request + 1)


def say(state: State, tone: Any, code: str, rules: Rules, params: dict[str, Any] | None = None) -> Step:
    return put(state, Notice(tone, code, state.now, params or {}), rules), (
        PlaySound("no" if tone == "no" else "attention"),
    )


def put(state: State, notice: Notice, rules: Rules) -> State:
    """A sentence on the screen, from now on."""
    seconds = rules.notice_seconds if notice.tone == "ok" else rules.refusal_seconds
    return replace(
        state, notice=replace(notice, until=state.now + seconds), unseen_until=state.now + rules.seen_seconds
    )


def pose(state: State, question: Question, rules: Rules) -> Step:
    """A question on the screen, from now on."""
    return replace(state, question=question, unseen_until=state.now + rules.seen_seconds), (PlaySound("attention"),)
