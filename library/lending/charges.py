"""Đền sách: what a reader owes for a lost or damaged copy (or, where the school takes money, for lateness), and
how it is settled: the same title, its price, or let off. Rules L45–L49.

`owe`, `dissolve` and `late_charge` are steps inside other use cases; the rest are use cases. Days instead of
money are in service.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import peewee as pw

from library.cataloguing.model import shown_title
from library.cataloguing.service import add_copies
from library.cataloguing.tables import Collection, Copy, Record
from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import local_date, now
from library.foundation.database import require_transaction, transaction
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.rows import dicts_of
from library.lending.queries import current_classes
from library.lending.tables import Charge, Loan, LoanEvent
from library.readers.tables import Reader

MOST = 100_000_000  # đồng; more is a typing error

register_errors(
    {
        "charge_unknown": "Khoản đền này đã xong. Tải lại danh sách.",
        "charge_amount_bad": "Số tiền là số nguyên từ 0 đến 100.000.000 đồng.",
        "charge_comment": "Ghi lý do trước khi miễn đền.",
        "charge_paid": "Bạn đọc đã đền cuốn này trước khi tìm thấy. Xem lại khoản đền.",
    }
)

KIND_LABELS = {"lost": "Mất sách", "damaged": "Hư hỏng", "late": "Trễ hạn"}
SETTLED_LABELS = {
    "copy": "Đền cùng nhan đề",
    "price": "Đền theo giá",
    "waived": "Miễn đền",
    "found": "Đã tìm thấy sách",
    "corrected": "Ghi nhầm, đã bỏ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLine:
    charge_id: int
    kind: str
    reader_id: int | None
    reader_name: str
    class_name: str
    copy_id: int
    barcode: str
    accession_number: str
    record_id: int
    title: str
    collection: str
    amount: int | None
    made_on: date
    comment: str
    settled_on: date | None
    settled_as: str | None
    settled_amount: int | None
    settled_by: str
    new_number: str | None


# --- steps inside other use cases -----------------------------------------------------------------


def owe(
    kind: str, *, copy_id: int, reader_id: int | None, loan_id: int | None, amount: int | None, at: datetime,
    actor: Actor, comment: str | None = None,
) -> int | None:  # fmt: skip
    """L46, L49: write down what is owed. Nobody can owe where the reader is not known."""
    require_transaction()
    if reader_id is None:
        return None
    charge_id: int = Charge.insert(
        kind=kind, reader=reader_id, loan=loan_id, copy=copy_id, amount=amount, made_at=at, made_on=local_date(at),
        staff_name=actor.name[:120], comment=comment,
    ).execute()  # fmt: skip
    return charge_id


def dissolve(copy_id: int, actor: Actor) -> tuple[int | None, bool]:
    """L47: a lost copy is found. The debt of the reader who lost it last is gone; those of earlier ones, and one
    that has been settled, stay. Returns (the charge that was dissolved, had it been settled already)."""
    require_transaction()
    last = (
        Charge.select().where(Charge.copy == copy_id, Charge.kind == "lost").order_by(Charge.id.desc()).first()
    )
    if last is None:
        return None, False
    if last.settled_at is not None:
        return None, last.settled_as in ("copy", "price")
    _settle(last.id, "found", actor)
    return last.id, False


def take_back(charge_id: int) -> None:
    """An undone return: what it had dissolved is owed again."""
    require_transaction()
    Charge.update(settled_at=None, settled_as=None, settled_by=None).where(Charge.id == charge_id).execute()


def drop(charge_id: int, actor: Actor) -> None:
    """An undone step: what it had made to be owed is not."""
    require_transaction()
    if Charge.get_by_id(charge_id).settled_at is None:
        _settle(charge_id, "corrected", actor)


def _settle(charge_id: int, how: str, actor: Actor, amount: int | None = None, new_copy: int | None = None) -> None:
    Charge.update(
        settled_at=now(), settled_as=how, settled_by=actor.name[:120], settled_amount=amount, new_copy=new_copy
    ).where(Charge.id == charge_id).execute()


# --- use cases ------------------------------------------------------------------------------------


def settle_with_copy(charge_id: int, *, actor: Actor, number: str = "", comment: str | None = None) -> str:
    """L48: the same title came in its place: a new copy is entered in the same collection's register.

    Returns its accession number. NotFound(`charge_unknown`); Conflict(`accession_taken`) for a number in use.
    """
    with transaction():
        charge = _get_open(charge_id)
        copy = Copy.get_by_id(charge.copy_id)
        code = Collection.get_by_id(copy.collection_id).code
        made = add_copies(
            copy.record_id, 1, code, actor, numbers=[number] if number.strip() else [], price=copy.price,
            shelf_location=copy.shelf_location, note=f"Đền thay bản {copy.accession_number}",
        )[0]  # fmt: skip
        _close(charge, "copy", actor, comment, new_copy=made.id)
        return made.accession_number


def settle_with_price(charge_id: int, amount: int, *, actor: Actor, comment: str | None = None) -> None:
    """L48: its price was paid, in whole đồng. InvalidInput(`charge_amount_bad`)."""
    if not 0 <= amount <= MOST:
        raise InvalidInput("charge_amount_bad", field="amount")
    with transaction():
        _close(_get_open(charge_id), "price", actor, comment, amount=amount)


def waive(charge_id: int, *, actor: Actor, comment: str) -> None:
    """L48: let off, with a reason. InvalidInput(`charge_comment`)."""
    if not comment.strip():
        raise InvalidInput("charge_comment", field="comment")
    with transaction():
        _close(_get_open(charge_id), "waived", actor, comment)


def _get_open(charge_id: int) -> Charge:
    charge = Charge.get_or_none((Charge.id == charge_id) & Charge.settled_at.is_null())
    if charge is None:
        raise NotFound("charge_unknown")
    return charge


def _close(
    charge: Charge, how: str, actor: Actor, comment: str | None, *, amount: int | None = None,
    new_copy: int | None = None,
) -> None:  # fmt: skip
    _settle(charge.id, how, actor, amount, new_copy)
    if charge.kind == "lost" and charge.loan_id is not None:
        Loan.update(ended_as="replaced").where(Loan.id == charge.loan_id, Loan.ended_as == "lost").execute()
        LoanEvent.insert(
            loan=charge.loan_id, kind="replaced", at=now(), actor_name=actor.name[:120], comment=comment
        ).execute()
    after = {"settled_as": how, "amount": amount, "new_copy": new_copy}
    record_audit(actor, "charge.settle", "charge", charge.id, None,
                 {key: value for key, value in after.items() if value is not None}, comment)  # fmt: skip


# --- reads ----------------------------------------------------------------------------------------


def count_open_charges(reader_id: int | None = None) -> int:
    """How much is still owed: how many entries, by one reader or by all."""
    query = Charge.select(pw.fn.COUNT(Charge.id)).where(Charge.settled_at.is_null())
    if reader_id is not None:
        query = query.where(Charge.reader == reader_id)
    return int(query.scalar())


def list_charges(*, settled: bool = False, reader_id: int | None = None, limit: int = 300) -> list[ChargeLine]:
    """Open (or settled) entries, the newest first."""
    new_copy = Copy.alias()
    query = (
        Charge.select(
            Charge.id, Charge.kind, Charge.reader, Reader.full_name, Charge.copy, Copy.barcode, Copy.accession_number,
            Copy.record, Record.title, Record.part, Collection.code, Charge.amount, Charge.made_on, Charge.comment,
            Charge.settled_at, Charge.settled_as, Charge.settled_amount, Charge.settled_by,
            new_copy.accession_number.alias("new_number"),
        )
        .join(Copy, on=(Charge.copy == Copy.id))
        .join(Record)
        .switch(Copy)
        .join(Collection)
        .switch(Charge)
        .join(Reader, pw.JOIN.LEFT_OUTER)
        .switch(Charge)
        .join(new_copy, pw.JOIN.LEFT_OUTER, on=(Charge.new_copy == new_copy.id))
        .where(Charge.settled_at.is_null(not settled))
        .order_by(Charge.id.desc())
        .limit(limit)
    )  # fmt: skip
    if reader_id is not None:
        query = query.where(Charge.reader == reader_id)
    rows = dicts_of(query)
    classes = current_classes({row["reader"] for row in rows if row["reader"] is not None})
    return [
        ChargeLine(
            charge_id=row["id"], kind=row["kind"], reader_id=row["reader"], reader_name=row["full_name"] or "",
            class_name=classes.get(row["reader"], ("", ""))[0], copy_id=row["copy"], barcode=row["barcode"],
            accession_number=row["accession_number"], record_id=row["record"],
            title=shown_title(row["title"], row["part"]), collection=row["code"],
            amount=row["amount"], made_on=row["made_on"], comment=row["comment"] or "",
            settled_on=local_date(row["settled_at"]) if row["settled_at"] else None, settled_as=row["settled_as"],
            settled_amount=row["settled_amount"], settled_by=row["settled_by"] or "", new_number=row["new_number"],
        )
        for row in rows
    ]  # fmt: skip
