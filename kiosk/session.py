"""The session at the kiosk: `step(state, event, rules) -> (state, effects)`, pure.

Here: what follows from a scan, a tap, an answer, the passing of time. Not here: words and dates as a
child reads them (`view.py`), the world (`runner.py`). Values: `session_events.py`,
`session_model.py`. Endings and receipts: `session_end.py`; time and the situation: `session_time.py`.

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
from kiosk.reader_standing import after_return
from kiosk.session_end import (
    ASKED_WITHIN,
    blank,
    card_unreadable,
    close_session,
    end_session,
    finish_receipt,
    print_holdings,
    refuse_card,
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
from kiosk.session_model import Asking, AskReader, Effect, Journal, Line, Notice, Phase, PlaySound, Question, State
from kiosk.session_rules import Rules
from kiosk.session_steps import ask, pose, put, request, say, touch
from kiosk.session_time import printed, situation, ticked, unanswered
from kiosk.session_unwritten import (
    is_bad_card,
    is_unseen,
    join_said,
    keep_asked,
    keep_scan,
    note_unwritten,
    say_unread,
    settled,
)
from kiosk.staff_model import PinPadClosed, Refused, StaffKnown, StaffReceipts, StaffStatus, StaffUnknown
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
            state, effects = _reader_known(state, event, rules)
        case ActAnswer():
            state, effects = _act_granted(state, event)
        case Refusal():
            state, effects = _refused(state, event, rules)
        case Journaled():
            state, effects = _written(state, event.key, rules)
        case JournalFailed():
            state, effects = _not_written(state, event.key, rules)
        case PrinterOutcome():
            state, effects = printed(state, event, rules), ()
        case StaffKnown() | StaffUnknown() | StaffStatus() | StaffReceipts() | PinPadClosed():
            state, effects = staff_told(state, event, rules)
        case ClassesListed() | NamesListed():
            state, effects = listed(state, event), ()
        case UndoAsked():
            state, effects = _undone(state, event)
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
        return card_unreadable(state, scan, rules)
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
    # Else another child's, or a wrong one: the session goes on until somebody knows (`_reader_known`).
    state = ask(state, "reader", scan.key, card, "")
    return state, (AskReader(state.asking.request, card),)  # type: ignore[union-attr]  # just set


def _take_copy(state: State, barcode: str, scan: Scan, rules: Rules) -> Step:
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
    return request(state, "return", scan.key, None, barcode)


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
            return request(state, "return", press.key, None, question.barcode)
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


# ---------------------------------------------------------------- answers


def _reader_known(state: State, answer: ReaderAnswer, rules: Rules) -> Step:
    asking = state.asking
    if asking is None or asking.request != answer.request or asking.kind != "reader":
        return state, ()
    effects: tuple[Effect, ...] = ()
    if state.phase is not Phase.OPENING:
        # Another child's card: the session before ends here, with its receipt where every session has one.
        state, effects = close_session(state, rules)
        state = replace(state, session=state.session + 1)
    state = replace(state, asking=None, reader=answer.reader, reader_offline=answer.offline, phase=Phase.OPEN,
                    card_awaited=False)  # fmt: skip
    state = touch(state, rules)
    if not answer.reader.can_borrow and answer.reader.reasons:
        reason = answer.reader.reasons[0]
        state = put(state, Notice("info", reason.code, state.now, dict(reason.params)), rules)
        return state, (*effects, PlaySound("attention"))
    return state, (*effects, PlaySound("hello"))


def _act_granted(state: State, answer: ActAnswer) -> Step:
    asking = state.asking
    if asking is not None and asking.request == answer.request and asking.line is None:
        if asking.kind == "reader":
            return state, ()
        line = _line(asking, answer)
        state = replace(state, asking=replace(asking, line=line, remaining=answer.remaining))
        return state, (_journal(asking, line),)
    late = next((one for one in state.unclear if one.request == answer.request and one.line is None), None)
    if late is None or late.kind == "reader":
        return state, ()
    if answer.offline:
        # Nobody was told yes and nobody wrote it down: it never happened.
        return replace(state, unclear=tuple(one for one in state.unclear if one is not late)), ()
    line = _line(late, answer)
    unclear = tuple(replace(one, line=line) if one is late else one for one in state.unclear)
    return replace(state, unclear=unclear), (_journal(late, line),)


def _line(asking: Asking, answer: ActAnswer) -> Line:
    assert asking.kind != "reader"
    return Line(
        key=asking.key, kind=asking.kind, barcode=asking.barcode, title=answer.title, due_on=answer.due_on,
        cover_url=answer.cover_url, was_on_loan=answer.was_on_loan, held_for_other=answer.held_for_other,
        route_to=answer.route_to, offline=answer.offline,
    )  # fmt: skip


def _journal(asking: Asking, line: Line) -> Journal:
    return Journal(
        line.key, line.kind, asking.card, line.barcode, line.title, line.due_on, pending=line.offline,
        staff_id=asking.staff_id, overrides=asking.overrides,
    )  # fmt: skip


def _refused(state: State, answer: Refusal, rules: Rules) -> Step:
    asking = state.asking
    if asking is None or asking.request != answer.request or asking.line is not None:
        unclear = tuple(one for one in state.unclear if one.request != answer.request or one.line is not None)
        return replace(state, unclear=unclear), ()
    if answer.code == "no_answer":
        return unanswered(state, asking, rules)
    if asking.kind == "reader":
        return refuse_card(state, answer.code, rules, answer.params)
    state = replace(state, asking=None)
    if asking.kind == "checkout":
        refused = Refused(
            asking.barcode, answer.code, answer.codes, answer.overridable, dict(answer.params), asking.title
        )
        state = replace(state, refused=refused)
    return say(touch(state, rules), "no", answer.code, rules, answer.params)


def _written(state: State, key: str, rules: Rules) -> Step:
    state = settled(state, key, "")
    asking = state.asking
    if asking is not None and asking.line is not None and asking.key == key:
        return _accept(replace(state, asking=None), asking, rules)
    late = next((one for one in state.unclear if one.line is not None and one.key == key), None)
    if late is None:
        return state, ()
    state = replace(state, unclear=tuple(one for one in state.unclear if one is not late))
    if late.session == state.session and state.phase in (Phase.OPEN, Phase.RETURNING):
        return _accept(state, late, rules)
    return state, ()


def _accept(state: State, asking: Asking, rules: Rules) -> Step:
    """The act counts: list it, say so, and keep what we know of the reader in step with it."""
    line = asking.line
    assert line is not None
    reader = state.reader
    if reader is not None and asking.remaining is not None:
        # The core counts by kind of book: one that does not count (a textbook) leaves the number as it is.
        reader = replace(reader, remaining=max(min(asking.remaining, reader.remaining), 0))
    elif reader is not None and line.kind == "return":
        back = {one.barcode for one in state.lines if one.kind == "return"} | {line.barcode}
        reader = after_return(reader, line.barcode, back)
    known_here = line.kind != "return" or line.was_on_loan or line.held_for_other
    if not known_here and not line.offline:
        # Nothing changed for anybody; most likely the child wanted to borrow and forgot the card.
        no_card = rules.may_borrow and not rules.confirm_returns and reader is None
        code = "was_not_on_loan" if no_card else "lies_here"
        return say(touch(replace(state, reader=reader), rules), "info", code, rules)
    state = settled(state, line.key, line.barcode)
    code = {"checkout": "lent", "renewal": "renewed", "return": "returned"}[line.kind]
    if not known_here:
        code = "return_noted"  # lent since our data were made, maybe: the core will know
    if line.kind == "return" and line.held_for_other:
        code = "returned_held"
    notice = Notice("ok", code, state.now + rules.notice_seconds)
    if state.notice is not None and is_unseen(state):
        notice = state.notice  # a late yes; the book is on the list
    refused = state.refused if state.refused is not None and state.refused.barcode != line.barcode else None
    state = replace(touch(state, rules), lines=(*state.lines, line), reader=reader, notice=notice, refused=refused)
    return state, (PlaySound("ok"),)


def _not_written(state: State, key: str, rules: Rules) -> Step:
    asking = state.asking
    if asking is not None and asking.line is not None and asking.key == key:
        state = replace(state, asking=None)
        if not asking.line.offline:
            return _accept(state, asking, rules)  # the core has it, durably
        return say(touch(keep_asked(state, asking), rules), "no", "journal_full", rules)
    unclear = tuple(one for one in state.unclear if one.key != key or one.line is None)
    return replace(state, unclear=unclear), ()


def _undone(state: State, event: UndoAsked) -> Step:
    """L185: written down as an act of its own; what the session listed of it is gone from the screen."""
    lines = tuple(line for line in state.lines if line.key != event.undoes)
    entry = Journal(
        event.key, "undo", event.card, event.barcode, event.title, event.due_on, pending=True, undoes=event.undoes
    )
    return replace(state, lines=lines), (entry,)


def _reopen(state: State, rules: Rules) -> State:
    return touch(replace(state, phase=Phase.OPEN, ending=False, card_awaited=False), rules)
