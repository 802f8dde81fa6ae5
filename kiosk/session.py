"""The session at the kiosk: `step(state, event, rules) -> (state, effects)`, pure.

Here: what follows from a scan and a tap, and the order of it all. Not here: words and dates as a
child reads them (`view.py`), the world (`runner.py`). Values: `session_events.py`,
`session_model.py`. Answers: `session_answers.py`; endings and receipts: `session_end.py`; time and the situation:
`session_time.py`.

Four promises, held by tests/kiosk/test_kiosk_session_properties.py:
- no accepted act is lost: a yes of the core is always written down, however late it comes, and the
  screen says yes to a child only once the journal has the act;
- no scanned book ends without a word on the screen that stays long enough to be read (`session_unwritten.py`);
- a session shows nothing of the one before;
- there is no state that time alone does not lead back to the idle screen.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.name_list import choose, listed, start_choosing
from kiosk.session_answers import act_granted, not_written, reader_known, refused, undone, written
from kiosk.session_end import (
    ASKED_WITHIN,
    blank,
    card_unreadable,
    end_session,
    finish_receipt,
    print_holdings,
    tell_on_paper,
    want_holdings,
)
from kiosk.session_events import (
    ActAnswer,
    ButtonPressed,
    ClassesListed,
    Event,
    Journaled,
    JournalFailed,
    NamesListed,
    PrinterOutcome,
    ReaderAnswer,
    Refusal,
    Scan,
    Tick,
    UndoAsked,
)
from kiosk.session_model import AskReader, Effect, Line, Phase, Question, State
from kiosk.session_rules import Rules
from kiosk.session_steps import ask, pose, request, say, touch
from kiosk.session_time import printed, situation, ticked
from kiosk.session_unwritten import (
    is_bad_card,
    is_likely_card,
    is_unseen,
    join_said,
    keep_scan,
    note_unwritten,
    say_unread,
)
from kiosk.staff_model import PinPadClosed, StaffKnown, StaffReceipts, StaffStatus, StaffUnknown
from kiosk.staff_session import close_menu, open_pad, staff_pressed, staff_told
from library.contract.scans import are_two_codes, classify_scan

MAX_QUEUE = 60
"""Scans that may wait. A child cannot hold more books; a scanner gone mad must not fill the memory."""

Step = tuple[State, tuple[Effect, ...]]


def step(state: State, event: Event, rules: Rules) -> Step:
    """What the kiosk becomes and does next. Total: every event is answered in every state."""
    before = state
    match event:
        case Scan():
            state, effects = _scanned(_at(state, event.at), event, rules)
        case ButtonPressed():
            state, effects = _pressed(_at(state, event.at), event, rules)
        case Tick():
            state, effects = ticked(_at(state, event.now), rules)
        case ReaderAnswer():
            state, effects = reader_known(state, event, rules)
        case ActAnswer():
            state, effects = act_granted(state, event)
        case Refusal():
            state, effects = refused(state, event, rules)
        case Journaled():
            state, effects = written(state, event.key, rules)
        case JournalFailed():
            state, effects = not_written(state, event.key, rules)
        case PrinterOutcome():
            state, effects = printed(state, event, rules), ()
        case StaffKnown() | StaffUnknown() | StaffStatus() | StaffReceipts() | PinPadClosed():
            state, effects = staff_told(state, event, rules)
        case ClassesListed() | NamesListed():
            state, effects = listed(state, event), ()
        case UndoAsked():
            state, effects = undone(state, event)
        case _:
            state, effects = situation(state, event), ()
    state, effects = _go_on(state, effects, rules)
    if state.unwritten:
        state, notes = note_unwritten(state)
        effects += notes
    state, slips = tell_on_paper(before, state, rules)
    return state, effects + slips


def _go_on(state: State, effects: tuple[Effect, ...], rules: Rules) -> Step:
    """Take what has been waiting: the next scan, then the list of books, then the end that was asked for. What was
    just said is read first."""
    while state.asking is None and state.queue and not is_unseen(state):
        scan, state = state.queue[0], replace(state, queue=state.queue[1:])
        state, more = _take(state, scan, rules)
        effects += more
    waits = state.asking is not None or bool(state.queue) or is_unseen(state)
    if not waits and state.holdings == "wanted" and state.phase is Phase.OPEN:
        state, more = print_holdings(state, rules)
        effects += more
    if not waits and state.ending and state.phase in (Phase.OPEN, Phase.RETURNING):
        state, more = end_session(state, rules)
        effects += more
    return state, effects


def _at(state: State, moment: float) -> State:
    return replace(state, now=max(state.now, moment))


# ---------------------------------------------------------------- scans


def _scanned(state: State, scan: Scan, rules: Rules) -> Step:
    if state.asking is None and not state.queue and not is_unseen(state):
        return _take(state, scan, rules)
    if (joined := join_said(state, scan, rules)) is not None:
        return joined
    if len(state.queue) >= MAX_QUEUE:
        return say(keep_scan(state, scan), "no", "scan_again", rules)
    return replace(state, queue=(*state.queue, scan)), ()


def _take(state: State, scan: Scan, rules: Rules) -> Step:
    """One scan, with nothing in flight."""
    before = state
    state = replace(state, notice=None, question=None)
    what = classify_scan(scan.text)
    if scan.problem is None and what.kind == "staff":
        return open_pad(state, what.text)
    if state.staff is not None:
        # The next child does not wait for whoever left the menu open.
        state = close_menu(state, rules)
    if is_bad_card(scan):
        return card_unreadable(state, scan.text, rules)
    if scan.problem is not None or what.kind == "garbage":
        return say_unread(before, state, rules)
    if what.kind == "copy" and not scan.title and are_two_codes(what.text):
        return say(touch(state, rules), "info", "labels_joined", rules)
    if state.causes and state.phase in (Phase.IDLE, Phase.GOODBYE):
        return say(state, "no", state.causes[0], rules)
    if what.kind == "isbn" and not scan.is_copy:
        return say(touch(state, rules), "info", "publisher_code", rules)
    if what.kind == "card":
        return _take_card(state, what.text, scan, rules)
    return _take_copy(state, what.text, scan, rules)


def _take_card(state: State, card: str, scan: Scan, rules: Rules) -> Step:
    if not rules.may_borrow:
        return say(touch(state, rules), "no", "mode_return_only", rules)
    if state.phase in (Phase.OPEN, Phase.RECEIPT) and state.reader is not None and state.reader.card == card:
        if not rules.screen and state.lines:
            return replace(state, ending=True), ()  # there is no "Xong" to tap: the card again says it
        return say(_reopen(state, rules), "info", "already_open", rules)
    if state.phase not in ASKED_WITHIN:
        state = replace(blank(state), session=state.session + 1, phase=Phase.OPENING)
    # Else another child's, or a wrong one: the session goes on until somebody knows (`reader_known`).
    state = ask(state, "reader", scan.key, card, "")
    return state, (AskReader(state.asking.request, card),)  # type: ignore[union-attr]  # just set


def _take_copy(state: State, barcode: str, scan: Scan, rules: Rules) -> Step:
    if is_likely_card(scan) and _listed(state, barcode) is None and not _asks_core(state, rules):
        return card_unreadable(state, scan.text, rules)
    if state.card_awaited:
        return say(touch(state, rules), "no", "card_awaited", rules)
    if state.phase is Phase.RECEIPT and state.reader is not None:
        state = _reopen(state, rules)
    if state.phase is Phase.OPEN and state.reader is not None:
        return _copy_in_session(state, barcode, scan, rules)
    if state.phase is Phase.GOODBYE and any(line.barcode == barcode for line in state.lines):
        # The book in the child's hand went under the beam once more: never an unwanted return.
        return say(state, "info", "already_listed", rules)
    if not rules.may_return:
        return say(state, "info", "not_a_card", rules)
    if state.phase in (Phase.IDLE, Phase.GOODBYE):
        state = replace(blank(state), session=state.session + 1)
    state = replace(touch(state, rules), phase=Phase.RETURNING)
    if _listed(state, barcode) is not None:
        return say(state, "info", "already_returned", rules)
    if rules.confirm_returns:
        return pose(touch(state, rules), Question("returning", barcode, scan.title), rules)
    return request(state, "return", scan.key, None, barcode, title=scan.title)


def _copy_in_session(state: State, barcode: str, scan: Scan, rules: Rules) -> Step:
    state = touch(state, rules)
    assert state.reader is not None
    line = _listed(state, barcode)
    if line is not None and line.kind != "return":
        return say(state, "info", "already_listed", rules)
    own = next((loan for loan in state.reader.loans if loan.copy_barcode == barcode), None)
    if own is not None and line is None:
        if not rules.screen:  # L230: nobody can be asked whether it is to come back or to stay longer
            return say(state, "no", "own_book" if rules.may_return else "copy_on_loan_same_reader", rules)
        return pose(state, Question("own_book", barcode, own.title, own.renewable), rules)
    return request(state, "checkout", scan.key, state.reader.card, barcode, title=scan.title)


def _asks_core(state: State, rules: Rules) -> bool:
    """A book scanned now is put to the core without another word."""
    if state.reader is not None and state.phase in (Phase.OPEN, Phase.RECEIPT):
        return not state.card_awaited
    return rules.may_return and not rules.confirm_returns


def _reopen(state: State, rules: Rules) -> State:
    return touch(replace(state, phase=Phase.OPEN, ending=False, card_awaited=False), rules)


def _listed(state: State, barcode: str) -> Line | None:
    """The latest act of this session on that book."""
    return next((line for line in reversed(state.lines) if line.barcode == barcode), None)


# ---------------------------------------------------------------- taps


def _pressed(state: State, press: ButtonPressed, rules: Rules) -> Step:
    if press.session != state.session:
        return state, ()
    question, name = state.question, press.name
    if state.staff is not None:
        return staff_pressed(state, press, rules)
    if state.phase is Phase.CHOOSING:
        return choose(state, press, rules)
    if name == "forgot_card" and state.phase is Phase.IDLE and rules.name_list and rules.may_borrow:
        return start_choosing(state, rules) if not state.causes and state.asking is None else (state, ())
    if name == "close":
        state = replace(touch(state, rules), notice=None, question=None)
        empty = state.phase is Phase.RETURNING and not state.lines and state.asking is None
        return (blank(state), ()) if empty else (state, ())
    if question is not None and state.asking is None and state.phase in (Phase.OPEN, Phase.RETURNING):
        card = state.reader.card if state.reader is not None else None
        if name == "return" and rules.may_return:
            state = replace(touch(state, rules), question=None)
            return request(state, "return", press.key, None, question.barcode, title=question.title)
        if name == "renew" and question.kind == "own_book" and card is not None:
            state = replace(touch(state, rules), question=None)
            return request(state, "renewal", press.key, card, question.barcode)
    if name == "done" and state.phase in (Phase.OPEN, Phase.RETURNING):
        # What is still in the air comes first; _go_on ends the session after it.
        return replace(state, ending=True, question=None, notice=None), ()
    if name == "holdings" and question is None:
        return want_holdings(state, rules), ()
    if name in ("receipt", "no_receipt") and state.phase is Phase.RECEIPT:
        return finish_receipt(state, rules, wanted=name == "receipt")
    return state, ()
