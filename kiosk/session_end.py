"""How a session ends: the receipt, the goodbye, and nothing left behind.

Pure, part of `session.py` (read that first). What survives `blank` is listed there once: numbers,
the situation, and acts whose answer is still out; nothing of a child.
"""

from __future__ import annotations

from dataclasses import replace

from kiosk.session_model import Effect, Phase, PlaySound, Print, Receipt, Rules, State

Step = tuple[State, tuple[Effect, ...]]


def blank(state: State) -> State:
    """The idle screen. Everything that belongs to a child is gone; what the kiosk is stays.

    A new field of State is forgotten here unless somebody names it: that is the safe side."""
    return State(
        phase=Phase.IDLE, session=state.session, now=state.now, next_request=state.next_request,
        unclear=state.unclear, queue=state.queue, online=state.online, printer_trouble=state.printer_trouble,
        causes=state.causes, school=state.school, greeting=state.greeting, staff=state.staff,
        pad_closed_until=state.pad_closed_until, volume=state.volume,
    )  # fmt: skip


def end_session(state: State, rules: Rules) -> Step:
    """ "Xong", or nothing happened for long enough."""
    if not state.lines:
        return blank(replace(state, session=state.session + 1)), (PlaySound("bye"),) if state.ending else ()
    if rules.receipts == "ask" and state.printer_trouble is None:
        return replace(
            state, phase=Phase.RECEIPT, ending=False, notice=None, question=None,
            ends_at=state.now + rules.receipt_seconds,
        ), (PlaySound("attention"),)  # fmt: skip
    return finish_receipt(state, rules, wanted=rules.receipts == "always")


def finish_receipt(state: State, rules: Rules, *, wanted: bool) -> Step:
    """Print or not, then say goodbye."""
    effects: tuple[Effect, ...] = (PlaySound("bye"),)
    if wanted:
        effects = (_print(state), *effects)
    state = replace(
        state, phase=Phase.GOODBYE, ending=False, notice=None, question=None,
        receipt="printing" if wanted else "none", ends_at=state.now + rules.goodbye_seconds,
    )  # fmt: skip
    return state, effects


def close_session(state: State, rules: Rules) -> Step:
    """The next child is here already: no question, no goodbye. The receipt is printed only where every
    session has one, for nobody asked."""
    unfinished = state.phase in (Phase.OPEN, Phase.RETURNING)
    effects: tuple[Effect, ...] = ()
    if unfinished and state.lines and rules.receipts == "always":
        effects = (_print(state),)
    return blank(state), effects


def _print(state: State) -> Print:
    name = state.reader.display_name if state.reader is not None else ""
    class_name = (state.reader.class_name or "") if state.reader is not None else ""
    kind = state.reader.kind if state.reader is not None else "pupil"
    return Print(state.session, Receipt("acts", name, class_name, state.lines, kind))
