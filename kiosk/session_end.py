"""The receipts of a session and how it ends: what the reader holds, the acts, the goodbye, and nothing left behind.

Pure, part of `session.py` (read that first). What survives `blank` is listed there once: numbers,
the situation, and acts whose answer is still out; nothing of a child.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from kiosk.session_events import PrinterOutcome, Scan
from kiosk.session_model import Effect, Line, Notice, Phase, PlaySound, Print, Receipt, State
from kiosk.session_rules import Rules
from kiosk.session_steps import put, touch
from kiosk.session_unwritten import is_book, is_unseen, keep_scan
from library.contract.scans import are_two_codes, classify_scan, clean_scan

Step = tuple[State, tuple[Effect, ...]]


def blank(state: State) -> State:
    """The idle screen. Everything that belongs to a child is gone; what the kiosk is stays.

    A new field of State is forgotten here unless somebody names it: that is the safe side."""
    return State(
        phase=Phase.IDLE, session=state.session, now=state.now, next_request=state.next_request,
        unclear=state.unclear, unwritten=state.unwritten, queue=state.queue, online=state.online,
        printer_trouble=state.printer_trouble, causes=state.causes, concerns=state.concerns, school=state.school,
        greeting=state.greeting, staff=state.staff, pad_closed_until=state.pad_closed_until, volume=state.volume,
        on_paper=state.on_paper, slips=state.slips,
    )  # fmt: skip


ASKED_WITHIN = (Phase.OPEN, Phase.RETURNING, Phase.RECEIPT)
"""A card scanned here is asked for while the session stands: a wrong one must not end it."""


def not_opened(state: State, rules: Rules) -> State:
    """The card led nowhere; a session it was scanned into goes on. Books scanned behind it were meant for that
    card: they would be taken back at the idle screen, or lent to the wrong child, so they are dropped up to
    the next card; the refusal answers them."""
    queue = _from_next_card(state.queue)
    if state.phase not in ASKED_WITHIN:
        return replace(blank(state), queue=queue)
    ends_at = state.now + rules.receipt_seconds if state.phase is Phase.RECEIPT else state.ends_at
    return _await_card(replace(state, asking=None, queue=queue, ends_at=ends_at))


def _await_card(state: State) -> State:
    """It may be the next child's card: this session lends nothing more until one is read (L218)."""
    return replace(state, card_awaited=state.reader is not None and state.phase in (Phase.OPEN, Phase.RECEIPT))


def _from_next_card(queue: tuple[Scan, ...]) -> tuple[Scan, ...]:
    while queue and classify_scan(queue[0].text).kind not in ("card", "staff"):
        queue = queue[1:]
    return queue


def card_unreadable(state: State, text: str, rules: Rules) -> Step:
    """Shaped like a card, and none (`is_bad_card`): the books behind it are nobody's either."""
    if state.phase is Phase.RETURNING and not state.lines:
        state = blank(state)  # it was taken for a book until the core had said that it is none
    queue = _from_next_card(state.queue)
    behind = sum(map(is_book, state.queue[: len(state.queue) - len(queue)]))
    code = "codes_joined" if are_two_codes(clean_scan(text)) else "scan_unreadable"
    notice = Notice("info", code, state.now, about_card=True, unwritten=behind)
    return put(touch(_await_card(replace(state, queue=queue)), rules), notice, rules), (PlaySound("attention"),)


def refuse_card(
    state: State, code: str, rules: Rules, params: dict[str, Any] | None = None, *, undecided: bool = False
) -> Step:
    """The card led nowhere: one sentence for it and for the books behind it. `undecided`: nobody knows whose it is,
    so staff hear of the books."""
    card = state.asking.card if state.asking is not None else None
    after = not_opened(state, rules)
    dropped = state.queue[: len(state.queue) - len(after.queue)]
    if undecided:
        for scan in dropped:
            after = keep_scan(after, scan, card)
    notice = Notice("no", code, state.now, params or {}, about_card=True, unwritten=sum(map(is_book, dropped)))
    return put(touch(after, rules), notice, rules), (PlaySound("no"),)


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
    """Print or not, then say goodbye; it stays while the paper is on its way (`session_time.printed` ends that)."""
    effects: tuple[Effect, ...] = (PlaySound("bye"),)
    if wanted:
        effects = (_print(state), *effects)
    state = replace(
        state, phase=Phase.GOODBYE, ending=False, notice=None, question=None, card_awaited=False,
        receipt="printing" if wanted else "none",
        ends_at=state.now + (rules.printing_seconds if wanted and rules.screen else rules.goodbye_seconds),
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


def _print(state: State, kind: Literal["acts", "holdings"] = "acts") -> Print:
    name = state.reader.display_name if state.reader is not None else ""
    class_name = (state.reader.class_name or "") if state.reader is not None else ""
    reader_kind = state.reader.kind if state.reader is not None else "pupil"
    lines = list_holdings(state) if kind == "holdings" else state.lines
    return Print(state.session, Receipt(kind, name, class_name, lines, reader_kind))


ANY_SCAN = frozenset(
    {
        "scan_unreadable", "publisher_code", "not_a_card", "was_not_on_loan", "scan_again", "card_awaited",
        "unauthorised", "scanner", "codes_joined", "labels_joined",
    }
)  # fmt: skip
"""Sentences that a scan of anything can call up, be it by a scanner gone mad: on paper too, but not a roll of it."""
QUIET_SECONDS = 5.0
MAX_SLIPS = 3


def tell_on_paper(before: State, state: State, rules: Rules) -> Step:
    """What nobody can read on a screen comes out of the printer: a no, and that a code is none of ours. The latter
    only where the same was not said in the last QUIET_SECONDS, and MAX_SLIPS times until something goes well. What is
    said of a card waits until nothing more is scanned behind it: one slip says it, and how many books were."""
    if len(state.lines) > len(before.lines) or (state.reader is not None and before.reader is None):
        state = replace(state, on_paper=(), slips=0)
    waiting, counted = before.slip, _books_more(before, state)
    if waiting is not None and counted is not None:
        return replace(state, slip=replace(waiting, receipt=replace(waiting.receipt, refused=counted))), ()
    due: tuple[Effect, ...] = ()
    if waiting is not None and state.notice == before.notice and is_unseen(state):
        state = replace(state, slip=waiting)
    elif waiting is not None:
        state, due = replace(state, slip=None), (waiting,)
    said = state.notice
    if rules.screen or rules.receipts == "never" or said is None or said == before.notice or counted is not None:
        return state, due
    if said.code in ANY_SCAN:
        last = dict(state.on_paper).get(said.code)
        others = tuple(one for one in state.on_paper if one[0] != said.code)
        state = replace(state, on_paper=(*others, (said.code, state.now)))
        if (last is not None and state.now - last < QUIET_SECONDS) or state.slips >= MAX_SLIPS:
            return state, due
        state = replace(state, slips=state.slips + 1)
    elif said.tone != "no":
        return state, due
    plain = _print(replace(state, lines=()))
    book = state.refused.barcode if state.refused is not None and state.refused is not before.refused else ""
    slip = replace(plain, receipt=replace(plain.receipt, kind="refusal", refused=said, barcode=book))
    return (replace(state, slip=slip), due) if said.about_card else (state, (*due, slip))


def _books_more(before: State, state: State) -> Notice | None:
    """The sentence that stands already, with one book more behind its card (`behind_wrong_card`)."""
    was, said = before.notice, state.notice
    if was is None or said is None or not was.about_card or said.unwritten != was.unwritten + 1:
        return None
    return said if replace(was, unwritten=said.unwritten, until=said.until) == said else None


# ---------------------------------------------------------------- "what I have"


def list_holdings(state: State) -> tuple[Line, ...]:
    """What the reader has in hand: their loans, and what this session has changed since."""
    if state.reader is None:
        return ()
    held = {
        loan.copy_barcode: Line("", "checkout", loan.copy_barcode, loan.title, loan.due_on or None)
        for loan in state.reader.loans
    }
    for line in state.lines:
        if line.kind == "return":
            held.pop(line.barcode, None)
        else:
            held[line.barcode] = line
    return tuple(held.values())


def may_print_holdings(state: State, rules: Rules) -> bool:
    """Receipts are in use, paper will come out, there is something to list, and it was not asked for yet."""
    usable = rules.receipts != "never" and state.printer_trouble is None and state.holdings == "none"
    return usable and state.phase is Phase.OPEN and bool(list_holdings(state))


def want_holdings(state: State, rules: Rules) -> State:
    """Noted; what is still in the air comes first and is on the list then (`print_holdings`)."""
    return replace(touch(state, rules), holdings="wanted") if may_print_holdings(state, rules) else state


def print_holdings(state: State, rules: Rules) -> Step:
    """The session goes on while it prints."""
    notice = Notice("info", "holdings_printing", state.now + rules.notice_seconds)
    keep = state.notice if state.notice is not None and state.notice.tone == "no" else notice
    return replace(state, holdings="asked", notice=keep), (_print(state, "holdings"),)


def holdings_printed(state: State, outcome: PrinterOutcome, rules: Rules) -> State:
    """Whether paper came out, said beside the books; a refusal that is being read stays."""
    if outcome.session != state.session or state.phase is not Phase.OPEN or state.staff is not None:
        return state
    if state.notice is not None and (state.notice.tone == "no" or is_unseen(state)):
        return state
    code = "holdings_printed" if outcome.outcome == "printed" else "holdings_failed"
    return replace(touch(state, rules), notice=Notice("info", code, state.now + rules.refusal_seconds))
