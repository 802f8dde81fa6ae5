"""No scanned book ends without a word: what waits behind a sentence, and what nobody could write down.

Pure, part of `session.py` (read that first). A scan is answered on the screen, and its sentence or question stays
`seen_seconds` before the next scan takes its place; those that come meanwhile wait. Where neither the core nor the
kiosk could settle a scan, the child is asked to scan again. Who did not, and left, is noted for staff a minute
later: as an act "unwritten" with the key of the scan, so that the core knows whether it has that act after all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from kiosk.session_events import Scan
from kiosk.session_model import Asking, Effect, Journal, Phase, PlaySound, State, Unwritten
from kiosk.session_rules import Rules
from kiosk.session_steps import say, touch
from library.contract.scans import classify_scan, clean_scan, holds_card, is_card_mistyped, looks_like_card, may_be_card

Step = tuple[State, tuple[Effect, ...]]
NOTE_AFTER = 60.0
"""Seconds in which the child may scan again before staff hear of it; and between attempts to write that down."""
MAX_UNWRITTEN = 60


def is_unseen(state: State) -> bool:
    """Something stands on the screen that nobody had the time to read."""
    return state.now < state.unseen_until and (state.notice is not None or state.question is not None)


def is_book(scan: Scan) -> bool:
    """By its shape; not what is a card more likely (`is_likely_card`)."""
    what = classify_scan(scan.text)
    is_copy = what.kind == "copy" and not is_bad_card(scan) and not is_likely_card(scan)
    return scan.problem is None and (is_copy or (what.kind == "isbn" and scan.is_copy))


def is_bad_card(scan: Scan) -> bool:
    """Shaped like a card and none, or a card in one line with another code (L233), where we know no such book."""
    text = clean_scan(scan.text)
    if scan.problem is not None or classify_scan(scan.text).kind in ("card", "staff"):
        return False
    return _is_one_bad_card(text) or (not scan.title and holds_card(text))


def is_likely_card(scan: Scan) -> bool:
    """L218: a letter crept into the number of a card (TV0000O042), and our data know no such book. A label newer than
    they are may look so too: the core says which, where it can be asked."""
    if scan.problem is not None or scan.title or classify_scan(scan.text).kind != "copy" or is_bad_card(scan):
        return False
    return may_be_card(clean_scan(scan.text))


def _is_one_bad_card(text: str) -> bool:
    return looks_like_card(text) or is_card_mistyped(text)


def _unread(scan: Scan) -> Literal["", "code", "card"]:
    """What could not be read, by its shape. Not a card in one line with a book: that book is counted."""
    if is_bad_card(scan):
        return "card" if _is_one_bad_card(clean_scan(scan.text)) else ""
    return "code" if scan.problem is not None or classify_scan(scan.text).kind == "garbage" else ""


def join_said(state: State, scan: Scan, rules: Rules) -> Step | None:
    """A scan that the sentence on the screen, or one that waits, is said of too. None for any other."""
    if state.asking is None and (counted := behind_wrong_card(state, scan, rules)) is not None:
        return counted, (PlaySound("no"),)
    return _join_unread(state, scan, rules)


def _join_unread(state: State, scan: Scan, rules: Rules) -> Step | None:
    """Of a run of scans that could not be read one word is said. A scan of a run whose sentence waits adds nothing, one
    of a sentence that is still to be read its sound; that sentence's time does not begin anew. None for other scans."""
    kind, said = _unread(scan), state.notice
    if not kind and not is_likely_card(scan):
        return None
    if state.queue:
        return (touch(state, rules), ()) if kind and _unread(state.queue[-1]) == kind else None
    if state.asking is not None or not is_unseen(state) or said is None or said.code != "scan_unreadable":
        return None
    return (touch(state, rules), (PlaySound("attention"),)) if kind == "code" or said.about_card else None


def say_unread(before: State, state: State, rules: Rules) -> Step:
    """The sentence, or the same one for longer: what was read already holds up no scan again."""
    stood = before.notice
    state, effects = say(touch(state, rules), "info", "scan_unreadable", rules)
    again = stood is not None and stood.code == "scan_unreadable" and not stood.about_card
    return replace(state, unseen_until=before.unseen_until) if again else state, effects


def keep_scan(state: State, scan: Scan, card: str | None = None) -> State:
    """A scan that nothing was done with."""
    may_be_book = is_book(scan) or is_likely_card(scan)
    return _keep(state, scan.key, card, classify_scan(scan.text).text) if may_be_book else state


def keep_asked(state: State, asked: Asking) -> State:
    """A request that nobody answered, or whose yes could not be written down."""
    return state if asked.kind == "reader" else _keep(state, asked.key, asked.card, asked.barcode)


def _keep(state: State, key: str, card: str | None, barcode: str) -> State:
    one = Unwritten(key, state.session, card, barcode, state.now, state.now + NOTE_AFTER)
    return replace(state, unwritten=(*state.unwritten, one)[-MAX_UNWRITTEN:])


def settled(state: State, key: str, barcode: str) -> State:
    """The act was written down after all, or the book was scanned again and that was."""
    left = tuple(one for one in state.unwritten if one.key != key and one.barcode != barcode)
    return replace(state, unwritten=left)


def behind_wrong_card(state: State, scan: Scan, rules: Rules) -> State | None:
    """A book scanned before the child could read that the card led nowhere was meant for that card: the sentence
    counts it. None for any other scan, and once the next card waits: the book is meant for that."""
    notice = state.notice
    if any(classify_scan(one.text).kind in ("card", "staff") for one in state.queue):
        return None
    if notice is None or not notice.about_card or not is_unseen(state) or not is_book(scan):
        return None
    notice = replace(notice, unwritten=notice.unwritten + 1, until=state.now + rules.refusal_seconds)
    return replace(state, notice=notice, unseen_until=state.now + rules.seen_seconds)


def note_unwritten(state: State, *, at_once: bool = False) -> Step:
    """What is due goes to the journal, once the child has left; it is forgotten when it is there."""
    resting = state.phase in (Phase.IDLE, Phase.GOODBYE)
    due = [
        one for one in state.unwritten
        if at_once or (state.now >= one.note_at and (resting or one.session != state.session))
    ]  # fmt: skip
    if not due:
        return state, ()
    again = tuple(replace(one, note_at=state.now + NOTE_AFTER) if one in due else one for one in state.unwritten)
    effects = [Journal(one.key, "unwritten", one.card, one.barcode, "", None, pending=True, at=one.at) for one in due]
    return replace(state, unwritten=again), tuple(effects)
