"""The kiosk's conflicts as the librarian reads them: who, what, when, why it did not fit, what to do. Reads only.

How they come about: offline.py (L92, L93). Working one off is offline.resolve_conflict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from library.contract.codes import word
from library.contract.scans import clean_scan
from library.foundation.clock import local_time
from library.lending.desk_facts import find_copy
from library.lending.offline import list_conflicts
from library.lending.queries import LoanLine, find_loan_began, find_loan_superseded_at, find_open_loan
from library.readers.model import ReaderCard
from library.readers.queries import find_by_card

ACTS = {
    "checkout": "Quầy đã cho mượn",
    "return": "Quầy đã nhận trả",
    "renewal": "Quầy đã gia hạn",
    "visit": "Quầy đã ghi lượt vào thư viện",
    "undo": "Quầy đã hoàn tác một lượt",
    "unwritten": "Một lượt quét quầy chưa ghi được",
}
_LOOK = "Tìm xem sách đang ở đâu: trên kệ, ở giá trả, hay với bạn đọc nào."
# code -> (why it did not fit, what to do)
ADVICE: dict[str, tuple[str, str]] = {
    "reader_unknown": (
        "Thẻ này không có trong thư viện, hoặc đã báo mất.",
        "Hỏi em nào cầm cuốn này rồi cho mượn lại ở quầy bằng thẻ đúng. Nếu sách đã ở đây, cất lên kệ.",
    ),
    "copy_unknown": ("Mã sách này không có trong thư viện.", "Xem nhãn trên sách. Sách của trường thì thêm bản sách."),
    "copy_on_loan": (
        "Lúc đó sách còn ghi cho bạn đọc khác mượn. Lượt cũ đã được kết thúc, lượt mới đã được ghi.",
        "Báo bạn đọc cũ là không phải trả cuốn này nữa. Nếu em ấy vẫn đang giữ một cuốn giống vậy, kiểm tra lại mã.",
    ),
    "copy_on_loan_same_reader": (
        "Bạn đọc đã mượn sẵn chính cuốn này, nên không ghi thêm lượt nào.",
        "Thường là quét hai lần. Không phải làm gì, trừ khi em ấy muốn gia hạn.",
    ),
    "copy_lost": (
        "Cuốn này đang ghi là đã mất.",
        "Sách có thật: nhận trả ở quầy để coi như tìm thấy, rồi cho mượn lại.",
    ),
    "copy_withdrawn": ("Cuốn này đã thanh lý.", "Thu sách lại và gỡ nhãn, hoặc khôi phục bản sách ở trang biên mục."),
    "copy_in_class_corner": (
        "Cuốn này thuộc một góc lớp.",
        "Nhận về từ góc lớp rồi cho mượn, hoặc trả sách lại góc lớp.",
    ),
    "copy_on_mobile_shelf": ("Cuốn này thuộc một tủ lưu động.", "Nhận về từ tủ rồi cho mượn, hoặc trả sách lại tủ."),
    "return_older": (
        "Quầy nhận trả trước khi cuốn này được cho mượn lại.",
        _LOOK + " Nếu sách đã về, nhận trả ở quầy.",
    ),
    "checkout_older": (
        "Quầy cho mượn trước lượt mượn đang mở.",
        _LOOK + " Nếu bạn đọc của quầy đang giữ, nhận trả rồi cho mượn lại.",
    ),
    "scan_unwritten": (
        "Quầy không nhận được trả lời, cũng không tự ghi được; em ấy được mời quét lại mà chưa quét.",
        _LOOK + " Rồi ghi mượn hoặc nhận trả ở quầy cho đúng.",
    ),
    "act_malformed": (
        "Quầy gửi một việc không đọc được.",
        "Xem nội dung bên dưới; nếu lặp lại, báo người phụ trách máy.",
    ),
    "undo_nothing": ("Không thấy lượt nào của quầy để hoàn tác.", _LOOK),
    "undo_too_late": (
        "Sau lượt được hoàn tác, cuốn này đã có bước khác.",
        _LOOK + " Lượt mượn hiện có còn đúng thì không phải làm gì.",
    ),
    "key_reused": ("Việc này mang số hiệu của một việc khác.", "Kiểm tra cuốn sách rồi ghi lại ở quầy nếu cần."),
}
_OTHERWISE = "Kiểm tra sách và bạn đọc, ghi lại ở quầy nếu cần."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictLine:
    """One entry. `reader` and `title` are filled when still known; `loan` is the copy's open loan now."""

    id: int
    act: str
    code: str
    why: str
    advice: str
    device: str
    occurred_at: datetime
    received_at: datetime
    card: str
    barcode: str
    reader: ReaderCard | None
    copy_id: int | None
    title: str
    loan: LoanLine | None
    former: LoanLine | None
    """The loan that this act ended: whose reader must be told."""
    raw: dict[str, Any]
    resolved_at: datetime | None
    resolved_by: str
    resolution: str


def list_conflict_lines(*, resolved: bool = False, limit: int = 100) -> list[ConflictLine]:
    """The newest first."""
    return [_line(row) for row in list_conflicts(resolved=resolved, limit=limit)]


def _line(row: dict[str, Any]) -> ConflictLine:
    payload = row["payload"] if isinstance(row["payload"], dict) else {}
    card, barcode = _text(payload.get("reader_card")), _text(payload.get("copy_barcode"))
    reader = find_by_card(card) if card else None
    copy = find_copy(barcode=barcode) if barcode else None
    params = {"card": card, "barcode": barcode, "name": reader.full_name if reader else "Bạn đọc"}
    why, advice = ADVICE.get(row["code"], (word(row["code"], params), _OTHERWISE))
    loan = find_open_loan(copy.id) if copy else None
    if row["code"] == "checkout_older" and loan is not None and row["occurred_at"] is not None:
        began = find_loan_began(loan.loan_id)
        why = f"Quầy cho mượn lúc {_clock(row['occurred_at'])}, trước lượt mượn đang mở từ {_clock(began)}."
    former = find_loan_superseded_at(copy.id, row["occurred_at"]) if copy and row["code"] == "copy_on_loan" else None
    if former is not None and former.reader_name:
        who = f"{former.reader_name} ({former.class_name})" if former.class_name else former.reader_name
        advice = advice.replace("bạn đọc cũ", who)
    return ConflictLine(
        id=row["id"],
        act=ACTS.get(row["kind"], "Quầy gửi một việc lạ"),
        code=row["code"],
        why=why,
        advice=advice,
        device=row["device_name"],
        occurred_at=row["occurred_at"],
        received_at=row["received_at"],
        card=card,
        barcode=barcode,
        reader=reader,
        copy_id=copy.id if copy else None,
        title=copy.title if copy else "",
        loan=loan,
        former=former,
        raw=payload if not (card or barcode) else {},
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"] or "",
        resolution=row["resolution"] or "",
    )


def _clock(at: datetime) -> str:
    """10:05 ngày 24/11"""
    return f"{local_time(at):%H:%M} ngày {local_time(at):%d/%m}"


def _text(value: Any) -> str:
    return clean_scan(value)[:40] if isinstance(value, str) else ""
