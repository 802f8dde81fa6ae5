"""What the kiosk says to a child: short Vietnamese sentences. Next: `spoken.py`.

Here: words only. Refusals that the core knows too are worded once, in library/contract/codes.py; here
stand those only a kiosk needs. Every refusal is one kind sentence and points to what to do (look.md);
none names a fault, a fine or another reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from library.contract.codes import REASONS, word

_CALL = "Em gọi cô thủ thư nhé."

NOTICES: dict[str, str] = {
    "lent": "Mượn được rồi!",
    "renewed": "Em được mượn thêm ngày rồi!",
    "returned": "Trả xong rồi. Cảm ơn em!",
    "returned_held": "Trả xong rồi! Em đặt cuốn này lên bàn cô thủ thư nhé.",
    "card_awaited": "Em quét thẻ của mình trước, rồi quét lại cuốn này nhé.",
    "was_not_on_loan": "Cuốn này đang không có ai mượn. Em muốn mượn thì quét thẻ của mình trước nhé.",
    "lies_here": "Cuốn này đang không có ai mượn. Em để sách lại cho thư viện nhé.",
    "return_noted": "Máy đã ghi lại. Em để sách lại nhé.",
    "return_noted_no_card": "Máy đã ghi lại. Em để sách lại nhé. Em muốn mượn thì quét thẻ của mình trước.",
    "scanner_gone": "Máy quét đang nghỉ. Em bấm Xong, rồi mang sách sang bàn cô thủ thư nhé.",
    "already_listed": "Cuốn này có trong danh sách của em rồi.",
    "already_returned": "Cuốn này em vừa trả rồi.",
    "already_open": "Thẻ của em đang mở rồi. Em quét sách nhé.",
    "own_book": "Em đang mượn cuốn này rồi. Muốn trả, lát nữa em chỉ quét sách, không quét thẻ nhé.",
    "holdings_printing": "Phiếu đang in, em đợi một chút nhé.",
    "holdings_printed": "Em nhớ lấy phiếu nhé.",
    "holdings_failed": "Máy in đang nghỉ. Em xem hạn trả với cô thủ thư nhé.",
    "no_answer": "Máy chưa tìm được thẻ. Em quét lại thẻ, hoặc gọi cô thủ thư nhé.",
    "scan_again": "Máy chưa ghi được. Em quét lại cuốn này, hoặc gọi cô thủ thư nhé.",
    "journal_full": f"Máy chưa ghi lại được. {_CALL}",
    "unauthorised": "Máy này đang nghỉ. Em sang bàn cô thủ thư nhé.",
    "scanner": "Máy quét đang nghỉ. Em sang bàn cô thủ thư nhé.",
}
"""Notices and causes by code. The last two are causes why the kiosk is out of order."""

DONE: dict[str, str] = {"checkout": "Mượn", "renewal": "Mượn thêm ngày", "return": "Đã trả"}
"""What became of a book. "Gia hạn" is the librarian's word: a child reads "mượn thêm ngày", on slips too."""

STAFF_CAUSES: dict[str, str] = {
    "unauthorised": "Máy chủ không nhận mã thiết bị của quầy này. Lấy mã mới: trang Thiết bị, bấm Cài lại.",
    "scanner": "Không thấy máy quét. Kiểm tra dây USB, cắm lại là quầy tự nhận.",
    "journal": "Không ghi được sổ nhật ký của quầy. Kiểm tra thẻ nhớ và chỗ trống trên đĩa.",
    "foreign": "Máy trả lời ở địa chỉ máy chủ không phải Kệ Sách của trường. Kiểm tra địa chỉ máy chủ và dây mạng.",
    "other_school": "Máy chủ ở địa chỉ này là của trường khác, quầy không gửi gì tới đó. Kiểm tra địa chỉ máy chủ.",
    "no_data": "Quầy chưa lấy được dữ liệu lần nào nên chỉ nhận trả. Xem địa chỉ máy chủ và dây mạng.",
    "old_data": "Dữ liệu của quầy đã quá cũ nên chỉ nhận trả. Nối mạng tới máy chủ.",
    "twins": "Hai máy dùng chung mã thiết bị này. Giữ một máy; máy kia thêm ở trang Thiết bị với tên khác.",
}
"""Causes and concerns for whoever can mend them: small print in the corner of the screen."""


def say(code: str, params: Mapping[str, Any] | None = None) -> str:
    """The sentence for a notice or a refusal. A code nobody worded becomes a call for the librarian."""
    if code in NOTICES:
        return NOTICES[code]
    if code in REASONS:
        return word(code, params, child=True)
    return f"Có trục trặc nhỏ. {_CALL}"


def say_unwritten(count: int) -> str:
    """Of books scanned behind a card that led nowhere."""
    if not count:
        return ""
    return "Cuốn em vừa quét chưa được ghi." if count == 1 else f"{count} cuốn em vừa quét chưa được ghi."
