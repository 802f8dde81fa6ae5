"""A report as an official paper, before it is DOCX, PDF, XLSX or a page.

The order is domain.md §H9, the frame is NĐ 30/2020/NĐ-CP (§E3). All renderers print the same blocks, so they
cannot differ. Pure. Next: paper.py (the parts), docx.py, xlsx.py, pdf.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from library.promotion.model import FORM_LABELS, SessionForm
from library.reporting.model import (
    PERIOD_COLUMNS,
    READER_COLUMNS,
    SUPPLY_COLUMNS,
    MonthFigures,
    Report,
    SessionLine,
)
from library.reporting.narrative import number_text
from library.reporting.paper import Block, Cell, Column, Heading, Paper, Paragraph, School, Signature, Table


def official_date(day: date) -> str:
    """NĐ 30/2020: a 0 before days below 10 and months 1 and 2 only."""
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def number_line(number: str, symbol: str) -> str:
    """Số: 07/BC-THCSND; a 0 before numbers below 10; dots to write on while there is no number."""
    shown = number.strip()
    if not shown:
        shown = "........"
    elif shown.isdecimal():
        shown = f"{int(shown):02d}"
    return f"Số: {shown}" if "/" in shown else f"Số: {shown}/{symbol}"


def make_paper(report: Report, school: School) -> Paper:
    """Lay a report out. Pure: the same report and school give the same paper."""
    figures = report.figures
    place = school.place.strip()
    dated = official_date(report.dated_on)
    return Paper(
        superior=school.superior.strip().upper(),
        school=school.name.strip().upper(),
        number_line=number_line(report.number, school.symbol),
        place_and_date=f"{place}, {dated}" if place else dated.capitalize(),
        kind="BÁO CÁO",
        subject=(
            f"Công tác thư viện và phát triển văn hoá đọc tháng {figures.month} năm {figures.year}",
            f"Năm học {figures.school_year.replace('-', ' - ')}",
        ),
        recipient=school.recipient.strip(),
        opening=_opening(figures, school.name.strip()),
        blocks=tuple(_blocks(report)),
        receivers=("Như trên", "Ban giám hiệu", "Lưu: VT, TV."),
        signatures=(
            Signature("CÁN BỘ THƯ VIỆN", school.librarian_name.strip()),
            Signature(school.head_title.strip().upper(), school.head_name.strip()),
        ),
        status=report.status,
        version=report.version,
    )


def _opening(figures: MonthFigures, school_name: str) -> str:
    text = (
        f"{school_name} báo cáo công tác thư viện và phát triển văn hoá đọc tháng {figures.month} năm {figures.year} "
        f"(số liệu từ ngày {figures.from_on:%d/%m/%Y} đến hết ngày {figures.counted_until_on:%d/%m/%Y}) như sau:"
    )
    return text


def _blocks(report: Report) -> list[Block]:
    figures, words = report.figures, report.words
    blocks: list[Block] = [
        Heading("I. TÌNH HÌNH BỔ SUNG SÁCH, BÁO, TẠP CHÍ", 1),
        _supply_table(figures),
    ]
    if figures.retro_copies:
        blocks.append(
            Paragraph(
                f"Ngoài ra, kê khai vào hệ thống {number_text(figures.retro_copies)} bản của vốn sách sẵn có "
                "(không tính là bổ sung)."
            )
        )
    blocks += [
        Heading("II. HOẠT ĐỘNG CỦA THƯ VIỆN", 1),
        Heading("1. Bạn đọc", 2),
        Paragraph(_readers_sentence(figures)),
        _readers_table(figures),
        Heading("2. Luân chuyển sách, báo", 2),
        _rotation_table(figures),
    ]
    if figures.unit_reads:
        blocks.append(
            Paragraph(
                f"Các lớp ghi nhận {number_text(figures.unit_reads)} lượt đọc tại góc lớp, tủ sách lưu động "
                "(không cộng vào bảng trên)."
            )
        )
    blocks += [
        Heading("3. Tuyên truyền giới thiệu sách", 2),
        Paragraph(_quota_sentence(figures)),
    ]
    if figures.sessions:
        blocks.append(_sessions_table(figures))
    blocks.append(Heading("4. Tiết đọc, tiết học tại thư viện", 2))
    if figures.periods:
        blocks.append(_periods_table(figures))
    else:
        blocks.append(Paragraph("Trong kỳ không có tiết đọc, tiết học tại thư viện."))
    activities = [_activity(line) for line in figures.activities] + list(words.activities)
    blocks += [
        Heading("5. Hoạt động khác", 2),
        *_lines(activities, "Không có."),
        Heading("6. Công tác phối hợp", 2),
        *_lines(words.coordination, "Không có."),
        Heading("III. TỒN TẠI, HẠN CHẾ", 1),
        _troubles_table(figures),
        *_lines(words.shortcomings, None),
        Heading("IV. KIẾN NGHỊ, ĐỀ XUẤT", 1),
        Heading("1. Đối với nhà trường", 2),
        *_lines(words.proposals_school, "Không có."),
        Heading("2. Đối với cấp trên", 2),
        *_lines(words.proposals_superior, "Không có."),
        Heading(f"V. KẾ HOẠCH THÁNG {figures.month % 12 + 1}", 1),
        *_lines(words.plan, "Thực hiện theo kế hoạch năm học của thư viện."),
    ]
    return blocks


def _lines(lines: Sequence[str], nothing: str | None) -> list[Block]:
    if not lines:
        return [Paragraph(nothing)] if nothing else []
    return [Paragraph(line, bullet=True) for line in lines]


def _readers_sentence(figures: MonthFigures) -> str:
    total, pupils = figures.readers_total, figures.pupils_total
    text = f"Trong kỳ có {number_text(total.visits)} lượt bạn đọc đến thư viện; "
    text += f"{number_text(total.distinct)} bạn đọc khác nhau"
    if pupils.share is not None:
        text += (
            f", trong đó {number_text(pupils.distinct)} học sinh, đạt {Cell(pupils.share, 'percent').text} số học sinh"
        )
    return text + f"; {number_text(total.home)} lượt mượn về, {number_text(total.in_library)} lượt đọc tại chỗ."


def _quota_sentence(figures: MonthFigures) -> str:
    theme = sum(1 for line in figures.sessions if line.slot == "theme")
    department = len(figures.sessions) - theme
    held = f"Đã tổ chức {theme} buổi theo chủ điểm tháng và {department} buổi theo chuyên đề của tổ chuyên môn"
    if figures.quota_met:
        return f"{held}: đủ số buổi quy định (mỗi tháng ít nhất một buổi mỗi loại)."
    if not figures.quota_required:
        return f"{held}. Tháng này không quy định số buổi."
    lacking = [
        name
        for name, done in (
            ("buổi theo chủ điểm", figures.theme_ok),
            ("buổi theo chuyên đề tổ chuyên môn", figures.department_ok),
        )
        if not done
    ]
    return f"{held}: còn thiếu {' và '.join(lacking)} so với quy định."


def _activity(line: SessionLine) -> str:
    """One line: what it was, in which form, for whom, how many came, which books were introduced."""
    told = line.form_label == FORM_LABELS[SessionForm.OTHER] or line.form_label.casefold() in line.subject.casefold()
    facts = [] if told else [line.form_label]
    facts += [line.audience] if line.audience else []
    if line.attendance is not None:
        facts.append(f"{number_text(line.attendance)} lượt dự")
    tail = f" ({'; '.join(facts)})" if facts else ""
    books = f"; giới thiệu sách: {'; '.join(f'“{title}”' for title in line.books)}" if line.books else ""
    return f"Ngày {line.held_on:%d/%m}: {line.subject}{tail}{books}."


def _supply_table(figures: MonthFigures) -> Table:
    rows = []
    shown = [row for row in figures.supply if row.key != "other" or row.copies]
    for position, row in enumerate((*shown, figures.supply_total), start=1):
        prefix = f"supply.{row.key}."
        rows.append(
            (
                Cell(position if row.key != "total" else "", "number"),
                Cell(row.label),
                Cell(row.copies, "number", prefix + "copies"),
                Cell(row.budget, "money", prefix + "budget"),
                Cell(row.other_money, "money", prefix + "other_money"),
                Cell(row.donated, "number", prefix + "donated"),
            )
        )
    columns = (
        Column("STT", 0.08, "center"),
        Column("Loại", 0.28),
        Column(SUPPLY_COLUMNS["copies"] + " (bản)", 0.14, "right"),
        Column("Ngân sách (đồng)", 0.18, "right"),
        Column("Kinh phí khác (đồng)", 0.18, "right"),
        Column("Được tặng (bản)", 0.14, "right"),
    )
    return Table("I Bổ sung", "Bổ sung trong kỳ", columns, tuple(rows), 1)


def _readers_table(figures: MonthFigures) -> Table:
    rows = []
    shown = [
        row for row in figures.readers if row.key != "other" or any((row.served, row.visits, row.home, row.in_library))
    ]
    for row in (*shown, figures.readers_total):
        prefix = f"readers.{row.key}."
        rows.append(
            (
                Cell(row.label),
                Cell(row.served, "number", prefix + "served"),
                Cell(row.distinct, "number", prefix + "distinct"),
                Cell(row.share, "percent", prefix + "share"),
                Cell(row.visits, "number", prefix + "visits"),
                Cell(row.home, "number", prefix + "home"),
                Cell(row.in_library, "number", prefix + "in_library"),
            )
        )
    titles = list(READER_COLUMNS.values())
    columns = (Column("Đối tượng", 0.28), *(Column(title, 0.12, "right") for title in titles))
    return Table("II.1 Bạn đọc", "Bạn đọc", columns, tuple(rows), 1)


def _rotation_table(figures: MonthFigures) -> Table:
    rows = []
    for row in (*figures.rotation, figures.rotation_total):
        if row.key == "other" and not (row.total or row.stock):
            continue
        prefix = f"rotation.{row.key}."
        rows.append(
            (
                Cell(row.label),
                Cell(row.persons, "number", prefix + "persons"),
                Cell(row.corners, "number", prefix + "corners"),
                Cell(row.shelves, "number", prefix + "shelves"),
                Cell(row.total, "number", prefix + "total"),
                Cell(row.stock, "number", prefix + "stock"),
                Cell(row.turnover, "ratio", prefix + "turnover"),
            )
        )
    columns = (
        Column("Loại", 0.28),
        Column("Cá nhân (lượt)", 0.12, "right"),
        Column("Góc lớp (bản)", 0.12, "right"),
        Column("Tủ lưu động (bản)", 0.12, "right"),
        Column("Tổng lượt", 0.12, "right"),
        Column("Số bản hiện có", 0.12, "right"),
        Column("Vòng quay", 0.12, "right"),
    )
    return Table("II.2 Luân chuyển", "Luân chuyển sách, báo", columns, tuple(rows), 1)


def _sessions_table(figures: MonthFigures) -> Table:
    rows = tuple(
        (
            Cell(line.held_on, "date"),
            Cell("Chủ điểm" if line.slot == "theme" else "Chuyên đề"),
            Cell(line.subject),
            Cell(line.form_label),
            Cell("; ".join(line.books) or None),
            Cell(line.audience or None),
            Cell(line.attendance, "number"),
        )
        for line in figures.sessions
    )
    columns = (
        Column("Ngày", 0.09, "center"),
        Column("Loại", 0.12),
        Column("Chủ đề", 0.18),
        Column("Hình thức", 0.15),
        Column("Sách giới thiệu", 0.22),
        Column("Đối tượng", 0.14),
        Column("Lượt dự", 0.10, "right"),
    )
    return Table("II.3 Giới thiệu sách", "Buổi giới thiệu sách", columns, rows)


def _periods_table(figures: MonthFigures) -> Table:
    rows = tuple(
        (
            Cell(row.label),
            Cell(row.periods, "number", f"periods.{row.key}.periods"),
            Cell(row.pupils, "number", f"periods.{row.key}.pupils"),
        )
        for row in (*figures.periods, figures.periods_total)
    )
    columns = (
        Column("Lớp", 0.4),
        Column(PERIOD_COLUMNS["periods"], 0.3, "right"),
        Column(PERIOD_COLUMNS["pupils"], 0.3, "right"),
    )
    return Table("II.4 Tiết đọc", "Tiết đọc, tiết học tại thư viện", columns, rows, 1)


def _troubles_table(figures: MonthFigures) -> Table:
    troubles = figures.troubles
    reasons = "; ".join(f"{reason.lower()}: {number_text(count)}" for reason, count in troubles.withdrawn_by_reason)
    rows = (
        (Cell("Quá hạn chưa trả"), Cell(troubles.overdue, "number", "troubles.all.overdue"),
         Cell(f"Tính đến ngày {figures.counted_until_on:%d/%m/%Y}")),
        (Cell("Mất"), Cell(troubles.lost, "number", "troubles.all.lost"), Cell("")),
        (Cell("Hỏng"), Cell(troubles.damaged, "number", "troubles.all.damaged"), Cell("")),
        (Cell("Thanh lý trong kỳ"), Cell(troubles.withdrawn, "number", "troubles.all.withdrawn"),
         Cell(reasons.capitalize())),
    )  # fmt: skip
    columns = (Column("Nội dung", 0.35), Column("Số bản", 0.2, "right"), Column("Ghi chú", 0.45))
    return Table("III Tồn tại", "Tồn tại trong kỳ", columns, rows)
