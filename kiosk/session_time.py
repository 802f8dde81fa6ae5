"""What follows from the passing of time, from paper, and from how things stand around the kiosk.

Pure, part of `session.py` (read that first).
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.session_end import blank, card_unreadable, end_session, finish_receipt, holdings_printed, refuse_card
from kiosk.session_events import (
    BackInOrder,
    Concerns,
    Event,
    NetworkDown,
    NetworkUp,
    OutOfOrder,
    PrinterHealth,
    PrinterOutcome,
    Welcome,
)
from kiosk.session_model import STAFF_MENU, Asking, Effect, Notice, Phase, State
from kiosk.session_rules import Rules
from kiosk.session_steps import say, touch
from kiosk.session_unwritten import is_unseen, keep_asked
from kiosk.staff_session import staff_printed, staff_ticked
from library.contract.scans import may_be_card

Step = tuple[State, tuple[Effect, ...]]
MAX_UNCLEAR = 40
GONE_SECONDS = 60.0
"""A scanner that left in a session is spoken of until it is back, or the session ends."""


def ticked(state: State, rules: Rules) -> Step:
    if state.notice is not None and state.now >= state.notice.until:
        state = replace(state, notice=None)
    asking = state.asking
    if asking is not None:
        if state.now - asking.since < rules.answer_seconds:
            return state, ()
        return unanswered(state, asking, rules)
    if state.staff is not None:
        return staff_ticked(state, rules), ()  # the session beneath waits
    if state.ends_at is None or state.now < state.ends_at or state.queue or is_unseen(state):
        return state, ()
    if state.phase is Phase.RECEIPT:
        return finish_receipt(state, rules, wanted=False)
    if state.phase in (Phase.OPEN, Phase.RETURNING):
        return end_session(replace(state, question=None), rules)
    return blank(state), ()


def unanswered(state: State, asking: Asking, rules: Rules) -> Step:
    """Nobody can say what came of it: the child is asked to scan again, and a late yes is still kept."""
    state = replace(state, unclear=(*state.unclear, asking)[-MAX_UNCLEAR:])
    if asking.kind == "reader":
        return refuse_card(state, "no_answer", rules, undecided=True)
    state = keep_asked(replace(state, asking=None), asking)
    if not asking.title and may_be_card(asking.barcode):
        return card_unreadable(state, asking.barcode, rules)
    return say(touch(state, rules), "no", "scan_again", rules)


def printed(state: State, outcome: PrinterOutcome, rules: Rules) -> State:
    if outcome.outcome != "printed" and outcome.reason in ("paper_out", "cover_open", "offline"):
        state = replace(state, printer_trouble=outcome.reason)
    if outcome.session == STAFF_MENU:
        return staff_printed(state, outcome, rules)
    if outcome.about == "refusal":
        return state
    if outcome.about == "holdings":
        return holdings_printed(state, outcome, rules)
    if outcome.session != state.session or state.receipt != "printing":
        return state
    state = replace(state, receipt="printed" if outcome.outcome == "printed" else "failed")
    if state.phase is Phase.GOODBYE:
        state = replace(state, ends_at=state.now + rules.goodbye_seconds)
    return state


def situation(state: State, event: Event) -> State:
    match event:
        case NetworkDown():
            return replace(state, online=False)
        case NetworkUp():
            return replace(state, online=True)
        case Welcome():
            return replace(state, school=event.school, greeting=event.greeting)
        case OutOfOrder() if event.cause not in state.causes:
            if event.cause == "scanner" and state.phase in (Phase.OPEN, Phase.RETURNING):
                state = replace(state, notice=Notice("info", "scanner_gone", state.now + GONE_SECONDS))
            return replace(state, causes=(*state.causes, event.cause))
        case BackInOrder():
            if event.cause == "scanner" and state.notice is not None and state.notice.code == "scanner_gone":
                state = replace(state, notice=None)
            return replace(state, causes=tuple(cause for cause in state.causes if cause != event.cause))
        case Concerns():
            return replace(state, concerns=event.codes)
        case PrinterHealth():
            return replace(state, printer_trouble=event.trouble)
    return state
