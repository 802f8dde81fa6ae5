"""Vietnamese words for what the audit log holds. A code without a word here is worded by its parts, never raw."""

from __future__ import annotations

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
    "preference": "Cài đặt",
    "closed_period": "Lịch nghỉ",
    "calendar": "Lịch nghỉ",
    "school_year": "Năm học",
    "holding_unit": "Góc lớp, tủ lưu động",
    "hand_over": "Phiếu giao nhận",
    "shelf_stop": "Điểm dừng",
    "loan_policy": "Quy định mượn",
    "promotion_session": "Buổi giới thiệu sách",
    "reading_period": "Tiết đọc",
    "monthly_theme": "Chủ điểm tháng",
    "monthly_report": "Báo cáo tháng",
    "visit": "Lượt đến thư viện",
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
    "class": "Chuyển lớp",
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
    "import.start": "Bắt đầu nhập",
    "import.finish": "Nhập xong",
    "device.code": "Cấp mã cài đặt",
    "device.message": "Gửi lời nhắn lên quầy",
    "device.message_withdraw": "Gỡ lời nhắn ở quầy",
    "device.restart_program": "Khởi động lại quầy",
    "device.restart_screen": "Mở lại màn hình quầy",
    "preferences.change": "Đổi cài đặt",
    "calendar.close": "Thêm ngày nghỉ",
    "calendar.open": "Bỏ ngày nghỉ",
    "calendar.year": "Đổi mốc năm học",
    "calendar.open_year": "Thêm năm học",
    "calendar.redate": "Dời hạn trả theo lịch",
    "demo.fill": "Nạp dữ liệu mẫu",
    "privacy.anonymise": "Ẩn danh lịch sử mượn đã quá hạn lưu",
    "reader.anonymise": "Xoá danh tính bạn đọc",
}


def action_words(action: str, subject_kind: str) -> str:
    """A sentence-like name for an audit action, e.g. loan.check_out -> Cho mượn."""
    if action in ACTIONS:
        return ACTIONS[action]
    verb = action.rsplit(".", 1)[-1]
    if verb in VERBS:
        return VERBS[verb]
    head = verb.split("_", 1)[0]
    return VERBS.get(head, "Thay đổi " + SUBJECTS.get(subject_kind, "dữ liệu").lower())
