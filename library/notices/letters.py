"""The words of slips, sheets and mails: kind, short, asking for a book and never blaming a child. Pure.

Next: sheets.py (XLSX), outbox.py (mails).
"""

from __future__ import annotations

from datetime import date

from library.notices.model import BookLine, ClassNotice, NoticeOf, PersonNotice


def slip_opening(of: str) -> str:
    """What a pupil reads above the list of books."""
    words: dict[str, str] = {
        NoticeOf.OVERDUE: "Sách dưới đây đã quá hạn trả. Em mang đến thư viện giúp cô nhé, "
        "các bạn khác cũng đang mong đọc.",
        NoticeOf.RECALLED: "Thư viện đang cần cuốn dưới đây cho việc chung. Em mang trả sớm giúp cô nhé.",
        NoticeOf.LEAVING: "Trước khi ra trường, em trả giúp thư viện những cuốn dưới đây nhé.",
    }
    return words.get(of, "Em đang mượn những cuốn dưới đây. Em nhớ ngày trả nhé.")


def slip_closing(of: str) -> str:
    if of == NoticeOf.ALL:
        return "Em đọc vui."
    return "Nếu em đã trả rồi hoặc chưa tìm thấy sách, em ghé thư viện để cùng xem lại. Cảm ơn em."


def sheet_request(of: str, notice: ClassNotice, summer_day: date | None) -> str:
    """What the homeroom teacher is asked, under the list; without a class the list is for those on it."""
    if not notice.name:
        return "" if of == NoticeOf.ALL else "Kính mong thầy cô sắp xếp trả sách cho thư viện. Trân trọng cảm ơn."
    if of == NoticeOf.LEAVING:
        until = f" trước ngày {summer_day:%d/%m/%Y}" if summer_day else ""
        return f"Kính nhờ giáo viên chủ nhiệm nhắc các em trả đủ sách{until}. Trân trọng cảm ơn thầy cô."
    if of == NoticeOf.ALL:
        return "Danh sách để thầy cô theo dõi; ngày trả ghi ở từng cuốn."
    return "Kính nhờ giáo viên chủ nhiệm nhắc riêng từng em mang sách trả thư viện. Trân trọng cảm ơn thầy cô."


def mail_subject(of: str, notice: ClassNotice) -> str:
    words: dict[str, str] = {
        NoticeOf.OVERDUE: f"Thư viện: sách quá hạn của lớp {notice.name}",
        NoticeOf.RECALLED: f"Thư viện xin nhận lại sách của lớp {notice.name}",
        NoticeOf.LEAVING: f"Thư viện: các em lớp {notice.name} chưa trả sách",
    }
    return words.get(of, f"Thư viện: sách lớp {notice.name} đang mượn")


def mail_body(of: str, notice: ClassNotice, *, school: str, on: date, summer_day: date | None) -> str:
    """Plain text for the homeroom teacher alone."""
    said = [
        f"Kính gửi thầy cô {notice.homeroom},",
        "",
        f"Đến ngày {on:%d/%m/%Y}, lớp {notice.name} có {len(notice.people)} em đang giữ {notice.loans} cuốn:",
        "",
    ]
    for person in notice.people:
        said.append(f"- {_person(person)}:")
        said += [f"    {_book(line)}" for line in person.lines]
    said += [
        "",
        sheet_request(of, notice, summer_day),
        "Xin thầy cô không chuyển tiếp danh sách này vào nhóm chung.",
        "",
        f"Thư viện {school}",
    ]
    return "\n".join(said) + "\n"


def _person(person: PersonNotice) -> str:
    return f"{person.name} ({person.apart})" if person.apart else person.name


def _book(line: BookLine) -> str:
    late = f", trễ {line.days_late} ngày" if line.days_late else ""
    return f"{line.title}, số {line.accession_number}, hạn {line.due_on:%d/%m/%Y}{late}"
