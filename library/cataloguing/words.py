"""Vietnamese sentences for the error codes of cataloguing and imports. Registered when imported."""

from __future__ import annotations

from library.contract.codes import register_errors

CATALOGUING_ERRORS = {
    "marc_too_big": "Biểu ghi quá lớn cho tệp .mrc (trường {tag}: {bytes} byte, tối đa {limit}). "
    "Hãy xuất dạng MARCXML (.xml).",
    "marc_unreadable": "Không đọc được biểu ghi MARC đã gửi: {detail}.",
    "title_empty": "Chưa có nhan đề. Ghi nhan đề rồi lưu lại.",
    "isbn_bad": "ISBN {isbn} sai số kiểm tra. Xem lại trên bìa sau của sách.",
    "accession_bad": "Số đăng ký cá biệt “{number}” không dùng được. Chỉ dùng chữ cái không dấu, chữ số và . / - +, "
    "không trùng dạng số thẻ bạn đọc hoặc ISBN.",
    "accession_taken": "Số đăng ký cá biệt {number} đã có ở sách “{title}”. Mỗi số chỉ dùng một lần.",
    "pattern_bad": "Mẫu số đăng ký “{pattern}” chưa đúng. Viết số đầu tiên của kho, ví dụ STK.000001.",
    "collection_unknown": "Không có kho mang ký hiệu {kho}. Tạo kho trước, hoặc chọn kho đang có.",
    "collection_taken": "Ký hiệu kho {kho} đã có. Chọn ký hiệu khác.",
    "collection_code_bad": "Ký hiệu kho “{kho}” chưa đúng: 1–12 chữ cái không dấu hoặc chữ số.",
    "copy_missing_row": "Không tìm thấy bản sách số {copy_id}.",
    "copies_count_bad": "Số bản phải từ 1 đến {limit}.",
    "record_has_copies": "Sách “{title}” còn {copies} bản trong sổ đăng ký. "
    "Thanh lý hoặc chuyển các bản trước khi xoá.",
    "record_in_use": "Sách “{title}” đang được dùng ở nơi khác (đặt mượn, buổi giới thiệu, kiểm kê…) nên chưa xoá được."
    " Có thể gộp vào biểu ghi đúng.",
    "record_changed": "Biểu ghi đã được người khác sửa từ lúc mở trang. Tải lại trang rồi sửa lại.",
    "merge_same": "Chọn hai biểu ghi khác nhau để gộp.",
    "copy_is_lent": "Bản {number} đang cho mượn. Nhận trả trước rồi làm lại.",
    "copy_is_withdrawn": "Bản {number} đã thanh lý nên không sửa được nữa.",
    "copy_state_bad": "Tình trạng “{value}” không có trong danh sách.",
    "copy_is_kept": "Bản {number} đang giữ tại quầy cho bạn đọc đặt mượn. Huỷ lượt giữ trước rồi làm tiếp.",
    "copy_placed": "Bản {number} đang ở góc lớp hoặc tủ lưu động. Nhận lại trước rồi làm tiếp.",
}


def register() -> None:
    """Make the wordings known; safe to call more than once."""
    register_errors({code: text for code, text in CATALOGUING_ERRORS.items()})


register()
