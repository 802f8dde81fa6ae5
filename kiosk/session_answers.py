"""What the answers do: who the reader is, yes or no to an act, written down or not.

Pure, part of `session.py` (read that first). An act counts, and is listed, once the core or the journal has it
(`_accept`); a yes that comes too late is still written down (`State.unclear`).
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.reader_standing import after_return
from kiosk.session_end import card_unreadable, close_session, refuse_card
from kiosk.session_events import ActAnswer, ReaderAnswer, Refusal, UndoAsked
from kiosk.session_model import Asking, Effect, Journal, Line, Notice, Phase, PlaySound, State
from kiosk.session_rules import Rules
from kiosk.session_steps import put, say, touch
from kiosk.session_time import unanswered
from kiosk.session_unwritten import is_unseen, keep_asked, settled
from kiosk.staff_model import Refused
from library.contract.scans import may_be_card

Step = tuple[State, tuple[Effect, ...]]


def reader_known(state: State, answer: ReaderAnswer, rules: Rules) -> Step:
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


def act_granted(state: State, answer: ActAnswer) -> Step:
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


def refused(state: State, answer: Refusal, rules: Rules) -> Step:
    asking = state.asking
    if asking is None or asking.request != answer.request or asking.line is not None:
        unclear = tuple(one for one in state.unclear if one.request != answer.request or one.line is not None)
        return replace(state, unclear=unclear), ()
    if answer.code == "no_answer":
        return unanswered(state, asking, rules)
    if asking.kind == "reader":
        return refuse_card(state, answer.code, rules, answer.params)
    state = replace(state, asking=None)
    if "copy_unknown" in (answer.code, *answer.codes) and may_be_card(asking.barcode):
        return card_unreadable(state, asking.barcode, rules)
    if asking.kind == "checkout":
        refused = Refused(
            asking.barcode, answer.code, answer.codes, answer.overridable, dict(answer.params), asking.title
        )
        state = replace(state, refused=refused)
    return say(touch(state, rules), "no", answer.code, rules, answer.params)


def written(state: State, key: str, rules: Rules) -> Step:
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
    # Where nothing is known to be lent, the child most likely wanted to borrow and forgot the card.
    no_card = rules.may_borrow and not rules.confirm_returns and reader is None
    if not known_here and not line.offline:  # nothing changed for anybody
        code = "was_not_on_loan" if no_card else "lies_here"
        return say(touch(replace(state, reader=reader), rules), "info", code, rules)
    state = settled(state, line.key, line.barcode)
    code = {"checkout": "lent", "renewal": "renewed", "return": "returned"}[line.kind]
    if not known_here:
        # Lent since our data were made, maybe: the core will know.
        code = "return_noted_no_card" if no_card else "return_noted"
    if line.kind == "return" and line.held_for_other:
        code = "returned_held"
    notice = Notice("ok", code, state.now + rules.notice_seconds)
    if state.notice is not None and is_unseen(state):
        notice = state.notice  # a late yes; the book is on the list
    refused = state.refused if state.refused is not None and state.refused.barcode != line.barcode else None
    state = replace(touch(state, rules), lines=(*state.lines, line), reader=reader, notice=notice, refused=refused)
    return state, (PlaySound("ok"),)


def not_written(state: State, key: str, rules: Rules) -> Step:
    asking = state.asking
    if asking is not None and asking.line is not None and asking.key == key:
        state = replace(state, asking=None)
        if not asking.line.offline:
            return _accept(state, asking, rules)  # the core has it, durably
        return say(touch(keep_asked(state, asking), rules), "no", "journal_full", rules)
    unclear = tuple(one for one in state.unclear if one.key != key or one.line is None)
    return replace(state, unclear=unclear), ()


def undone(state: State, event: UndoAsked) -> Step:
    """L185: written down as an act of its own; what the session listed of it is gone from the screen."""
    lines = tuple(line for line in state.lines if line.key != event.undoes)
    entry = Journal(
        event.key, "undo", event.card, event.barcode, event.title, event.due_on, pending=True, undoes=event.undoes
    )
    return replace(state, lines=lines), (entry,)
