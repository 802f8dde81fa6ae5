"""Piles: what one person has taken back since a moment, with its totals, and a list of loans for a class in one go.

The acts themselves are those of service.py; nothing is decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.contract.scans import clean_scan
from library.foundation.audit import Actor
from library.foundation.clock import local_time
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, Reason, Refused
from library.foundation.rows import dicts_of
from library.foundation.schoolyear import class_sort_key
from library.lending.desk_facts import find_copy, name_holder
from library.lending.model import Channel, LoanDone
from library.lending.own_acts import list_own_acts
from library.lending.scanned_codes import call_codes_by_name
from library.lending.service import check_out
from library.lending.tables import Hold, Loan
from library.readers.model import KIND_LABELS, KIND_ORDER, group_words
from library.readers.tables import Reader

MOST_LINES = 400
CHUNK = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class PileLine:
    """One copy of the pile. `reader_name` empty: it was not on loan."""

    at: datetime
    title: str
    barcode: str
    reader_name: str
    class_name: str
    kind: str  # of the reader
    days_late: int
    kept_for: str  # goes to the pickup shelf for this reader
    note: str  # found again, withdrawn, in repair, a textbook

    @property
    def place(self) -> str:
        """Where the reader belongs: the class, else what they are."""
        return self.class_name or (KIND_LABELS.get(self.kind, "") if self.reader_name else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pile:
    """What came back. `by_class`: (class in words, copies), natural order, readers without a class last."""

    lines: tuple[PileLine, ...]
    returned: int
    late: int
    not_on_loan: int
    kept: int
    readers: int
    by_class: tuple[tuple[str, int], ...]


_STATUS_NOTES = {"withdrawn": "Đã thanh lý, để ở bàn thủ thư", "repair": "Chờ sửa, để ở bàn thủ thư"}


def pile_mark(began: datetime) -> str:
    """L223: what the log says of a return that was scanned on the page of a pile, so that no other is counted in."""
    at = local_time(began)
    return f"Chồng sách trả lúc {at:%H:%M:%S} ngày {at:%d/%m/%Y}"


def list_pile(actor: Actor, began: datetime) -> Pile:
    """What this member of staff has taken back with the pile begun then, and not undone, the newest first (L223)."""
    entries = [
        entry
        for entry in list_own_acts(actor, ("loan.check_in", "copy.check_in"), began)
        if entry.comment == pile_mark(began)
    ]
    loans = _loans({int(entry.subject_id) for entry in entries if entry.subject_kind == "loan"})
    copies = _copies({int(entry.subject_id) for entry in entries if entry.subject_kind == "copy"})
    names = _hold_names({entry.after["hold"] for entry in entries if entry.after and "hold" in entry.after})
    lines, readers = [], set()
    for entry in entries:
        row = (loans if entry.subject_kind == "loan" else copies).get(int(entry.subject_id))
        if row is None:
            continue
        readers.add(row.get("reader"))
        lines.append(
            PileLine(
                at=entry.at, title=shown_title(row["title"], row["part"]), barcode=row["barcode"],
                reader_name=row.get("full_name") or "",
                class_name=row.get("class_name") or "", kind=row.get("reader_kind") or "",
                days_late=row.get("overdue_days") or 0,
                kept_for=names.get((entry.after or {}).get("hold", 0), ""),
                note=_note(entry.after or {}, row),
            )
        )  # fmt: skip
    by_class = Counter((line.class_name, "" if line.class_name else line.kind) for line in lines if line.reader_name)
    return Pile(
        lines=tuple(lines),
        returned=sum(bool(line.reader_name) for line in lines),
        late=sum(line.days_late > 0 for line in lines),
        not_on_loan=sum(not line.reader_name for line in lines),
        kept=sum(bool(line.kept_for) for line in lines),
        readers=len(readers - {None}),
        by_class=tuple((group_words(*group), count) for group, count in sorted(by_class.items(), key=_place)),
    )


def _place(counted: tuple[tuple[str, str], int]) -> tuple[bool, str, int]:
    (class_name, kind), _ = counted
    return not class_name, class_sort_key(class_name), KIND_ORDER.get(kind, 9)


def _note(after: dict[str, Any], row: dict[str, Any]) -> str:
    if "found" in after:
        return "Đã tìm thấy: trở lại trong kho"
    return _STATUS_NOTES.get(row["status"], "Sách giáo khoa" if row.get("material") == "textbook" else "")


def _loans(ids: set[int]) -> dict[int, dict[str, Any]]:
    query = (
        Loan.select(
            Loan.id, Loan.reader, Loan.class_name, Loan.reader_kind, Loan.material, Loan.overdue_days, Copy.barcode,
            Copy.status, Record.title, Record.part, Reader.full_name,
        )
        .join(Copy)
        .join(Record)
        .switch(Loan)
        .join(Reader, pw.JOIN.LEFT_OUTER)
    )
    return _by_id(query, Loan.id, ids)


def _copies(ids: set[int]) -> dict[int, dict[str, Any]]:
    return _by_id(Copy.select(Copy.id, Copy.barcode, Copy.status, Record.title, Record.part).join(Record), Copy.id, ids)


def _hold_names(ids: set[int]) -> dict[int, str]:
    rows = _by_id(Hold.select(Hold.id, Reader.full_name).join(Reader), Hold.id, ids)
    return {hold_id: str(row["full_name"]) for hold_id, row in rows.items()}


def _by_id(query: pw.ModelSelect, key: pw.Field, ids: set[int]) -> dict[int, dict[str, Any]]:
    wanted = sorted(ids)
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = dicts_of(query.where(key.in_(wanted[start : start + CHUNK])))
        found.update({row["id"]: row for row in rows})
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedLoan:
    """What became of one line of a list: a loan, or every reason why not."""

    reader_id: int
    barcode: str
    loan: LoanDone | None
    reasons: tuple[Reason, ...] = ()


def lend_list(pairs: Sequence[tuple[int, str]], *, actor: Actor) -> list[ListedLoan]:
    """Lend each copy to its reader, in one transaction. A line that is refused leaves the others as they are.

    InvalidInput(`set_empty`, `set_too_big`).
    """
    if not pairs:
        raise InvalidInput("set_empty", field="barcodes")
    if len(pairs) > MOST_LINES:
        raise InvalidInput("set_too_big", field="barcodes", limit=MOST_LINES)
    done = []
    with transaction():
        for reader_id, text in pairs:
            barcode = clean_scan(text)
            try:
                loan = check_out(barcode, reader_id=reader_id, actor=actor, channel=Channel.DESK.value)
            except Refused as refusal:
                named = call_codes_by_name(barcode, refusal.reasons)
                reasons = name_holder(named, find_copy(barcode=barcode))
                done.append(ListedLoan(reader_id=reader_id, barcode=barcode, loan=None, reasons=reasons))
            else:
                done.append(ListedLoan(reader_id=reader_id, barcode=barcode, loan=loan))
    return done
