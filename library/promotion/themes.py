"""Usual monthly themes (chủ điểm tháng) by school level, and the key days of each month. Pure data.

Source: domain.md §H3 (customary, so a school may write its own for a school year: service.set_theme).
"""

from __future__ import annotations

_SUMMER = (6, 7, 8)

_THEMES: dict[str, dict[int, str]] = {
    "TH": {
        9: "Mái trường thân yêu của em",
        10: "Vòng tay bạn bè",
        11: "Biết ơn thầy giáo cô giáo",
        12: "Uống nước nhớ nguồn",
        1: "Ngày Tết quê em",
        2: "Em yêu Tổ quốc Việt Nam",
        3: "Yêu quý mẹ và cô giáo",
        4: "Hoà bình và hữu nghị",
        5: "Bác Hồ kính yêu",
        **dict.fromkeys(_SUMMER, "Hè vui, khoẻ và bổ ích"),
    },
    "THCS": {
        9: "Truyền thống nhà trường",
        10: "Chăm ngoan học giỏi",
        11: "Tôn sư trọng đạo",
        12: "Uống nước nhớ nguồn",
        1: "Mừng Đảng, mừng xuân",
        2: "Mừng Đảng, mừng xuân",
        3: "Tiến bước lên Đoàn",
        4: "Hoà bình và hữu nghị",
        5: "Bác Hồ kính yêu",
        **dict.fromkeys(_SUMMER, "Hè vui, khoẻ và bổ ích"),
    },
    "THPT": {
        9: "Thanh niên học tập, rèn luyện vì sự nghiệp công nghiệp hoá, hiện đại hoá đất nước",
        10: "Thanh niên với tình bạn, tình yêu và gia đình",
        11: "Thanh niên với truyền thống hiếu học và tôn sư trọng đạo",
        12: "Thanh niên với sự nghiệp xây dựng và bảo vệ Tổ quốc",
        1: "Thanh niên với việc giữ gìn bản sắc văn hoá dân tộc",
        2: "Thanh niên với lí tưởng cách mạng",
        3: "Thanh niên với vấn đề lập nghiệp",
        4: "Thanh niên với hoà bình, hữu nghị và hợp tác",
        5: "Thanh niên với Bác Hồ",
        **dict.fromkeys(_SUMMER, "Mùa hè tình nguyện vì cuộc sống cộng đồng"),
    },
}

KEY_DAYS: dict[int, tuple[str, ...]] = {
    1: ("09/01 Ngày Học sinh, sinh viên", "Tết Nguyên đán"),
    2: ("03/02 Ngày thành lập Đảng",),
    3: ("08/03 Ngày Quốc tế Phụ nữ", "26/03 Ngày thành lập Đoàn"),
    4: ("21/04 Ngày Sách và Văn hoá đọc Việt Nam", "30/04 Ngày Giải phóng miền Nam"),
    5: (
        "01/05 Ngày Quốc tế Lao động",
        "07/05 Chiến thắng Điện Biên Phủ",
        "15/05 Ngày thành lập Đội",
        "19/05 Ngày sinh Bác Hồ",
    ),
    6: ("01/06 Ngày Quốc tế Thiếu nhi",),
    7: ("27/07 Ngày Thương binh, liệt sĩ",),
    8: ("20/08 Ngày sinh Bác Tôn",),
    9: ("02/09 Quốc khánh", "05/09 Khai giảng"),
    10: ("10/10 Ngày Chuyển đổi số quốc gia", "15/10 Thư Bác gửi ngành Giáo dục", "20/10 Ngày Phụ nữ Việt Nam"),
    11: ("09/11 Ngày Pháp luật Việt Nam", "20/11 Ngày Nhà giáo Việt Nam"),
    12: ("22/12 Ngày thành lập Quân đội nhân dân Việt Nam",),
}


def default_theme(level: str, month: int) -> str:
    """The customary theme of a calendar month; a school of two levels follows the lower one's list."""
    return _THEMES.get(level.split("-")[0], _THEMES["THCS"])[month]
