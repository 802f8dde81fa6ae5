"""The desk's one box: what a scan (or a typed name) means now, and the use case that follows from it.

card -> that reader is open; free copy -> lend it to the open reader; copy on loan -> take it back; name ->
candidates; anything else -> say so. The box decides, the services act. Next: pages/desk.py.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record, RecordIsbn
from library.contract.scans import classify_scan
from library.foundation.audit import Actor
from library.foundation.database import transaction
from library.foundation.errors import Reason, Refused
from library.lending.charges import count_open_charges
from library.lending.desk_facts import CopyAtDesk, find_copy, find_reader, name_holder, unknown_card
from library.lending.desk_repeats import did_just_lend, was_just_lent, was_just_taken_back, was_renewed_today
from library.lending.holds import tidy_holds
from library.lending.idempotency import hash_request, run_keyed
from library.lending.limits import count_in_total, list_full_rows, remaining_for_any
from library.lending.loan_writing import lending_day
from library.lending.model import Channel, LoanDone, Purpose, ReturnDone
from library.lending.policy_words import what_words, who_words
from library.lending.queries import LoanLine, list_open_loans, list_ready_titles
from library.lending.rules import decide_reader, make_reason
from library.lending.scanned_codes import is_card_misread, misread_card, unknown_copy
from library.lending.service import check_in, check_out, renew
from library.readers import queries as readers
from library.readers.model import ReaderCard

_WITHIN_NAMES = str.maketrans("", "", "'’-.,()0123456789")
MOST_CANDIDATES = 9
"""As many as have a number of one digit to choose them by."""
MODES = ("smart", "return", "in_library", "renew", "lend")
"""`renew`: lengthens whatever loan the book is on, card or no card; `lend`: only lends, a copy that is on loan is
refused (books for a class)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAnswer:
    """`outcome`: reader | lent | returned | not_on_loan | renewed | refused | already | copy | candidates |
    unknown. `again`: what an "already" repeats, lent | returned | renewed. `tone`: ok | attention | no.
    `reader_id`: who is open afterwards. `card_awaited`: a card could not be read, and whose the next book is nobody
    knows (L218); `closed`: that was while somebody else was open."""

    outcome: str
    tone: str
    reader_id: int | None
    barcode: str = ""
    reasons: tuple[Reason, ...] = ()
    loan: LoanDone | None = None
    back: ReturnDone | None = None
    copy: CopyAtDesk | None = None
    candidates: tuple[ReaderCard, ...] = ()
    total: int = 0
    typed: str = ""
    again: str = ""
    read_here: bool = False  # lent for the reading room
    card_awaited: bool = False
    closed: bool = False

    @property
    def can_override(self) -> bool:
        """Staff may set all of these reasons aside."""
        return bool(self.reasons) and all(reason.overridable for reason in self.reasons)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskReader:
    """The open reader beside the box."""

    card: ReaderCard
    reasons: tuple[Reason, ...]
    loans: tuple[LoanLine, ...]
    count: int
    limit: int
    remaining: int
    full: tuple[str, ...]  # rows of the policy table that are used up, in words (L222)
    holds_ready: tuple[str, ...]  # titles on the pickup shelf
    charges: int  # debts not settled


def handle_scan(
    text: str,
    *,
    actor: Actor,
    reader_id: int | None = None,
    mode: str = "smart",
    act_key: str | None = None,
    overrides: Collection[str] = (),
    comment: str | None = None,
    card_awaited: bool = False,
) -> DeskAnswer:
    """Do what the scan asks for. Refusals of the rules are an answer, not an error; everything else raises.

    `act_key`: made by the page per scan; the same key again does nothing twice. `card_awaited`: as the last answer
    said; no book goes to anybody until a card or a name has opened a reader (L218).
    """
    answer = _handle(text, actor, reader_id, mode, act_key, overrides, comment, card_awaited)
    if card_awaited and answer.reader_id is None:
        return replace(answer, card_awaited=True)
    return answer


def _handle(
    text: str, actor: Actor, reader_id: int | None, mode: str, act_key: str | None, overrides: Collection[str],
    comment: str | None, card_awaited: bool,
) -> DeskAnswer:  # fmt: skip
    scanned = classify_scan(text)
    if scanned.kind == "card":
        return _open_reader(scanned.text, reader_id)
    copy = find_copy(barcode=scanned.text) if scanned.kind in ("copy", "isbn") else None
    if copy is None:
        return _not_a_copy(text, scanned.kind, scanned.text, reader_id, mode)
    done: list[DeskAnswer] = []

    def act() -> tuple[int, dict[str, Any]]:
        done.append(_act_on(copy, reader_id, mode, actor, overrides, comment, act_key, card_awaited))
        return 200, {"outcome": done[0].outcome}

    try:
        if act_key is None:
            act()
        else:
            wanted = hash_request("desk", [scanned.text, reader_id, mode, sorted(overrides)])
            run_keyed(act_key, f"staff:{actor.id}", wanted, act)
    except Refused as refusal:
        return DeskAnswer(
            outcome="refused", tone="no", reader_id=reader_id, barcode=copy.barcode,
            reasons=name_holder(refusal.reasons, copy), copy=copy,
        )  # fmt: skip
    if not done:  # a repeat of a request whose answer was lost on the way
        return DeskAnswer(outcome="already", tone="attention", reader_id=reader_id, barcode=copy.barcode, copy=copy)
    return done[0]


def _open_reader(card: str, reader_id: int | None) -> DeskAnswer:
    found = readers.find_by_card(card)
    if found is None:
        return _closed_by_card(card, unknown_card(card), reader_id)
    return DeskAnswer(outcome="reader", tone="ok", reader_id=found.id)


def _closed_by_card(card: str, why: Reason, reader_id: int | None, typed: str = "") -> DeskAnswer:
    """L218: whoever was open is not the one whose card or name this is; the books that follow are not theirs."""
    return DeskAnswer(
        outcome="refused", tone="no", reader_id=None, barcode=card, reasons=(why,), card_awaited=True, typed=typed,
        closed=reader_id is not None,
    )  # fmt: skip


def _not_a_copy(text: str, kind: str, code: str, reader_id: int | None, mode: str) -> DeskAnswer:
    """A typed name finds people; a long unreadable scan is said to be one."""
    if kind == "isbn":
        printed = _by_isbn(code)
        if printed is not None:
            return DeskAnswer(
                outcome="refused", tone="no", reader_id=reader_id, barcode=code,
                reasons=(make_reason("isbn_scanned", title=printed[0], count=printed[1]),),
            )  # fmt: skip
    if is_card_misread(text):  # the whole line: `code` is cut where it is long
        return _closed_by_card(code, misread_card(text), reader_id)
    if kind == "garbage" and len(text) > 120:
        return DeskAnswer(
            outcome="refused", tone="no", reader_id=reader_id, barcode=code, reasons=(make_reason("scan_unreadable"),)
        )
    found, total = readers.search_readers(text, limit=MOST_CANDIDATES) if len(text.strip()) > 1 else ([], 0)
    if total == 1:
        return DeskAnswer(outcome="reader", tone="ok", reader_id=found[0].id)
    if found:
        return DeskAnswer(
            # Somebody else is looked for: the next book is not for whoever was open (L218).
            outcome="candidates", tone="attention", reader_id=None, candidates=tuple(found), total=total,
            typed=text, card_awaited=True,
        )  # fmt: skip
    is_name = not any(char.isdigit() for char in text) or " " in text.strip()
    if is_name and mode not in ("return", "lend"):  # there only books are scanned
        said = "name_unknown" if _has_words(text) else "word_unknown"  # L205
        return _closed_by_card(code, make_reason(said, text=text.strip()[:60]), reader_id, text)
    if is_name:  # L205
        reason = make_reason("word_unknown", text=text.strip()[:60])
    else:
        reason = unknown_copy(text)
    return DeskAnswer(
        outcome="unknown", tone="no", reader_id=reader_id, barcode=code, typed=text.strip()[:80], reasons=(reason,),
    )  # fmt: skip


def _has_words(text: str) -> bool:
    """A name has a word of letters (H'Hen, Minh-Anh); an address of a web site or a row of signs has none."""
    bare = unicodedata.normalize("NFC", text).translate(_WITHIN_NAMES)
    return any(part.isalpha() for part in bare.split())


def _by_isbn(isbn: str) -> tuple[str, int] | None:
    """The printed code is the same on every copy: which title it is, and how many copies the school has."""
    record = Record.select().join(RecordIsbn).where(RecordIsbn.isbn == isbn, Record.deleted_at.is_null()).first()
    if record is None:
        return None
    copies = Copy.select().where(Copy.record == record.id, Copy.status != "withdrawn")
    return shown_title(record.title, record.part), copies.count()


def _act_on(
    copy: CopyAtDesk, reader_id: int | None, mode: str, actor: Actor, overrides: Collection[str],
    comment: str | None, act_key: str | None, card_awaited: bool,
) -> DeskAnswer:  # fmt: skip
    loan = copy.facts.loan
    if mode == "return":
        if loan is None and was_just_taken_back(copy.id, actor):
            return _repeated(copy, reader_id, "returned")
        return _take_back(copy, reader_id, actor, comment)
    if mode == "renew":
        return _renew(copy, reader_id, actor, overrides, comment)
    if loan is not None and loan.id is not None and mode == "lend" and did_just_lend(loan.id, actor):
        return _repeated(copy, reader_id, "lent_now")
    if loan is not None and mode == "smart" and not overrides:
        if loan.reader_id == reader_id and loan.id is not None and was_just_lent(loan.id):
            return _repeated(copy, reader_id, "lent")
        return _take_back(copy, reader_id, actor)
    if reader_id is None:
        if copy.facts.status != "in_service":
            return _take_back(copy, reader_id, actor)  # L219
        if card_awaited:
            raise Refused([make_reason("card_awaited")])
        return DeskAnswer(outcome="copy", tone="attention", reader_id=None, barcode=copy.barcode, copy=copy)
    done = check_out(
        copy.barcode, reader_id=reader_id, actor=actor, channel=Channel.DESK.value, overrides=overrides,
        comment=comment, act_key=act_key,
        purpose=Purpose.IN_LIBRARY.value if mode == "in_library" else Purpose.HOME.value,
    )  # fmt: skip
    return DeskAnswer(
        outcome="lent", tone="ok", reader_id=reader_id, barcode=copy.barcode, loan=done, copy=copy,
        read_here=mode == "in_library",
    )  # fmt: skip


def _repeated(copy: CopyAtDesk, reader_id: int | None, again: str) -> DeskAnswer:
    return DeskAnswer(
        outcome="already", tone="attention", reader_id=reader_id, barcode=copy.barcode, copy=copy, again=again
    )


def _renew(
    copy: CopyAtDesk, reader_id: int | None, actor: Actor, overrides: Collection[str], comment: str | None
) -> DeskAnswer:
    """The book says whose loan it is. Refused(`renewal_nobody_has`) when nobody has it."""
    loan = copy.facts.loan
    holder = loan.reader_id if loan is not None else None
    if loan is None or holder is None:
        raise Refused([make_reason("renewal_nobody_has")])
    done = renew_once_a_day(copy.barcode, holder, actor=actor, overrides=overrides, comment=comment)
    if done is None:
        return _repeated(copy, reader_id, "renewed")
    return DeskAnswer(outcome="renewed", tone="ok", reader_id=reader_id, barcode=copy.barcode, loan=done, copy=copy)


def renew_once_a_day(
    barcode: str, reader_id: int, *, actor: Actor, overrides: Collection[str] = (), comment: str | None = None
) -> LoanDone | None:
    """L231: lengthen the reader's loan; None when that was done today already, unless reasons are set aside.
    Refused as service.renew."""
    with transaction():  # pressed twice at the same moment, the second sees the first
        copy = find_copy(barcode=barcode)
        loan = copy.facts.loan if copy is not None else None
        mine = loan is not None and loan.reader_id == reader_id
        if mine and not overrides and loan is not None and was_renewed_today(loan.id or 0):
            return None
        return renew(barcode, reader_id=reader_id, actor=actor, overrides=overrides, comment=comment)


def _take_back(
    copy: CopyAtDesk, reader_id: int | None, actor: Actor, comment: str | None = None
) -> DeskAnswer:
    back = check_in(copy.barcode, actor=actor, channel=Channel.DESK.value, comment=comment)
    noteworthy = back.alerts or back.held_for or back.overdue_days or back.route_to
    if not back.was_on_loan:
        return DeskAnswer(
            outcome="not_on_loan", tone="attention", reader_id=reader_id, barcode=copy.barcode, back=back, copy=copy
        )
    return DeskAnswer(
        outcome="returned", tone="attention" if noteworthy else "ok", reader_id=reader_id, barcode=copy.barcode,
        back=back, copy=copy,
    )  # fmt: skip


def renew_at_desk(
    barcode: str, reader_id: int, *, actor: Actor, overrides: Collection[str] = (), comment: str | None = None
) -> DeskAnswer:
    """Renew one loan of the open reader."""
    copy = find_copy(barcode=barcode)
    try:
        done = renew_once_a_day(barcode, reader_id, actor=actor, overrides=overrides, comment=comment)
    except Refused as refusal:
        return DeskAnswer(
            outcome="refused", tone="no", reader_id=reader_id, barcode=barcode, reasons=refusal.reasons, copy=copy,
        )  # fmt: skip
    if done is None and copy is not None:
        return _repeated(copy, reader_id, "renewed")
    return DeskAnswer(outcome="renewed", tone="ok", reader_id=reader_id, barcode=barcode, loan=done)


def find_desk_reader(reader_id: int | None) -> DeskReader | None:
    """The panel beside the box; None when nobody is open or the reader is gone."""
    if reader_id is None:
        return None
    card = readers.find_reader_card(reader_id)
    if card is None:
        return None
    tidy_holds()
    day = lending_day()
    found = find_reader(reader_id=reader_id, year_id=day.year_id, today=day.on)
    if found is None:
        return None
    return DeskReader(
        card=card,
        reasons=decide_reader(found.facts, day.policy, day.on),
        loans=tuple(list_open_loans(reader_id)),
        count=count_in_total(found.facts, day.policy),
        limit=day.policy.limit_for(found.kind),
        remaining=remaining_for_any(found.facts, day.policy),
        full=tuple(
            f"{who_words(row)}, {what_words(row, {}).lower()}: đủ {count}/{row.max_loans} cuốn"
            for row, count in list_full_rows(found.facts, day.policy)
        ),
        holds_ready=list_ready_titles(reader_id),
        charges=count_open_charges(reader_id),
    )
