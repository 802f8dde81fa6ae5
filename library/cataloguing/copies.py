"""Use cases of copies and collections (kho): add, change, withdraw. Part of service.py, which re-exports it.

Accession numbers are append-only and a withdrawn copy keeps its row (sổ đăng ký cá biệt, domain.md §B2).
Next: accession.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from library.cataloguing import words
from library.cataloguing.accession import allocate_numbers, note_manual_numbers, taken_numbers
from library.cataloguing.model import COPY_CONDITION_LABELS, WITHDRAWAL_REASONS, CopyStatus, CopyUse, Material
from library.cataloguing.queries import get_record_row, list_busy_copies
from library.cataloguing.rules import barcode_of, check_pattern
from library.cataloguing.tables import Collection, Copy, Record
from library.foundation.audit import SYSTEM, Actor, record_audit
from library.foundation.clock import now, today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.outbox import enqueue_index
from library.foundation.vietnamese import nfc

words.register()
MAX_COPIES_AT_ONCE = 2_000

# code, name, pattern, may go home; the usual kho of a school library (domain.md §A2, §B9).
DEFAULT_COLLECTIONS: tuple[tuple[str, str, str, bool], ...] = (
    ("SGK", "Sách giáo khoa", "SGK.{:06d}", True),
    ("SNV", "Sách nghiệp vụ", "SNV.{:06d}", True),
    ("STK", "Sách tham khảo", "STK.{:06d}", True),
    ("STN", "Sách thiếu nhi", "STN.{:06d}", True),
    ("TRC", "Từ điển, tra cứu", "TRC.{:06d}", False),
    ("BTC", "Báo, tạp chí", "BTC.{:06d}", False),
    ("BDT", "Bản đồ, tranh ảnh", "BDT.{:06d}", False),
    ("BDA", "Băng đĩa", "BDA.{:06d}", True),
)
COLLECTION_OF_MATERIAL: dict[Material, str] = {
    Material.TEXTBOOK: "SGK", Material.TEACHER: "SNV", Material.REFERENCE: "STK", Material.CHILDREN: "STN",
    Material.TOOL: "TRC", Material.PERIODICAL: "BTC", Material.MAP_PICTURE: "BDT", Material.DISC: "BDA",
    Material.DIGITAL: "BDA",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewCopy:
    id: int
    accession_number: str
    barcode: str


def ensure_default_collections(actor: Actor = SYSTEM) -> None:
    """Make the usual kho where the school has none yet; a school that has its own keeps them as they are."""
    if Collection.select().exists():
        return
    with transaction():
        if Collection.select().exists():
            return
        for position, (code, name, pattern, home_loan) in enumerate(DEFAULT_COLLECTIONS):
            Collection.create(code=code, name=name, number_pattern=pattern, home_loan=home_loan, sort_no=position)
        codes = [row[0] for row in DEFAULT_COLLECTIONS]
        record_audit(actor, "collection.defaults", "collection", "all", None, {"codes": codes})


def create_collection(
    code: str, name: str, number_pattern: str, actor: Actor, *, next_number: int = 1, home_loan: bool = True,
    description: str = "",
) -> int:  # fmt: skip
    """A new kho. InvalidInput for a bad code or pattern, Conflict(`collection_taken`) for a code in use."""
    code = nfc(code).upper()
    if not (code.isascii() and code.isalnum() and len(code) <= 12):
        raise InvalidInput("collection_code_bad", field="code", kho=code)
    check_pattern(number_pattern)
    with transaction():
        if Collection.select().where(Collection.code == code).exists():
            raise Conflict("collection_taken", field="code", kho=code)
        row = Collection.create(
            code=code, name=nfc(name)[:80] or code, number_pattern=number_pattern, next_number=max(1, next_number),
            home_loan=home_loan, description=nfc(description)[:200], sort_no=100,
        )  # fmt: skip
        record_audit(actor, "collection.create", "collection", row.id, None, {"code": code, "pattern": number_pattern})
        return row.id


def update_collection(
    code: str, actor: Actor, *, name: str, number_pattern: str, home_loan: bool, next_number: int | None = None
) -> None:
    """Change a kho; numbers already given stay as they are."""
    check_pattern(number_pattern)
    with transaction():
        row = get_collection(code)
        before = {"name": row.name, "pattern": row.number_pattern, "home_loan": row.home_loan, "next": row.next_number}
        row.name, row.number_pattern, row.home_loan = nfc(name)[:80] or row.name, number_pattern, home_loan
        row.next_number = max(1, next_number or row.next_number)
        row.save()
        after = {"name": row.name, "pattern": row.number_pattern, "home_loan": row.home_loan, "next": row.next_number}
        record_audit(actor, "collection.change", "collection", row.id, before, after)


def get_collection(code: str) -> Collection:
    """NotFound(`collection_unknown`)."""
    row = Collection.get_or_none(Collection.code == code)
    if row is None:
        raise NotFound("collection_unknown", field="collection", kho=code)
    return row


def add_copies(
    record_id: int, count: int, collection: str, actor: Actor, *, numbers: Sequence[str] = (),
    received_on: date | None = None, price: int | None = None, acquisition_id: int | None = None,
    condition: str = "good", use: CopyUse | str = CopyUse.LOAN, shelf_location: str = "", note: str = "",
) -> list[NewCopy]:  # fmt: skip
    """Enter copies in the register. `collection` is a kho's code; `numbers` gives accession numbers by hand
    (then `count` is their number). `price` in whole VND, by default the record's; `received_on` by default today.

    Conflict(`accession_taken`) when a number is in the register already: then nothing is added.
    """
    typed = [text for number in numbers if (text := nfc(number))]
    count = len(typed) or count
    if not 1 <= count <= MAX_COPIES_AT_ONCE:
        raise InvalidInput("copies_count_bad", field="count", limit=MAX_COPIES_AT_ONCE)
    if condition not in COPY_CONDITION_LABELS:
        raise InvalidInput("copy_state_bad", field="condition", value=condition)
    with transaction():
        record = get_record_row(record_id)
        kho = get_collection(collection)
        if typed:
            pairs = [(number, barcode_of(number)) for number in typed]
            _require_free(pairs)
            note_manual_numbers(kho, typed)
        else:
            pairs = allocate_numbers(kho, count)
        shared: dict[str, Any] = {
            "record": record_id, "collection": kho.id, "use": CopyUse(use).value, "condition": condition,
            "price": record.price if price is None else price, "acquisition": acquisition_id,
            "received_on": received_on or today(), "created_at": now(), "shelf_location": shelf_location[:60],
            "note": note,
        }  # fmt: skip
        made = [
            NewCopy(Copy.insert(accession_number=number, barcode=barcode, **shared).execute(), number, barcode)
            for number, barcode in pairs
        ]
        record_audit(
            actor, "copies.add", "record", record_id, None,
            {"collection": collection, "numbers": [copy.accession_number for copy in made]},
        )  # fmt: skip
        enqueue_index([record_id])
    return made


def _require_free(pairs: Sequence[tuple[str, str]]) -> None:
    seen: set[str] = set()
    for number, barcode in pairs:
        if barcode in seen:
            raise Conflict("accession_taken", field="numbers", number=number, title="nhập hai lần")
        seen.add(barcode)
    for key, record_id in taken_numbers(pairs).items():
        raise Conflict("accession_taken", field="numbers", number=key, title=Record.get_by_id(record_id).title)


_CHANGEABLE = ("status", "use", "condition", "shelf_location", "note", "price")


def change_copy(copy_id: int, actor: Actor, *, collection: str | None = None, **changes: Any) -> None:
    """Change status (not to withdrawn: that is `withdraw_copy`), use, condition, shelf_location, note, price
    (whole VND or None) or kho. A withdrawn copy is not changed; a copy on loan keeps its status."""
    unknown = set(changes) - set(_CHANGEABLE)
    if unknown:
        raise TypeError(f"change_copy: {sorted(unknown)}")
    with transaction():
        row = get_copy(copy_id)
        if row.status == CopyStatus.WITHDRAWN:
            raise Conflict("copy_is_withdrawn", number=row.accession_number)
        allowed = {
            "status": {status.value for status in CopyStatus} - {CopyStatus.WITHDRAWN.value},
            "use": {use.value for use in CopyUse},
            "condition": set(COPY_CONDITION_LABELS),
        }
        for name, values in allowed.items():
            if name in changes and changes[name] not in values:
                raise InvalidInput("copy_state_bad", field=name, value=changes[name])
        if collection is not None:
            changes["collection"] = get_collection(collection).id
        for name, limit in (("shelf_location", 60), ("note", 2000)):
            if name in changes:
                changes[name] = nfc(changes[name])[:limit]
        before = {name: row.collection_id if name == "collection" else getattr(row, name) for name in changes}
        changed = {name: value for name, value in changes.items() if before[name] != value}
        if not changed:
            return
        if "status" in changed:
            _require_at_home(row)
            changed["status_changed_at"] = now()
        Copy.update(**changed).where(Copy.id == copy_id).execute()
        changed.pop("status_changed_at", None)
        record_audit(actor, "copy.change", "copy", copy_id, {name: before[name] for name in changed}, changed)
        enqueue_index([row.record_id])


def withdraw_copy(
    copy_id: int, reason: str, actor: Actor, *, minutes: str = "", withdrawn_on: date | None = None
) -> None:
    """Thanh lý one copy: its row and number stay in the register. `reason` is one of the five of
    TT 02/2020/TT-BVHTTDL; `minutes` is the number and date of the biên bản."""
    if reason not in WITHDRAWAL_REASONS:
        raise InvalidInput("copy_state_bad", field="reason", value=reason)
    with transaction():
        row = get_copy(copy_id)
        if row.status == CopyStatus.WITHDRAWN:
            raise Conflict("copy_is_withdrawn", number=row.accession_number)
        _require_at_home(row)
        changes = {
            "status": CopyStatus.WITHDRAWN.value, "withdrawn_on": withdrawn_on or today(), "withdrawal_reason": reason,
            "withdrawal_minutes": nfc(minutes)[:60] or None, "status_changed_at": now(),
        }  # fmt: skip
        Copy.update(**changes).where(Copy.id == copy_id).execute()
        after = {"status": "withdrawn", "reason": reason, "minutes": changes["withdrawal_minutes"]}
        record_audit(actor, "copy.withdraw", "copy", copy_id, {"status": row.status}, after)
        enqueue_index([row.record_id])


def get_copy(copy_id: int) -> Copy:
    """NotFound(`copy_missing_row`)."""
    row = Copy.get_or_none(Copy.id == copy_id)
    if row is None:
        raise NotFound("copy_missing_row", copy_id=copy_id)
    return row


def _require_at_home(row: Copy) -> None:
    busy = list_busy_copies([row.id]).get(row.id)
    if busy == "loan":
        raise Conflict("copy_is_lent", number=row.accession_number)
    if busy == "placement":
        raise Conflict("copy_placed", number=row.accession_number)
    if busy == "hold":
        raise Conflict("copy_is_kept", number=row.accession_number)
