"""Forgetting who read what, when the school's time for it is over (L150–L153). The rows stay: figures do not move.

Safe to run at any time and any number of times: what is forgotten once is not found again. Rows are looked for
before the write lock is taken and forgotten in transactions of at most CHUNK rows, so nobody at the desk waits. Next:
disclosure.py (the opposite: telling a person what is kept about them).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import peewee as pw

from catalog_imports.tables import ImportBatch, ImportItem
from library.cataloguing.tables import Copy
from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import at_local, now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, Refused
from library.foundation.preferences import get_preference
from library.foundation.tables import AuditEntry
from library.lending import service as _lending  # noqa: F401  it says what is open with a reader (readers/ties.py)
from library.lending.idempotency import forget_old_keys
from library.lending.tables import Charge, Hold, KioskConflict, Loan, LoanEvent, UnitUse, Visit
from library.notices.tables import MailMessage
from library.readers.model import ReaderStatus
from library.readers.service import get_reader_row
from library.readers.tables import Reader, ReaderBlock, ReaderConsent
from library.readers.ties import list_ties
from library.textbooks.tables import TextbookOwner

CHUNK = 2000
# Keys of audit facts and kiosk payloads that say which person it was.
NAMING_KEYS = frozenset(
    {"reader", "borrower", "reader_card", "card", "display_name", "full_name", "class_name", "resolution"}
)
_HISTORY_SUBJECTS = ("loan", "hold", "visit", "charge", "kiosk_conflict")

register_errors(
    {
        "reader_still_here": "{name} đang được phục vụ. Cho rời trường trước, rồi mới xoá danh tính.",
        "reader_forgotten": "Bạn đọc này đã được ẩn danh.",
    }
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many rows lost their name, by what they are."""

    loans: int = 0
    visits: int = 0
    holds: int = 0
    uses: int = 0
    conflicts: int = 0
    blocks: int = 0
    mails: int = 0
    audit: int = 0
    readers: int = 0
    import_rows: int = 0

    @property
    def total(self) -> int:
        return sum(getattr(self, field.name) for field in fields(self))

    def as_json(self) -> dict[str, int]:
        return asdict(self)


def history_cut(on: date | None = None) -> date:
    """L150: what ended before this day is no longer kept by name."""
    return (on or today()) - timedelta(days=int(get_preference("history_days")))


def anonymise_history(actor: Actor, *, on: date | None = None, files_dir: Path | None = None) -> Forgotten:
    """Forget every name whose time is over, leavers' own rows included; one audit entry says how much.

    `files_dir`: where the problem lists of old reader imports lie; they name children and go too.
    """
    cut = history_cut(on)
    instant = at_local(cut)
    done = Forgotten(
        loans=_in_chunks(_old_loans(cut), _forget_loans),
        visits=_in_chunks(_naming(Visit, Visit.visited_on < cut), _forget(Visit, reader=None)),
        holds=_in_chunks(_naming(Hold, Hold.ended_at < instant), _forget(Hold, reader=None, note="")),
        uses=_in_chunks(_naming(UnitUse, UnitUse.used_on < cut), _forget(UnitUse, reader=None)),
        conflicts=_in_chunks(_settled_conflicts(instant), _forget_conflicts),
        blocks=_forget_blocks(cut, instant),
        mails=_in_chunks(_old_mails(instant), _forget(MailMessage, body="")),
        audit=_in_chunks(_telling_entries(instant), _scrub),
        import_rows=_in_chunks(_old_import_rows(instant), _forget(ImportItem, before=None, problems=None)),
        readers=_forget_leavers(instant),
    )
    if files_dir is not None:
        _delete_problem_files(files_dir / "imports", instant)
    forget_old_keys()
    if done.total:
        with transaction():
            record_audit(
                actor, "privacy.anonymise", "school", "history", None,
                {"before_day": cut.isoformat(), **{key: count for key, count in done.as_json().items() if count}},
            )  # fmt: skip
    return done


def count_due(on: date | None = None) -> int:
    """Loans, visits and holds that a run today would make anonymous."""
    cut = history_cut(on)
    return int(
        _old_loans(cut).count()
        + Visit.select().where(Visit.reader.is_null(False), Visit.visited_on < cut).count()
        + Hold.select().where(Hold.reader.is_null(False), Hold.ended_at < at_local(cut)).count()
    )


def _in_chunks(found: pw.ModelSelect, forget: Callable[[list[int]], int]) -> int:
    """Forget what `found` (a select of ids) finds, a transaction for each chunk. The search, which may pass over a
    million rows, holds no lock; the chunk's own rows are asked again under it."""
    total = 0
    while True:
        seen = _ids(found.limit(CHUNK))
        if not seen:
            return total
        with transaction():
            still = _ids(found.where(found.model.id.in_(seen)))
            if still:
                total += forget(still)


def _ids(found: pw.ModelSelect) -> list[int]:
    return [row[0] for row in found.tuples()]


# ---------------------------------------------------------------- loans


def _old_loans(cut: date) -> pw.ModelSelect:
    """L150, L151: ended before the day; a lost book that its reader still owes stays by name."""
    owed = (
        Copy.select(Copy.id)
        .join(Reader, on=(Reader.id == Loan.reader))
        .where(Copy.id == Loan.copy, Copy.status == "lost", Reader.status == ReaderStatus.ACTIVE)
    )
    return Loan.select(Loan.id).where(
        Loan.reader.is_null(False),
        Loan.returned_at.is_null(False),
        Loan.returned_on < cut,
        (Loan.ended_as != "lost") | ~pw.fn.EXISTS(owed),
        ~pw.fn.EXISTS(Charge.select(pw.Value(1)).where(Charge.loan == Loan.id, Charge.settled_at.is_null())),
    )


def _forget_loans(ids: list[int]) -> int:
    LoanEvent.update(comment=None).where(LoanEvent.loan.in_(ids), LoanEvent.comment.is_null(False)).execute()
    Loan.update(reader=None, comment=None).where(Loan.id.in_(ids)).execute()
    Charge.update(reader=None, comment=None).where(Charge.loan.in_(ids), Charge.settled_at.is_null(False)).execute()
    return len(ids)


def _naming(model: Any, condition: Any) -> pw.ModelSelect:
    """Rows of `model` that name a reader and fulfil the condition."""
    return model.select(model.id).where(model.reader.is_null(False), condition)


def _forget(model: Any, **values: Any) -> Callable[[list[int]], int]:
    def forget(ids: list[int]) -> int:
        model.update(**values).where(model.id.in_(ids)).execute()
        return len(ids)

    return forget


# ---------------------------------------------------------------- what else tells of a child's reading (L153)


def _settled_conflicts(instant: datetime) -> pw.ModelSelect:
    """Entries of a kiosk's journal that somebody has worked off; those still open need their reader."""
    return KioskConflict.select(KioskConflict.id).where(
        KioskConflict.resolved_at.is_null(False), KioskConflict.received_at < instant,
        _mentions(KioskConflict.payload) | KioskConflict.resolution.is_null(False),
    )  # fmt: skip


def _forget_conflicts(ids: list[int]) -> int:
    for row in list(KioskConflict.select().where(KioskConflict.id.in_(ids))):
        KioskConflict.update(payload=_without_names(row.payload), resolution=None).where(
            KioskConflict.id == row.id
        ).execute()
    return len(ids)


def _forget_blocks(cut: date, instant: datetime) -> int:
    """A suspension that is long over is nobody's business any more."""
    over = (ReaderBlock.ends_on < cut) | (ReaderBlock.lifted_at < instant)
    with transaction():
        return int(ReaderBlock.delete().where(over).execute())


def _old_mails(instant: datetime) -> pw.ModelSelect:
    return MailMessage.select(MailMessage.id).where(
        MailMessage.created_at < instant, MailMessage.body != "", MailMessage.next_try_at.is_null()
    )


def _mentions(field: Any) -> Any:
    """A JSON column whose text holds one of the naming keys."""
    found = None
    for key in sorted(NAMING_KEYS):
        one = pw.Expression(field, pw.OP.ILIKE, pw.Value(f'%"{key}":%', converter=False))
        found = one if found is None else found | one
    return found


def _without_names(facts: Any) -> Any:
    if isinstance(facts, dict):
        return {key: _without_names(value) for key, value in facts.items() if key not in NAMING_KEYS}
    return [_without_names(item) for item in facts] if isinstance(facts, list) else facts


def _telling_entries(instant: datetime) -> pw.ModelSelect:
    """Entries of loans, holds and visits keep who of the staff did what and when, not for whom."""
    of_history = (
        AuditEntry.subject_kind.in_(_HISTORY_SUBJECTS)
        & (_mentions(AuditEntry.before) | _mentions(AuditEntry.after) | AuditEntry.comment.is_null(False))
    )
    # Why a copy was written off must stay readable (promise 7): of copies only the names go.
    of_copies = (AuditEntry.subject_kind == "copy") & (_mentions(AuditEntry.before) | _mentions(AuditEntry.after))
    of_blocks = AuditEntry.action.in_(("reader.block", "reader.unblock")) & AuditEntry.after.is_null(False)
    telling = of_history | of_copies | of_blocks
    return AuditEntry.select(AuditEntry.id).where(AuditEntry.at < instant, telling)


def _scrub(ids: list[int]) -> int:
    for row in list(AuditEntry.select().where(AuditEntry.id.in_(ids))):
        is_block = row.action in ("reader.block", "reader.unblock")
        AuditEntry.update(
            before=None if is_block else _without_names(row.before),
            after=None if is_block else _without_names(row.after),
            comment=row.comment if row.subject_kind == "copy" else None,
        ).where(AuditEntry.id == row.id).execute()
    return len(ids)


def _old_reader_batches(instant: datetime) -> pw.ModelSelect:
    return ImportBatch.select(ImportBatch.id).where(ImportBatch.kind == "readers", ImportBatch.started_at < instant)


def _old_import_rows(instant: datetime) -> pw.ModelSelect:
    """What an old class list said of a child. After that long the batch cannot be taken back any more."""
    return ImportItem.select(ImportItem.id).where(
        ImportItem.batch.in_(_old_reader_batches(instant)),
        ImportItem.before.is_null(False) | ImportItem.problems.is_null(False),
    )


def _delete_problem_files(folder: Path, instant: datetime) -> None:
    numbers = ImportBatch.select(ImportBatch.number).where(
        ImportBatch.kind == "readers", ImportBatch.started_at < instant
    )
    for (number,) in numbers.tuples():
        for name in (f"{number}-ghi-chu.csv", f"{number}-khong-nhan.txt"):
            (folder / name).unlink(missing_ok=True)


# ---------------------------------------------------------------- people who left (L152)


def _forget_leavers(instant: datetime) -> int:
    gone = Reader.select(Reader.id).where(
        Reader.status != ReaderStatus.ACTIVE, Reader.anonymised_at.is_null(), Reader.updated_at < instant
    )
    count = 0
    for (reader_id,) in list(gone.tuples()):
        if any(model.select().where(model.reader == reader_id).exists() for model in (Loan, Charge)):
            continue  # L151: something of theirs is still kept by name
        with transaction():
            if list_ties(reader_id):
                continue
            _forget_person(reader_id)
        count += 1
    return count


def anonymise_reader(reader_id: int, actor: Actor) -> None:
    """One person who left asks to be forgotten now: their history and their own row, whatever the days say.

    Refused with every reason while anything is open; Conflict reader_still_here, reader_forgotten;
    NotFound reader_missing.
    """
    with transaction():
        row = get_reader_row(reader_id)
        if row.anonymised_at is not None:
            raise Conflict("reader_forgotten")
        if row.status == ReaderStatus.ACTIVE:
            raise Conflict("reader_still_here", name=row.full_name)
        reasons = list_ties(reader_id)
        if reasons:
            raise Refused(reasons)
        loan_ids = [str(one) for (one,) in Loan.select(Loan.id).where(Loan.reader == reader_id).tuples()]
        mine = Loan.select(Loan.id).where(Loan.reader == reader_id, Loan.returned_at.is_null(False))
        while some := _ids(mine.limit(CHUNK)):
            _forget_loans(some)
        visit_ids = [str(one) for (one,) in Visit.select(Visit.id).where(Visit.reader == reader_id).tuples()]
        hold_ids = [str(one) for (one,) in Hold.select(Hold.id).where(Hold.reader == reader_id).tuples()]
        Charge.update(reader=None, comment=None).where(Charge.reader == reader_id).execute()
        Visit.update(reader=None).where(Visit.reader == reader_id).execute()
        Hold.update(reader=None, note="").where(Hold.reader == reader_id).execute()
        UnitUse.update(reader=None).where(UnitUse.reader == reader_id).execute()
        for kind, ids in (("loan", loan_ids), ("visit", visit_ids), ("hold", hold_ids)):
            for start in range(0, len(ids), 400):
                _scrub_all(AuditEntry.subject_kind == kind, AuditEntry.subject_id.in_(ids[start : start + 400]))
        _forget_person(reader_id)
        record_audit(actor, "reader.anonymise", "reader", reader_id, None, {"loans": len(loan_ids)})


def _scrub_all(*conditions: Any) -> None:
    for row in AuditEntry.select().where(*conditions):
        AuditEntry.update(before=_without_names(row.before), after=_without_names(row.after), comment=None).where(
            AuditEntry.id == row.id
        ).execute()


def _forget_person(reader_id: int) -> None:
    """The row stays without a name; class history, card numbers and kind stay because figures count them."""
    Reader.update(
        full_name="", sort_key="", fold_key="", education_id=None, local_code=None, born_on=None, gender=None,
        post=None, email=None, note="", anonymised_at=now(),
    ).where(Reader.id == reader_id).execute()  # fmt: skip
    ReaderBlock.delete().where(ReaderBlock.reader == reader_id).execute()
    ReaderConsent.delete().where(ReaderConsent.reader == reader_id).execute()
    TextbookOwner.delete().where(TextbookOwner.reader == reader_id).execute()
    MailMessage.update(to_name="", to_address="", body="").where(
        MailMessage.reader == reader_id, MailMessage.next_try_at.is_null()
    ).execute()
    AuditEntry.update(before=None, after=None, comment=None).where(
        AuditEntry.subject_kind == "reader", AuditEntry.subject_id == str(reader_id)
    ).execute()
    ImportItem.update(before=None, problems=None).where(
        ImportItem.subject_kind == "reader", ImportItem.subject_id == reader_id
    ).execute()
