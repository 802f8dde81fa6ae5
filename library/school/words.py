"""Vietnamese words for what the audit log holds. A code without a word here is worded by its parts, never raw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from library.contract.codes import SCHOOL_YEAR
from library.foundation.audit import SYSTEM

GONE = frozenset(
    {"reader", "class", "department", "record", "closed_period", "visit", "reading_period", "promotion_session"}
)
"""Things that can be deleted: without a name they are gone."""

SUBJECTS: dict[str, str] = {
    "loan": "Lượt mượn",
    "hold": "Đặt mượn",
    "reader": "Bạn đọc",
    "card": "Thẻ",
    "school_class": "Lớp",
    "class": "Lớp",
    "department": "Tổ chuyên môn",
    "record": "Biểu ghi",
    "copy": "Bản sách",
    "collection": "Kho sách",
    "import_batch": "Đợt nhập",
    "staff": "Tài khoản",
    "staff_account": "Tài khoản",
    "device": "Thiết bị",
    "device_code": "Mã cài đặt",
    "receipt_template": "Mẫu phiếu in",
    "kiosk_release": "Bản cập nhật quầy",
    "preference": "Cài đặt",
    "closed_period": "Lịch nghỉ",
    "calendar": "Lịch nghỉ",
    "school_year": "Năm học",
    "year_move": "Lên lớp cuối năm",
    "mail": "Thư điện tử",
    "holding_unit": "Góc lớp, tủ lưu động",
    "hand_over": "Phiếu giao nhận",
    "rotation_plan": "Lịch luân chuyển",
    "shelf_stop": "Chặng của tủ",
    "loan_policy": "Quy định mượn",
    "lesson_booking": "Sách cho tiết dạy",
    "stocktake": "Kiểm kê",
    "textbook_set": "Bộ sách giáo khoa",
    "textbook_batch": "Phiếu sách giáo khoa",
    "promotion_session": "Buổi giới thiệu sách",
    "reading_period": "Tiết đọc",
    "monthly_theme": "Chủ điểm tháng",
    "monthly_report": "Báo cáo tháng",
    "visit": "Lượt đến thư viện",
    "charge": "Đền sách",
    "kiosk_conflict": "Việc chờ xử lý",
    "school": "Trường",
}

VERBS: dict[str, str] = {
    "create": "Thêm",
    "add": "Thêm",
    "update": "Sửa",
    "edit": "Sửa",
    "change": "Sửa",
    "delete": "Xoá",
    "merge": "Gộp",
    "check_out": "Cho mượn",
    "checkout": "Cho mượn",
    "check_in": "Nhận trả",
    "return": "Nhận trả",
    "renew": "Gia hạn",
    "undo": "Hoàn tác",
    "lost": "Báo mất",
    "found": "Tìm thấy",
    "withdraw": "Thanh lý",
    "place": "Đặt",
    "cancel": "Huỷ",
    "expire": "Hết hạn",
    "ready": "Giữ tại quầy",
    "open": "Mở",
    "close": "Đóng",
    "hand_over": "Giao",
    "take_back": "Nhận về",
    "start": "Đến điểm",
    "leave": "Rời điểm",
    "login": "Đăng nhập",
    "logout": "Đăng xuất",
    "lock": "Khoá",
    "disable": "Khoá",
    "block": "Tạm ngừng mượn",
    "unblock": "Cho mượn lại",
    "password": "Đổi mật khẩu",
    "revoke": "Thu hồi",
    "issue": "Cấp",
    "print": "In",
    "status": "Đổi tình trạng",
    "homeroom": "Đổi chủ nhiệm",
    "rename": "Đổi tên",
    "reopen": "Mở lại",
    "replace": "Cấp lại",
    "log": "Ghi",
    "plan": "Lên kế hoạch",
    "held": "Đã thực hiện",
    "send": "Gửi",
    "freeze": "Chốt",
    "import": "Nhập",
    "finish": "Xong",
    "resolve": "Xử lý",
}

ACTIONS: dict[str, str] = {
    "reader.class": "Chuyển lớp",
    "visit.class": "Ghi lượt đến của lớp",
    "visit.card": "Ghi lượt đến",
    "card.issue": "Cấp thẻ",
    "card.print": "In thẻ",
    "card.replace": "Cấp lại thẻ",
    "collection.defaults": "Lập các kho thường có",
    "copies.add": "Thêm bản sách",
    "hold.filled": "Bạn đọc đã nhận sách",
    "hold.cancelled": "Huỷ đặt mượn",
    "hold.expired": "Hết hạn giữ sách",
    "hold.redate": "Dời hạn giữ sách theo lịch",
    "unit.redate": "Dời ngày đổi sách góc lớp theo lịch",
    "rotation.redate": "Dời vòng luân chuyển theo lịch",
    "hold.waiting": "Đặt mượn đợi lại",
    "kiosk.conflict": "Quầy gửi về việc chưa khớp",
    "policy.defaults": "Lập quy định mượn thường có",
    "policy.add": "Thêm dòng quy định",
    "policy.change": "Sửa dòng quy định",
    "policy.delete": "Xoá dòng quy định",
    "promotion.hold": "Ghi đã giới thiệu",
    "promotion.themes": "Đặt chủ điểm tháng",
    "readers.import": "Nhập danh sách bạn đọc",
    "readers.undo": "Hoàn tác nhập bạn đọc",
    "record.cover": "Đổi ảnh bìa",
    "report.correct": "Mở bản sửa báo cáo",
    "report.write": "Viết báo cáo",
    "staff.enable": "Mở khoá tài khoản",
    "import.start": "Bắt đầu nhập",
    "import.finish": "Nhập xong",
    "device.code": "Cấp mã cài đặt",
    "device.message": "Gửi lời nhắn lên quầy",
    "device.message_withdraw": "Gỡ lời nhắn ở quầy",
    "device.receipts": "Sửa mẫu phiếu in",
    "device.receipts_logo": "Đổi biểu trưng trên phiếu",
    "device.receipts_reset": "Về mẫu phiếu có sẵn",
    "device.release_add": "Thêm bản cập nhật quầy",
    "device.release_offer": "Đưa bản cập nhật cho quầy",
    "device.release_withdraw": "Thôi đưa bản cập nhật",
    "device.print_slip": "In phiếu giao nhận ở quầy",
    "device.slip_withdraw": "Thôi in phiếu ở quầy",
    "device.damage_seen": "Đã xem sổ hỏng ở quầy",
    "device.restart_program": "Khởi động lại quầy",
    "device.restart_screen": "Mở lại màn hình quầy",
    "staff.kiosk_pin": "Đổi thẻ và PIN ở quầy",
    "preferences.change": "Đổi cài đặt",
    "calendar.close": "Thêm ngày nghỉ",
    "calendar.open": "Bỏ ngày nghỉ",
    "calendar.year": "Đổi mốc năm học",
    "calendar.open_year": "Thêm năm học",
    "calendar.redate": "Dời hạn trả theo lịch",
    "set_draft.add": "Soạn bộ sách: thêm",
    "set_draft.propose": "Soạn bộ sách: đề xuất",
    "set_draft.strike": "Soạn bộ sách: bỏ ra",
    "set_draft.restore": "Soạn bộ sách: lấy lại",
    "set_draft.clear": "Bỏ bộ đang soạn",
    "unit_pass.issue": "Cấp mã trang góc lớp",
    "unit_pass.revoke": "Thu hồi mã trang góc lớp",
    "unit.exchange": "Chuyển giữa hai nơi",
    "unit.settle": "Ghi kết quả cuốn chưa về",
    "unit.carry_over": "Chuyển sang năm học mới",
    "unit.use": "Ghi lượt đọc",
    "unit.use_undo": "Bỏ lượt đọc ghi nhầm",
    "unit.tally": "Nhập phiếu lượt đọc",
    "loan.recall": "Gọi sách về",
    "loan.claimed": "Báo đã trả",
    "loan.unclaimed": "Bỏ báo đã trả",
    "loan.due_day": "Đặt lại hạn trả",
    "copy.damage": "Ghi hư hỏng",
    "charge.settle": "Xong khoản đền",
    "rotation.plan": "Lập lịch luân chuyển",
    "rotation.move": "Dời vòng luân chuyển",
    "rotation.do": "Đổi vòng luân chuyển",
    "rotation.end": "Kết thúc lịch luân chuyển",
    "unit.new_year": "Góc lớp sang năm học mới",
    "stop.plan": "Thêm chặng",
    "stop.arrive": "Tủ đến nơi",
    "stop.leave": "Tủ rời chặng",
    "stop.undo_leave": "Bỏ ghi tủ rời chặng",
    "stop.cancel": "Huỷ chặng",
    "stop.count": "Đếm tủ bằng quét",
    "stocktake.start": "Mở đợt kiểm kê",
    "stocktake.settle": "Xử lý cuốn thấy khi kiểm kê",
    "stocktake.leave": "Để nguyên cuốn thấy khi kiểm kê",
    "stocktake.close": "Khoá đợt kiểm kê",
    "booking.place": "Đặt sách cho tiết dạy",
    "booking.change": "Sửa lượt đặt sách",
    "booking.cancel": "Huỷ lượt đặt sách",
    "booking.series": "Đặt sách lặp hằng tuần",
    "booking.cancel_rest": "Huỷ các lượt đặt sách còn lại",
    "booking.prepare": "Lấy sẵn sách cho tiết dạy",
    "booking.hand_over": "Giao sách cho tiết dạy",
    "booking.take_back": "Nhận sách của tiết dạy",
    "textbook.set": "Chọn bộ sách giáo khoa",
    "textbook.owners": "Ghi em tự có sách giáo khoa",
    "textbook.hand_out": "Cấp phát sách giáo khoa",
    "textbook.collect": "Thu sách giáo khoa",
    "textbook.undo": "Hoàn tác cấp phát",
    "textbook.undo_collect": "Hoàn tác phiếu thu sách giáo khoa",
    "demo.fill": "Nạp dữ liệu mẫu",
    "mail.queue": "Viết thư nhắc sách",
    "mail.retry": "Gửi lại thư",
    "mail.cancel": "Huỷ thư",
    "reader.consent": "Ghi đồng ý",
    "reader.consent_end": "Rút lại đồng ý",
    "reader.disclose": "Xem, xuất toàn bộ dữ liệu của bạn đọc",
    "visit.books": "Ghi sách đã đọc",
    "visit.correct": "Sửa lượt của lớp",
    "year_move.plan": "Lập dự kiến lên lớp",
    "year_move.map": "Sửa lớp đến",
    "year_move.choice": "Sửa kết quả của học sinh",
    "year_move.discard": "Bỏ dự kiến lên lớp",
    "year_move.apply": "Lên lớp toàn trường",
    "year_move.undo": "Hoàn tác lên lớp",
    "privacy.anonymise": "Ẩn danh lịch sử mượn đã quá hạn lưu",
    "reader.anonymise": "Xoá danh tính bạn đọc",
}


def subject_words(subject_kind: str, subject_id: str, names: Mapping[tuple[str, str], str] | None = None) -> str:
    """What a line is about: "Lượt mượn: Dế Mèn phiêu lưu ký (STN.000123)"; `names` as audit_names.find_names made
    them. A number that names nothing to a person is left out; what is gone from the books says so."""
    about = SUBJECTS.get(subject_kind, "Dữ liệu")
    named = (names or {}).get((subject_kind, subject_id))
    if named:
        return f"{about}: {named}"
    if subject_id.isdecimal():
        return f"{about} (đã xoá)" if subject_kind in GONE else about
    year, _, grade = subject_id.partition("/")
    if SCHOOL_YEAR.fullmatch(year):
        return f"{about}: " + (f"khối {grade}, " if grade else "") + year.replace("-", "–")
    return f"{about}: {subject_id}" if any(letter.isdigit() for letter in subject_id) else about


def actor_words(actor_name: str) -> str:
    """Who acted; the command line and the server's own clock go by the program's name in the log."""
    return "Máy chủ" if actor_name == SYSTEM.name else actor_name


UNDONE_WORDS = {"check_out": "Hoàn tác cho mượn", "check_in": "Hoàn tác nhận trả", "renew": "Hoàn tác gia hạn"}


def action_words(action: str, subject_kind: str, after: Mapping[str, Any] | None = None) -> str:
    """A sentence-like name for an audit action, e.g. loan.check_out -> Cho mượn; `after`: what the log keeps of it."""
    after = after or {}
    if action == "loan.undo":
        return UNDONE_WORDS.get(str(after.get("action")), VERBS["undo"])
    if action == "copy.check_in":
        return "Tìm thấy lại" if "found" in after else "Quét trả, không ai mượn"
    if action in ACTIONS:
        return ACTIONS[action]
    verb = action.rsplit(".", 1)[-1]
    if verb in VERBS:
        return VERBS[verb]
    head = verb.split("_", 1)[0]
    return VERBS.get(head, "Thay đổi " + SUBJECTS.get(subject_kind, "dữ liệu").lower())
