"""Stock-take (kiểm kê): begin, scan, decide what the books say otherwise, close. Rules L196–L199, behaviour B28.

One function = one use case = one transaction. Lists and minutes: queries.py.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from library.cataloguing.tables import Collection, Copy
from library.contract.codes import register_errors
from library.contract.scans import clean_scan
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.preferences import get_preference
from library.foundation.vietnamese import nfc
from library.lending.copy_troubles import change_status
from library.lending.desk_facts import CopyAtDesk, find_copy
from library.lending.loan_writing import set_status
from library.lending.model import UnitKind
from library.lending.service import check_in
from library.lending.units.service import take_back
from library.stock.model import TO_SETTLE, Scanned, StocktakeLine
from library.stock.queries import get_stocktake, make_minutes
from library.stock.tables import Stocktake, StocktakeScan

MOST_SCANS = 500

register_errors(
    {
        "stocktake_unknown": "Không tìm thấy đợt kiểm kê này. Tải lại danh sách.",
        "stocktake_name": "Đặt tên cho đợt kiểm kê, ví dụ “Kiểm kê hè 2027”.",
        "stocktake_running": "{range} đang có đợt kiểm kê “{name}” chưa khoá. Làm tiếp đợt đó, hoặc khoá trước.",
        "stocktake_closed": "Đợt kiểm kê này đã khoá.",
        "stocktake_scans": "Quét ít nhất một cuốn, mỗi lần tối đa {limit} mã.",
        "stocktake_unsettled": "Còn {count} cuốn cần quyết: sổ ghi ở nơi khác mà sách ở đây. Xử lý rồi khoá.",
        "scan_settled": "Cuốn này đã xử lý. Tải lại trang.",
    }
)


def start_stocktake(name: str, collection_code: str = "", *, actor: Actor) -> int:
    """Begin to count a collection, or all ("") (L196). Returns its id. InvalidInput(`stocktake_name`);
    NotFound for an unknown collection; Conflict(`stocktake_running`) when its range is being counted."""
    clean = nfc(name)[:120]
    if not clean:
        raise InvalidInput("stocktake_name", field="name")
    with transaction():
        collection = None
        if collection_code:
            collection = Collection.get_or_none(Collection.code == collection_code)
            if collection is None:
                raise NotFound("not_found")
        for other in Stocktake.select().where(Stocktake.closed_at.is_null()):
            if collection is None or other.collection_id in (None, collection.id):
                line = get_stocktake(other.id)
                raise Conflict("stocktake_running", field="collection", range=line.range_name, name=line.name)
        stocktake_id: int = Stocktake.insert(
            name=clean, collection=collection, started_at=now(), started_by=actor.name[:120]
        ).execute()
        record_audit(actor, "stocktake.start", "stocktake", stocktake_id, None, {"name": clean})
        return stocktake_id


def scan_books(stocktake_id: int, codes: Sequence[str], *, actor: Actor) -> list[Scanned]:
    """Books in the hand, one after another (L197). What is lost or missing is found by it; what the books say
    is lent or in a corner waits for a decision (L198). Nothing is refused: an unknown code is kept as such.

    InvalidInput(`stocktake_scans`); Conflict(`stocktake_closed`)."""
    wanted = [code for code in (clean_scan(text)[:40] for text in codes) if code]
    if not 1 <= len(wanted) <= MOST_SCANS:
        raise InvalidInput("stocktake_scans", field="codes", limit=MOST_SCANS)
    with transaction():
        line = _get_open(stocktake_id)
        return [_scan(line, code, actor) for code in wanted]


def _scan(line: StocktakeLine, code: str, actor: Actor) -> Scanned:
    copy = find_copy(barcode=code)
    own = copy.barcode if copy is not None else code
    before = StocktakeScan.get_or_none(StocktakeScan.stocktake == line.id, StocktakeScan.code == own)
    title = copy.title if copy is not None else ""
    if before is not None:
        return Scanned(code=own, title=title, outcome=before.outcome, detail=before.detail, repeated=True)
    outcome, detail = _judge(line, copy)
    if outcome == "back":
        assert copy is not None
        back = check_in(copy.barcode, actor=actor, channel="stocktake", comment=f"kiểm kê: {line.name}")
        detail = back.route_to or ""
    StocktakeScan.insert(
        stocktake=line.id, code=own, copy=copy.id if copy is not None else None, outcome=outcome, detail=detail[:200],
        scanned_at=now(), scanned_by=actor.name[:120],
    ).execute()  # fmt: skip
    return Scanned(code=own, title=title, outcome=outcome, detail=detail)


def _judge(line: StocktakeLine, copy: CopyAtDesk | None) -> tuple[str, str]:
    """L197: what the books say of a copy that is here, and the words that go with it."""
    if copy is None:
        return "unknown", ""
    facts = copy.facts
    if facts.status == "withdrawn":
        return "withdrawn", f"{facts.status_since:%d/%m/%Y}" if facts.status_since else ""
    if facts.loan is not None:
        who = f"{copy.loan_reader_name}, {copy.loan_class_name}" if copy.loan_class_name else copy.loan_reader_name
        return "on_loan", who or ""
    if facts.unit is not None:
        corner = facts.unit.kind == UnitKind.CLASS_CORNER
        return "in_unit", f"Góc lớp {facts.unit.name}" if corner else facts.unit.name
    if facts.status == "lost" and get_preference("lost_return") == "refuse":
        return "lost", f"{facts.status_since:%d/%m/%Y}" if facts.status_since else ""
    if facts.status in ("lost", "missing"):
        return "back", ""
    if line.collection_id is not None and Copy.get_by_id(copy.id).collection_id != line.collection_id:
        return "elsewhere", copy.collection_name
    return "found", "đang chờ sửa" if facts.status == "repair" else ""


def settle_scan(scan_id: int, *, actor: Actor, leave: bool = False) -> None:
    """L198: what the books said is put right: lent is returned, in a corner is taken back, lost is found. Or it
    is left as it is. NotFound; Conflict(`scan_settled`, `stocktake_closed`)."""
    with transaction():
        row = StocktakeScan.get_or_none(StocktakeScan.id == scan_id)
        if row is None or row.outcome not in TO_SETTLE:
            raise NotFound("not_found")
        line = _get_open(row.stocktake_id)
        if row.settled_at is not None:
            raise Conflict("scan_settled")
        copy = find_copy(copy_id=row.copy_id)
        assert copy is not None
        if not leave:
            comment = f"kiểm kê: {line.name}"
            if row.outcome == "in_unit" and copy.unit_id is not None:
                take_back(copy.unit_id, [copy.barcode], actor=actor, note=f"Kiểm kê: {line.name}")
            elif row.outcome == "on_loan" and copy.facts.loan is not None:
                check_in(copy.barcode, actor=actor, channel="desk", comment=comment)
                if copy.unit_id is not None:
                    take_back(copy.unit_id, [copy.barcode], actor=actor, note=f"Kiểm kê: {line.name}")
            elif row.outcome == "lost" and copy.facts.status == "lost":
                change_status(copy.barcode, "in_service", actor=actor, comment=comment)
        StocktakeScan.update(settled_at=now()).where(StocktakeScan.id == scan_id).execute()
        record_audit(
            actor, "stocktake.leave" if leave else "stocktake.settle", "stocktake", line.id, None,
            {"copy": copy.barcode},
        )  # fmt: skip


def close_stocktake(stocktake_id: int, *, actor: Actor, mark_missing: bool = True) -> int:
    """L199: end the count. What was not seen is noted as missing (unless not wished); the minutes stay as they
    are now. Returns how many are missing. Conflict(`stocktake_unsettled`, `stocktake_closed`)."""
    with transaction():
        line = _get_open(stocktake_id)
        waiting = StocktakeScan.select().where(
            StocktakeScan.stocktake == stocktake_id, StocktakeScan.outcome.in_(TO_SETTLE),
            StocktakeScan.settled_at.is_null(),
        ).count()  # fmt: skip
        if waiting:
            raise Conflict("stocktake_unsettled", count=waiting)
        minutes, moment = make_minutes(line), now()
        if mark_missing:
            for one in minutes.missing:
                set_status(one.copy_id, "missing", moment)
        result = {
            "lines": [dataclasses.asdict(one) for one in minutes.lines], "extra": minutes.extra,
            "missing": [one.copy_id for one in minutes.missing],
        }  # fmt: skip
        Stocktake.update(closed_at=moment, closed_by=actor.name[:120], result=result).where(
            Stocktake.id == stocktake_id
        ).execute()
        record_audit(
            actor, "stocktake.close", "stocktake", stocktake_id, None,
            {"missing": [one.accession_number for one in minutes.missing], "copies": minutes.total.here},
        )  # fmt: skip
        return len(minutes.missing)


def _get_open(stocktake_id: int) -> StocktakeLine:
    line = get_stocktake(stocktake_id)
    if not line.open:
        raise Conflict("stocktake_closed")
    return line
