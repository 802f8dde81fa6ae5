"""What stood before and after a change, in words: field names and stored codes as a librarian says them.

Next: library/school/words.py (the words for subjects and actions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from library.access.model import DEVICE_PROFILES, ROLE_LABELS
from library.cataloguing.model import COPY_CONDITION_LABELS, COPY_STATUS_LABELS, COPY_USE_LABELS, MATERIAL_LABELS
from library.cataloguing.rules import example_of_pattern
from library.foundation.preferences import PREFERENCES
from library.lending.charges import SETTLED_LABELS
from library.lending.model import UNIT_LABELS
from library.promotion.model import FORM_LABELS, PERIOD_LABELS, SLOT_LABELS
from library.promotion.model import STATUS_LABELS as SESSION_STATUS_LABELS
from library.readers.model import CARD_LABELS, GENDER_LABELS, KIND_LABELS
from library.readers.model import STATUS_LABELS as READER_STATUS_LABELS
from library.web.i18n import format_date, format_instant, format_number

FIELDS: dict[str, str] = {
    "about": "Về việc",
    "action": "Việc",
    "actor": "Người làm",
    "amount": "Số tiền",
    "attendance": "Số người dự",
    "audience": "Đối tượng",
    "author": "Tác giả",
    "audit": "Dòng nhật ký",
    "barcode": "Mã vạch",
    "before_day": "Trước ngày",
    "blocks": "Lần tạm ngừng mượn",
    "block": "Tạm ngừng mượn",
    "borrower": "Người mượn",
    "born_on": "Ngày sinh",
    "call_number": "Xếp giá",
    "card": "Thẻ",
    "claimed_returned_on": "Em nói đã trả ngày",
    "class": "Lớp",
    "class_id": "Lớp số",
    "classes": "Số lớp",
    "closed": "Đóng",
    "closed_on": "Ngày đóng",
    "code": "Ký hiệu",
    "codes": "Lý do",
    "collection": "Kho",
    "condition": "Hiện trạng",
    "conflicts": "Việc từ quầy",
    "copies": "Số bản",
    "copies_created": "Bản sách đã tạo",
    "copies_in": "Số bản nhận",
    "copies_out": "Số bản giao",
    "copy": "Bản sách",
    "count": "Số lượng",
    "cover": "Ảnh bìa",
    "created": "Mới",
    "department": "Tổ chuyên môn",
    "department_id": "Tổ số",
    "disabled": "Khoá",
    "display_name": "Tên hiển thị",
    "due_on": "Hạn trả",
    "duplicates": "Trùng",
    "education_id": "Mã định danh",
    "ended_as": "Kết thúc",
    "ends_on": "Đến ngày",
    "evidence_file": "Tệp minh chứng",
    "failures": "Số lần sai",
    "form": "Hình thức",
    "from": "Từ",
    "full_name": "Họ và tên",
    "gender": "Giới tính",
    "closing_hand_over": "Dòng cuối phiếu giao",
    "closing_loan": "Dòng cuối phiếu mượn",
    "closing_return": "Dòng cuối phiếu trả",
    "device": "Thiết bị",
    "grade": "Khối",
    "greeting": "Lời chào",
    "heading": "Dòng tên",
    "show_barcodes": "In mã sách",
    "show_class": "In lớp",
    "show_qr": "In mã vuông",
    "message": "Lời nhắn",
    "graduated": "Ra trường",
    "held_on": "Ngày",
    "helper": "Phụ giúp",
    "holds": "Lượt đặt mượn",
    "home_loan": "Cho mượn về",
    "import_rows": "Dòng của đợt nhập cũ",
    "homeroom_teacher": "Chủ nhiệm",
    "isbn": "ISBN",
    "kind": "Loại",
    "last_seen_at": "Gặp lần cuối",
    "left": "Thôi học",
    "lifted": "Cho mượn lại",
    "loans": "Lượt mượn",
    "location": "Vị trí",
    "login": "Tên đăng nhập",
    "lost": "Mất",
    "missing": "Thất lạc",
    "damaged": "Hư hỏng",
    "charges": "Khoản đền",
    "merged": "Đã gộp",
    "mails": "Thư đã gửi",
    "minutes": "Số phút",
    "month": "Tháng",
    "must_change": "Phải đổi mật khẩu",
    "name": "Tên",
    "next": "Số tiếp theo",
    "note": "Ghi chú",
    "number": "Số",
    "numbers": "Các số",
    "on": "Ngày",
    "pattern": "Mẫu số",
    "people": "Số người",
    "period": "Tiết",
    "place": "Nơi",
    "position": "Vị trí",
    "placed": "Đã có lớp mới",
    "presenter": "Người giới thiệu",
    "price": "Giá",
    "profile": "Mẫu nhập",  # of an import; of a device: _BY_SUBJECT
    "promoted": "Lên lớp",
    "publisher": "Nhà xuất bản",
    "pupils": "Số học sinh",
    "read": "Đã đọc",
    "reader": "Bạn đọc",
    "readers": "Số bạn đọc",
    "reason": "Lý do",
    "record": "Biểu ghi",
    "record_ids": "Sách giới thiệu (biểu ghi)",
    "records": "Số biểu ghi",
    "rejected": "Không nhận",
    "repeated": "Ở lại lớp",
    "resolution": "Cách xử lý",
    "responsible": "Phụ trách",
    "revoked": "Thu hồi",
    "role": "Quyền",
    "rows": "Số dòng",
    "school_class": "Lớp",
    "school_year": "Năm học",
    "seed": "Số mẫu",
    "slot": "Loại buổi",
    "source": "Nguồn",
    "starts_on": "Từ ngày",
    "status": "Tình trạng",
    "text": "Bài viết",
    "theme": "Chủ điểm",
    "title": "Nhan đề",
    "unchanged": "Như cũ",
    "transferred": "Chuyển trường",
    "undone": "Đã hoàn tác",
    "unit": "Góc lớp, tủ",
    "updated": "Cập nhật",
    "until": "Đến",
    "use": "Sử dụng",
    "uses": "Lượt đọc ở góc lớp",
    "version": "Bản số",
    "visits": "Lượt đến",
    "settled_as": "Cách đền",
    "titles": "Nhan đề",
}


def _codes(*labels: Mapping[Any, str]) -> dict[str, str]:
    return {str(code): word for some in labels for code, word in some.items()}


# Stored codes by the field they stand in; the words are those of each feature's model.
CODES: dict[str, dict[str, str]] = {
    "role": _codes(ROLE_LABELS),
    "use": _codes(COPY_USE_LABELS),
    "condition": _codes(COPY_CONDITION_LABELS),
    "slot": _codes(SLOT_LABELS),
    "form": _codes(FORM_LABELS),
    "gender": _codes(GENDER_LABELS),
    "material": _codes(MATERIAL_LABELS),
    "kind": _codes(UNIT_LABELS, KIND_LABELS, PERIOD_LABELS, {"break": "Nghỉ dài", "holiday": "Ngày lễ"}),
    "status": _codes(
        {"replaced": "Đã cấp lại", "open": "Đang mở", "returned": "Đã trả", "sent": "Đã gửi", "draft": "Bản nháp"},
        COPY_STATUS_LABELS,
        SESSION_STATUS_LABELS,
        CARD_LABELS,
        READER_STATUS_LABELS,
    ),
    "settled_as": _codes(SETTLED_LABELS),
    "ended_as": {"promoted": "Lên lớp", "repeated": "Ở lại lớp", "moved": "Chuyển lớp", "left": "Rời trường"},
}
# Where a field means something else than in most of the log: its name and its codes there.
_OF_DEVICES = {"profile": ("Loại thiết bị", DEVICE_PROFILES)}
_BY_SUBJECT: dict[str, dict[str, tuple[str, dict[str, str]]]] = {"device": _OF_DEVICES, "device_code": _OF_DEVICES}
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
_PREFERENCES = {kind.key: kind.label for kind in PREFERENCES}


def describe_facts(facts: dict[str, Any] | None, subject: str = "") -> list[tuple[str, str]]:
    """(field in words, value in words) of one side of a change; fields that say nothing (empty) are left out.
    `subject`: the kind of thing that was changed, where known."""
    own = _BY_SUBJECT.get(subject, {})
    said = []
    for key, value in (facts or {}).items():
        if key in own:
            name, codes = own[key]
            said.append((name, codes.get(str(value), "khác")))
        elif value != "":
            said.append((describe_field(key), describe_value(key, value)))
    return said


def describe_field(key: str) -> str:
    """The field's name, never a raw key: one without a word is "Chi tiết"."""
    return FIELDS.get(key) or _PREFERENCES.get(key) or "Chi tiết"


def describe_value(key: str, value: Any) -> str:
    """Dates as 06/12/2026, yes and no, lists with commas, stored codes by their word."""
    if value is None:
        return "trống"
    if isinstance(value, bool):
        return "có" if value else "không"
    if isinstance(value, int | float):
        return str(value) if key in {"seed", "number", "next"} or key.endswith("_id") else format_number(value)
    if isinstance(value, dict):
        return "; ".join(f"{name}: {text}" for name, text in describe_facts(value)) or "trống"
    if isinstance(value, list):
        shown = ", ".join(str(item) if isinstance(item, int) else describe_value(key, item) for item in value[:20])
        return f"{shown} và {len(value) - 20} mục nữa" if len(value) > 20 else shown or "trống"
    text = str(value)
    if key == "pattern" and "{" in text:
        return example_of_pattern(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return format_date(date.fromisoformat(text))
    if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text):
        return format_instant(datetime.fromisoformat(text))
    if key in CODES:
        return CODES[key].get(text) or ("khác" if _CODE.fullmatch(text) else text)
    return text
