"""What the school decides and the librarian edits: one typed list with defaults, values in the database.

Technical settings are in library/settings.py. Where domain.md is unsure of a rule, the rule is a
preference here. Reads are cached per process and dropped when a value changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.tables import Preference
from library.foundation.vietnamese import nfc


@dataclass(frozen=True, slots=True)
class PreferenceKind:
    key: str
    kind: type
    default: Any
    label: str
    group: str
    help: str = ""
    choices: tuple[tuple[Any, str], ...] = ()
    minimum: int | None = None
    maximum: int | None = None


SCHOOL, LENDING, PROMOTION, REPORT, CATALOGUE, KIOSK, PRIVACY = (
    "Nhà trường",
    "Mượn trả",
    "Tuyên truyền",
    "Báo cáo",
    "Biên mục",
    "Quầy tự phục vụ",
    "Riêng tư",
)

PREFERENCES: tuple[PreferenceKind, ...] = (
    PreferenceKind("school_name", str, "Trường THCS", "Tên trường", SCHOOL),
    PreferenceKind("school_short", str, "THCS", "Tên viết tắt (ký hiệu văn bản)", SCHOOL, "Dùng trong số hiệu báo cáo, ví dụ BC-THCSCL."),
    PreferenceKind("school_level", str, "THCS", "Cấp học", SCHOOL, choices=(("TH", "Tiểu học"), ("THCS", "Trung học cơ sở"), ("THPT", "Trung học phổ thông"), ("TH-THCS", "Tiểu học và THCS"), ("THCS-THPT", "THCS và THPT"))),
    PreferenceKind("superior_body", str, "UBND XÃ", "Cơ quan cấp trên (dòng đầu văn bản)", SCHOOL, "In hoa, như trên công văn của trường."),
    PreferenceKind("place_name", str, "", "Địa danh ghi trước ngày tháng", SCHOOL),
    PreferenceKind("head_name", str, "", "Họ tên hiệu trưởng", SCHOOL),
    PreferenceKind("head_title", str, "HIỆU TRƯỞNG", "Chức danh người ký", SCHOOL),
    PreferenceKind("librarian_name", str, "", "Họ tên cán bộ thư viện", SCHOOL),
    PreferenceKind("library_greeting", str, "Chúc em đọc sách vui!", "Lời chào trên phiếu và màn hình", KIOSK),
    PreferenceKind("weekly_closed_days", list, [7], "Ngày nghỉ hằng tuần", LENDING, "Hạn trả không rơi vào các ngày này."),
    PreferenceKind("max_loans_pupil", int, 3, "Số cuốn học sinh được mượn cùng lúc", LENDING, minimum=0, maximum=50),
    PreferenceKind("max_loans_teacher", int, 10, "Số cuốn giáo viên được mượn cùng lúc", LENDING, minimum=0, maximum=200),
    PreferenceKind("max_loans_other", int, 2, "Số cuốn bạn đọc khác được mượn cùng lúc", LENDING, minimum=0, maximum=50),
    PreferenceKind("block_when_overdue", bool, True, "Đang quá hạn thì chưa cho mượn thêm", LENDING),
    PreferenceKind("same_title_twice", bool, False, "Cho mượn hai bản của cùng một nhan đề", LENDING),
    PreferenceKind("suspension_factor", int, 0, "Số ngày tạm ngừng mượn cho mỗi ngày trễ", LENDING, "0 = không tạm ngừng.", minimum=0, maximum=10),
    PreferenceKind("suspension_grace_days", int, 1, "Số ngày trễ được bỏ qua", LENDING, minimum=0, maximum=30),
    PreferenceKind("suspension_cap_days", int, 30, "Tạm ngừng nhiều nhất (ngày)", LENDING, minimum=1, maximum=365),
    PreferenceKind("suspension_sum", bool, False, "Trễ nhiều cuốn thì cộng dồn ngày tạm ngừng", LENDING, "Không chọn: tính theo cuốn trễ lâu nhất."),
    PreferenceKind("renew_if_spare", bool, True, "Còn bản khác trên kệ thì vẫn cho gia hạn dù có người đợi", LENDING),
    PreferenceKind("in_library_counts", bool, False, "Sách đọc tại chỗ cũng tính vào số cuốn được mượn", LENDING),
    PreferenceKind("in_house_use", bool, False, "Nhận trả cuốn không có lượt mượn thì ghi một lượt đọc tại chỗ", LENDING, "Dùng khi thu sách các em để lại trên bàn đọc. Không tính là lượt mượn về."),
    PreferenceKind("expired_may_renew", bool, False, "Thẻ hết hạn vẫn được gia hạn cuốn đang mượn", LENDING),
    PreferenceKind("recall_days", int, 3, "Sách gọi về phải trả trong (ngày)", LENDING, minimum=1, maximum=30),
    PreferenceKind("withdrawn_return", str, "alert", "Khi sách đã thanh lý được mang trả", LENDING, choices=(("alert", "Nhận và báo thủ thư"), ("refuse", "Không nhận"))),
    PreferenceKind("late_fine", int, 0, "Tiền phạt cho mỗi ngày trễ (đồng)", LENDING, "0 = không thu tiền.", minimum=0, maximum=100000),
    PreferenceKind("summer_return_day", str, "25/05", "Ngày cuối trả sách trước khi nghỉ hè (ngày/tháng)", LENDING, "Sách mượn đến hết năm học có hạn trả là ngày này."),
    PreferenceKind("pickup_days", int, 3, "Số ngày giữ sách đặt mượn tại quầy", LENDING, minimum=1, maximum=30),
    PreferenceKind("lost_return", str, "found", "Khi sách đã báo mất được trả lại", LENDING, choices=(("found", "Nhận lại, coi như tìm thấy"), ("refuse", "Chờ cán bộ thư viện xử lý"))),
    PreferenceKind("unit_weeks", int, 4, "Thời gian luân chuyển góc lớp, tủ lưu động (tuần)", LENDING, minimum=1, maximum=40),
    PreferenceKind("unit_capacity", int, 40, "Số bản tối đa của một góc lớp", LENDING, minimum=1, maximum=500),
    PreferenceKind("shelf_stop_days", int, 6, "Tủ lưu động ở một điểm (ngày mở cửa)", LENDING, "Khi đề xuất chặng kế tiếp.", minimum=1, maximum=60),
    PreferenceKind("unit_max_textbooks", int, 5, "Một bộ sách góc lớp có nhiều nhất bao nhiêu sách giáo khoa (bản)", LENDING, "Khi đề xuất sách; bộ lệch vẫn giao được, chỉ được nhắc.", minimum=0, maximum=500),
    PreferenceKind("unit_min_children", int, 60, "Sách thiếu nhi chiếm ít nhất bao nhiêu phần trăm một bộ", LENDING, "Khi đề xuất sách; bộ lệch vẫn giao được, chỉ được nhắc.", minimum=0, maximum=100),
    PreferenceKind("corner_loan_days", int, 7, "Sách góc lớp cho bạn trong lớp mượn về (ngày)", LENDING, minimum=1, maximum=60),
    PreferenceKind("corner_loans_pupil", int, 2, "Số cuốn của góc lớp một em được mượn cùng lúc", LENDING, minimum=1, maximum=10),
    PreferenceKind("kiosk_mode", str, "borrow_and_return", "Quầy tự phục vụ cho phép", KIOSK, choices=(("borrow", "Chỉ mượn"), ("return", "Chỉ trả"), ("borrow_and_return", "Mượn và trả"))),
    PreferenceKind("kiosk_offline_limit", int, 2, "Số cuốn một em được mượn khi quầy mất mạng", KIOSK, minimum=0, maximum=10),
    PreferenceKind("kiosk_snapshot_days", int, 7, "Dữ liệu quầy cũ hơn số ngày này thì ngừng cho mượn khi mất mạng", KIOSK, minimum=1, maximum=60),
    PreferenceKind("promotion_months", list, [9, 10, 11, 12, 1, 2, 3, 4, 5], "Các tháng phải đủ hai buổi giới thiệu sách", PROMOTION),
    PreferenceKind("report_window", str, "calendar", "Kỳ số liệu của báo cáo tháng", REPORT, choices=(("calendar", "Từ ngày 01 đến hết tháng"), ("15_14", "Từ ngày 15 tháng trước đến 14 tháng này (NĐ 09/2019)"))),
    PreferenceKind("report_recipient", str, "Phòng Giáo dục và Đào tạo", "Nơi nhận báo cáo (Kính gửi)", REPORT),
    PreferenceKind("report_due_day", int, 25, "Ngày nộp báo cáo hằng tháng", REPORT, minimum=1, maximum=31),
    PreferenceKind("report_symbol", str, "BC-{school_short}", "Ký hiệu sau số văn bản", REPORT, "Chỗ [tên viết tắt] sẽ thành tên viết tắt của trường, ghi ở nhóm Nhà trường."),
    PreferenceKind("class_scheme", str, "ddc", "Bảng phân loại", CATALOGUE, choices=(("ddc", "DDC"), ("bbk19", "Bảng 19 lớp"))),
    PreferenceKind("second_hand_hours", int, 8, "Số giờ đầu sau khi nhập được phép hoàn tác nhanh", CATALOGUE, minimum=0, maximum=720),
    PreferenceKind("history_days", int, 365, "Giữ lịch sử mượn có tên (ngày)", PRIVACY, "Sau đó lịch sử thành ẩn danh, số liệu vẫn còn.", minimum=0, maximum=3650),
    PreferenceKind("keep_birth_dates", bool, True, "Lưu ngày sinh để phân biệt các em trùng tên", PRIVACY),
)
_BY_KEY = {kind.key: kind for kind in PREFERENCES}
_kept: dict[str | tuple[str, ...], Any] = {}


def forget_cache() -> None:
    """Another database was bound (tests, restore), or a value has changed: read anew. A new dictionary: whoever read a
    moment before keeps what it read in the old one."""
    global _kept
    _kept = {}


def get_preference(key: str) -> Any:
    """The school's value, or the default. KeyError for a key that is not in PREFERENCES."""
    kind, kept = _BY_KEY[key], _kept
    if key not in kept:
        row = Preference.get_or_none(Preference.key == key)
        kept[key] = kind.default if row is None else row.value
    return kept[key]


def get_preferences(keys: tuple[str, ...]) -> tuple[Any, ...]:
    """The values of these, in their order: for what every loan asks."""
    kept = _kept
    found: tuple[Any, ...] | None = kept.get(keys)
    if found is None:
        found = kept[keys] = tuple(get_preference(key) for key in keys)
    return found


def check_preference(key: str, value: Any) -> Any:
    """The value as it will be kept. InvalidInput(`preference_bad`) says which one and why."""
    kind = _BY_KEY.get(key)
    if kind is None:
        raise NotFound("preference_unknown", key=key)
    if kind.kind is bool and not isinstance(value, bool):
        raise InvalidInput("preference_bad", field=key, label=kind.label, why="cần có hoặc không")
    if kind.kind is int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInput("preference_bad", field=key, label=kind.label, why="cần một số nguyên")
        if kind.minimum is not None and value < kind.minimum:
            raise InvalidInput("preference_bad", field=key, label=kind.label, why=f"nhỏ nhất là {kind.minimum}")
        if kind.maximum is not None and value > kind.maximum:
            raise InvalidInput("preference_bad", field=key, label=kind.label, why=f"lớn nhất là {kind.maximum}")
    if kind.kind is list and not (isinstance(value, list) and all(isinstance(item, int) for item in value)):
        raise InvalidInput("preference_bad", field=key, label=kind.label, why="cần một dãy số")
    if kind.kind is str:
        if not isinstance(value, str):
            raise InvalidInput("preference_bad", field=key, label=kind.label, why="cần một dòng chữ")
        value = nfc(value)
    if kind.choices and value not in [choice for choice, _ in kind.choices]:
        raise InvalidInput("preference_bad", field=key, label=kind.label, why="không có trong các lựa chọn")
    return value


def set_preferences(changes: dict[str, Any], actor: Actor) -> None:
    """Change several at once; all are checked before any is kept."""
    checked = {key: check_preference(key, value) for key, value in changes.items()}
    with transaction():
        before = {key: get_preference(key) for key in checked}
        changed = {key: value for key, value in checked.items() if before[key] != value}
        for key, value in changed.items():
            Preference.insert(key=key, value=value, updated_at=now(), updated_by=actor.name).on_conflict(
                conflict_target=[Preference.key],
                preserve=[Preference.value, Preference.updated_at, Preference.updated_by],
            ).execute()
        if changed:
            record_audit(
                actor, "preferences.change", "preference", "school", {key: before[key] for key in changed}, changed
            )
    forget_cache()
