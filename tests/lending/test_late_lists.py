"""Late books on paper: one sheet a class whichever page prints it; people without a class are called what they are."""

from __future__ import annotations

import re
from datetime import timedelta

from lending_front import Front
from lending_world import STAFF, TODAY

from library.foundation.clock import at_local
from library.lending.service import check_out

AN = "Trần Minh An"
LONG_AGO = at_local(TODAY - timedelta(days=60))


def late(front: Front, *people: tuple[str, str]) -> None:
    for name, kind in people:
        if name not in front.school.readers:
            front.school.add_reader(name, None, kind)
        [book] = front.school.add_title(f"Sách của {name}")
        reader = front.school.readers[name]
        check_out(book, reader_id=reader, actor=STAFF, channel="desk", occurred_at=LONG_AGO)


def sheets(page: str) -> list[str]:
    """The words of each class's sheet, in order; links differ from page to page, words do not."""
    found = re.findall(r'<section class="class-sheet".*?</section>', page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_l160_overdue_and_notices_print_the_same_sheets(front: Front) -> None:
    late(front, (AN, "pupil"), ("Lê Văn Tư", "staff"), ("Phạm Thị Sáu", "teacher"))
    overdue, notices = (sheets(front.desk.client.get(f"/staff/{page}").text) for page in ("overdue", "notices"))
    assert overdue == notices and len(overdue) == 3
    of_class, of_teachers, of_staff = overdue
    assert "Lớp 6A1" in of_class and AN in of_class and "DANH SÁCH SÁCH QUÁ HẠN" in of_class
    assert "Kính nhờ giáo viên chủ nhiệm nhắc riêng từng em" in of_class
    assert "Giáo viên 1 người" in of_teachers and "Phạm Thị Sáu" in of_teachers
    assert "Nhân viên 1 người" in of_staff and "Lê Văn Tư" in of_staff
    assert "chủ nhiệm" not in of_teachers + of_staff, "nobody is asked to remind a colleague of theirs"


def test_a_slip_says_that_the_books_are_late(front: Front) -> None:
    late(front, (AN, "pupil"))
    assert "Sách dưới đây đã quá hạn trả" in front.desk.client.get("/staff/notices/slips").text
