"""A loan of five long titles, as a kiosk would lay it out: for the tests of this folder."""

from __future__ import annotations

from hardware.receipt_blocks import Banner, Block, Heading, Item, Qr, Row, Rule, Text

QR_DATA = "KESACH/P/K1-000123"
TITLES = [
    "Dế Mèn phiêu lưu ký – ấn bản kỷ niệm 80 năm, minh hoạ màu",
    "Những tấm lòng cao cả (tiểu thuyết dành cho thiếu nhi, tái bản lần thứ mười hai)",
    "Truyện cổ tích Việt Nam chọn lọc: Tấm Cám, Thạch Sanh, Sọ Dừa, Cây khế và những truyện khác",
    "Ngữ văn 6, tập hai (Kết nối tri thức với cuộc sống)",
    "Hoàng tử bé – ĐẶNG ẴM ỖI ỮNG Ỷ LẠI: thử dấu tiếng Việt chồng dòng",
]


def loan_receipt() -> list[Block]:
    blocks: list[Block] = [
        Text("Trường THCS Nguyễn Đình Chiểu", "strong", "center"),
        Text("Thư viện", "body", "center"),
        Heading("Phiếu mượn sách"),
        Banner("BẢN IN LẠI"),
        Row("Bạn đọc", "Em Quỳnh Như, lớp 6A3"),
        Row("Ngày mượn", "22/11/2026, 09:41"),
        Rule(),
    ]
    for number, title in enumerate(TITLES, 1):
        blocks += [Item(title, f"TN-{number:06d}", "Hạn 06/12/2026", f"{number}."), Rule("light")]
    blocks[-1] = Rule()
    return [
        *blocks,
        Row("Em đang mượn", "5 cuốn"),
        Qr(QR_DATA, "Phiếu K1-000123", "Giữ phiếu này để nhớ ngày trả sách."),
        Text("Cảm ơn em đã đọc sách. Hẹn gặp lại!", "strong", "center"),
    ]
