"""What every figure of a report means: pure definitions, numbered as in docs/counting-rules.md.

Which days belong to a report, which line a book or a person is counted on, what a loan is and what a
visit is, and what is never counted twice. SQL that follows them is in queries.py. Next: model.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from library.cataloguing.model import Material

WindowMode = Literal["calendar", "15_14"]


@dataclass(frozen=True, slots=True)
class Window:
    """The days (inclusive, Vietnamese calendar days) whose events a month's report counts. C1."""

    year: int
    month: int
    mode: str
    from_on: date
    until_on: date

    def holds(self, day: date) -> bool:
        return self.from_on <= day <= self.until_on


def report_window(year: int, month: int, mode: str) -> Window:
    """C1: the calendar month, or the 15th of the month before to the 14th (NĐ 09/2019). ValueError else."""
    first = date(year, month, 1)
    if mode == "calendar":
        until_on = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        return Window(year, month, mode, first, until_on)
    if mode == "15_14":
        return Window(year, month, mode, (first - timedelta(days=1)).replace(day=15), date(year, month, 14))
    raise ValueError(f"unknown report window: {mode!r}")


# C2: the lines of a report. Dictionaries stand with the reference books, as schools' registers have it.
GROUP_LABELS: dict[str, str] = {
    "textbook": "Sách giáo khoa",
    "reference": "Sách tham khảo",
    "teacher": "Sách nghiệp vụ",
    "children": "Sách thiếu nhi",
    "periodical": "Báo, tạp chí",
    "other": "Tài liệu khác",
}
_GROUP_OF: dict[str, str] = {
    Material.TEXTBOOK: "textbook",
    Material.REFERENCE: "reference",
    Material.TOOL: "reference",
    Material.TEACHER: "teacher",
    Material.CHILDREN: "children",
    Material.PERIODICAL: "periodical",
}


def group_of(material: str) -> str:
    """The line a document type is counted on (C2); what has no line of its own is `other`."""
    return _GROUP_OF.get(material, "other")


def materials_of(group: str) -> frozenset[str] | None:
    """The document types of a line; None for `other`, which is every type without a line."""
    found = frozenset(str(material) for material, line in _GROUP_OF.items() if line == group)
    return found or None


def reader_row_of(kind: str, grade: int | None) -> str:
    """C3: pupils by grade on the day; teachers and staff together; everybody else (parents, guests) together."""
    if kind == "pupil":
        return f"pupil_{grade}" if grade is not None else "pupil_unknown"
    return "teacher" if kind in ("teacher", "staff") else "other"


# C6/C8: what a loan row is counted as. A loan inside a corner or shelf is of a copy that was counted when
# it was sent there, so it stands apart.
HOME, IN_LIBRARY, IN_UNIT = "home", "in_library", "unit"
CORRECTED = "corrected"  # a loan made by mistake and taken back: never counted
SENT_KINDS = ("out", "exchange")  # hand-overs that send copies out; carrying over to a new year sends none
CORNER = "class_corner"


def loan_column(purpose: str, in_unit: bool) -> str:
    """C6–C8: `home` (mượn về), `in_library` (đọc tại chỗ) or `unit` (inside a corner or shelf)."""
    if in_unit or purpose == IN_UNIT:
        return IN_UNIT
    return IN_LIBRARY if purpose == IN_LIBRARY else HOME


def turnover(issues: int, stock: int) -> float | None:
    """C10, vòng quay: issues ÷ copies held at the end of the period, two decimals; None without copies."""
    return round(issues / stock, 2) if stock else None


def share(part: int, whole: int) -> float | None:
    """A rate as a share of one; None when there is nothing to measure against."""
    return part / whole if whole else None


# Said beside the rows of a figure on the staff page. docs/counting-rules.md has one part for each (tested).
RULES: dict[str, str] = {
    "C1": "Kỳ số liệu theo ngày dương lịch giờ Việt Nam: trọn tháng, hoặc từ ngày 15 tháng trước đến hết ngày 14.",
    "C2": "Tài liệu xếp theo loại; từ điển, sách tra cứu tính vào sách tham khảo.",
    "C3": "Học sinh xếp theo khối vào ngày mượn hoặc đến; giáo viên và nhân viên chung một dòng.",
    "C4": "Số người phục vụ: học sinh đang học, thầy cô đang công tác vào ngày cuối kỳ.",
    "C5": "Lượt đến: mỗi người một lần đến là một lượt; lớp đến cả lớp tính theo sĩ số đã ghi.",
    "C6": "Lượt mượn về: mỗi bản cho một người mượn là một lượt. Gia hạn không tính; lượt ghi nhầm đã huỷ không tính.",
    "C7": "Đọc tại chỗ: mỗi bản lấy đọc trong thư viện là một lượt.",
    "C8": "Góc lớp, tủ lưu động: mỗi bản giao đi là một lượt luân chuyển. Lượt đọc tại đó do lớp ghi, để riêng, "
    "không cộng vào lượt mượn.",
    "C9": "Bạn đọc khác nhau: mỗi người có đến hoặc có mượn trong kỳ chỉ tính một lần.",
    "C10": "Tổng lượt: lượt của cá nhân, bản giao góc lớp và bản giao tủ lưu động cộng lại. "
    "Vòng quay: tổng lượt chia số bản đang có cuối kỳ.",
    "C11": "Bổ sung: bản nhập kho trong kỳ có chứng từ. Kê khai vốn sẵn có (hồi cố) ghi riêng.",
    "C12": "Số tiền: giá các bản mua bằng ngân sách hoặc kinh phí khác; sách được tặng không tính tiền.",
    "C13": "Quá hạn: bản đang mượn, hạn trả đã qua vào ngày cuối kỳ (kỳ chưa hết thì đến hôm nay).",
    "C14": "Mất, hỏng, thanh lý: theo ngày ghi trong kỳ; mỗi bản một lần.",
    "C15": "Buổi giới thiệu sách: buổi đã thực hiện trong kỳ; cần một buổi theo chủ điểm và một buổi theo "
    "chuyên đề tổ chuyên môn.",
    "C16": "Tiết đọc: tiết đã ghi trong kỳ, theo lớp; không cộng vào lượt đến.",
}
