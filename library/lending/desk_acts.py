"""What a member of staff has just done at the desk ("vừa làm"), and which of it can still be taken back. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.tables import Copy, Record
from library.contract.act_words import ACT_WORDS
from library.foundation.audit import Actor
from library.foundation.clock import now
from library.foundation.tables import AuditEntry
from library.lending.corrections import UNDO_MINUTES
from library.lending.model import LIST_COMMENTS
from library.lending.rows import dicts_of
from library.lending.tables import Loan
from library.readers.tables import Reader

_LOAN_ACTS = ("loan.check_out", "loan.check_in", "loan.renew")
MOST_IDLE = 50
"""Among so many books that were on no loan the found ones are looked for."""
_WORDS = {
    "check_out": ACT_WORDS["checkout"], "check_in": ACT_WORDS["return"], "renew": ACT_WORDS["renewal"],
    "found": "Tìm thấy",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAct:
    """One line of "vừa làm". `entry_id`: its audit row; `can_undo`: L68 lets it be taken back from its own line."""

    entry_id: int
    action: str  # check_out | check_in | renew | found
    at: datetime
    title: str
    barcode: str
    reader_name: str = ""
    class_name: str = ""
    due_on: Any = None
    undone: bool = False
    can_undo: bool = False

    @property
    def word(self) -> str:
        """The word the kiosk has for it too."""
        return _WORDS[self.action]


def list_recent_acts(actor: Actor, limit: int = 12) -> list[DeskAct]:
    """What this person has just done at the desk, the newest first; found copies are named, not taken back."""
    steps = _newest(actor, (*_LOAN_ACTS, "loan.undo"), limit * 2)
    undone = {entry.after["undone"] for entry in steps if entry.action == "loan.undo"}
    # Apart from them: a pile that was on no loan at all hides nothing that was done before it.
    finds = [entry for entry in _newest(actor, ("copy.check_in",), MOST_IDLE) if "found" in (entry.after or {})]
    acts = [entry for entry in (*steps, *finds) if entry.action != "loan.undo"]
    acts = sorted(acts, key=lambda entry: int(entry.id), reverse=True)[:limit]
    loans = _rows_of_loans([int(entry.subject_id) for entry in acts if entry.subject_kind == "loan"])
    copies = _rows_of_copies([int(entry.subject_id) for entry in acts if entry.subject_kind == "copy"])
    shown: list[DeskAct] = []
    standing: set[str] = set()  # loans with a newer step that stands: that one comes first
    for entry in acts:
        row = (loans if entry.subject_kind == "loan" else copies).get(int(entry.subject_id))
        if row is None:
            continue
        title = shown_title(row["title"], row["part"])
        if entry.subject_kind == "copy":
            shown.append(DeskAct(entry_id=entry.id, action="found", at=entry.at, title=title, barcode=row["barcode"]))
            continue
        fresh = entry.at >= now() - timedelta(minutes=UNDO_MINUTES)
        shown.append(
            DeskAct(
                entry_id=entry.id, action=entry.action.removeprefix("loan."), at=entry.at, title=title,
                barcode=row["barcode"], reader_name=row["full_name"] or "", class_name=row["class_name"] or "",
                due_on=_due_then(entry) or row["due_on"], undone=entry.id in undone,
                can_undo=fresh and entry.id not in undone and entry.subject_id not in standing,
            )
        )  # fmt: skip
        if entry.id not in undone:
            standing.add(entry.subject_id)
    return shown


def _newest(actor: Actor, actions: tuple[str, ...], limit: int) -> list[AuditEntry]:
    return list(
        AuditEntry.select()
        .where(
            AuditEntry.actor_kind == actor.kind,
            AuditEntry.actor_id == actor.id,
            AuditEntry.action.in_(actions),
            AuditEntry.at > now() - timedelta(hours=12),
            # L68: a class's books that went or came by a list have a page of their own.
            AuditEntry.comment.is_null() | AuditEntry.comment.not_in(LIST_COMMENTS),
        )
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )


def _rows_of_loans(ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = dicts_of(
        Loan.select(Loan.id, Loan.due_on, Loan.class_name, Copy.barcode, Record.title, Record.part, Reader.full_name)
        .join(Copy)
        .join(Record)
        .switch(Loan)
        .join(Reader, pw.JOIN.LEFT_OUTER)
        .where(Loan.id.in_(ids))
    )
    return {row["id"]: row for row in rows}


def _rows_of_copies(ids: list[int]) -> dict[int, dict[str, Any]]:
    rows = dicts_of(Copy.select(Copy.id, Copy.barcode, Record.title, Record.part).join(Record).where(Copy.id.in_(ids)))
    return {row["id"]: row for row in rows}


def _due_then(entry: AuditEntry) -> date | None:
    """The due day of that step: a loan renewed since keeps the day it was lent with in its own line."""
    day = (entry.after or {}).get("due_on")
    return date.fromisoformat(day) if isinstance(day, str) else None
