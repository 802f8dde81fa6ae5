"""Books for the same lesson week after week (L193, L194), and corners that leave lessons their books (L192)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from lending_world import STAFF, TODAY, World, prefer

from library.cataloguing.tables import Copy
from library.foundation.errors import Conflict, InvalidInput, Refused
from library.foundation.tables import AuditEntry, ClosedPeriod
from library.lending.bookings.queries import get_booking
from library.lending.bookings.rules import list_series_days
from library.lending.bookings.series import (
    SeriesRefused,
    cancel_rest,
    list_series,
    place_series,
    preview_series,
    term_end,
)
from library.lending.bookings.service import BookingDraft, cancel_booking, hand_over_lesson, place_booking
from library.lending.service import check_out
from library.lending.tables import LessonBooking
from library.lending.units import set_drafts
from library.lending.units.class_corners import open_corner
from library.lending.units.mobile_shelves import open_shelf
from library.lending.units.service import hand_over

AN, BINH, DUNG, TITLE = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng", "Dế Mèn phiêu lưu ký"
TUESDAY = TODAY + timedelta(days=8)  # 24/11 is a day off (Ngày Văn hoá Việt Nam)


def draft(school: World, copies: int = 2, **changes: Any) -> BookingDraft:
    given: dict[str, Any] = {
        "lesson_on": TUESDAY, "first_period": 3, "last_period": 3, "teacher_id": school.readers[DUNG],
        "subject": "Ngữ văn", "titles": {school.records[TITLE]: copies}, "class_id": school.add_class("6A1"),
    }  # fmt: skip
    return BookingDraft(**{**given, **changes})


def test_l193_every_tuesday_to_the_end_of_term_but_on_closed_days(school: World) -> None:
    school.add_title(TITLE, 3)
    closed = TUESDAY + timedelta(weeks=2)
    ClosedPeriod.create(starts_on=closed, ends_on=closed, name="Hội khoẻ Phù Đổng", kind="other")
    done = place_series(draft(school), actor=STAFF)
    days = [line.on for line in list_series(done.booking_ids[0])]
    assert days[0] == TUESDAY and days[-1] <= date(2027, 1, 17) < days[-1] + timedelta(weeks=1)  # HKII: 18/01
    assert {day.isoweekday() for day in days} == {2} and closed not in days
    assert done.closed == (closed,) and done.short == ()
    assert [get_booking(one).first_period for one in done.booking_ids] == [3] * len(days)
    assert AuditEntry.select().where(AuditEntry.action == "booking.series").count() == 1
    # The last of them keeps its copies in the house as well as the first.
    school.clock.set_day(days[-1] - timedelta(days=3))
    books = [copy.barcode for copy in Copy.select().where(Copy.record == school.records[TITLE])]
    check_out(books[0], reader_card=school.cards[AN], actor=STAFF, channel="desk")
    with pytest.raises(Refused, match="booked_for_lesson"):
        check_out(books[1], reader_card=school.cards[BINH], actor=STAFF, channel="desk")


def test_l193_days_with_too_few_books_are_named_before_anything_is_kept(school: World) -> None:
    school.add_title(TITLE, 3)
    second = TUESDAY + timedelta(weeks=1)
    place_booking(draft(school, 2, lesson_on=second, class_id=school.add_class("6A2")), actor=STAFF)
    until = TUESDAY + timedelta(weeks=3)
    with pytest.raises(SeriesRefused) as caught:
        place_series(draft(school), until=until, actor=STAFF)
    short = {day.on: day.conflicts[0] for day in caught.value.days if day.conflicts}
    assert list(short) == [second] and (short[second].free, short[second].others) == (1, 2)
    assert LessonBooking.select().count() == 1
    left_out = place_series(draft(school), until=until, actor=STAFF, only_whole=True)
    assert left_out.short == (second,) and len(left_out.booking_ids) == 3
    kept = place_series(draft(school, 1, first_period=5, last_period=5), until=until, weeks=2, actor=STAFF)
    assert [line.on for line in list_series(kept.booking_ids[0])] == [TUESDAY, TUESDAY + timedelta(weeks=2)]
    anyway = place_series(draft(school, 3), until=until, actor=STAFF, anyway=True)
    assert len(anyway.booking_ids) == 4 and get_booking(anyway.booking_ids[0]).conflicts


def test_l194_one_or_all_the_rest_is_cancelled(school: World) -> None:
    school.add_title(TITLE, 3)
    ids = place_series(draft(school), until=TUESDAY + timedelta(weeks=5), actor=STAFF).booking_ids
    cancel_booking(ids[1], actor=STAFF)
    school.clock.set_day(TUESDAY)
    hand_over_lesson(ids[0], [], actor=STAFF)
    assert cancel_rest(ids[3], actor=STAFF) == 3
    states = [line.status for line in list_series(ids[5])]
    assert states == ["out", "cancelled", "planned", "cancelled", "cancelled", "cancelled"]
    assert cancel_rest(ids[0], actor=STAFF) == 1  # its own books are at the class: only the third was left
    with pytest.raises(Conflict, match="series_over"):
        cancel_rest(ids[0], actor=STAFF)
    alone = place_booking(draft(school, 1, lesson_on=TUESDAY + timedelta(weeks=1)), actor=STAFF)
    assert list_series(alone) == []
    with pytest.raises(Conflict, match="series_over"):
        cancel_rest(alone, actor=STAFF)


def test_a_series_that_cannot_be_is_said(school: World) -> None:
    school.add_title(TITLE, 3)
    for more, code in (
        ({"weeks": 0}, "series_weeks_bad"),
        ({"weeks": 99}, "series_weeks_bad"),
        ({"until": TUESDAY}, "series_until_bad"),
        ({"until": TUESDAY + timedelta(days=500)}, "series_until_bad"),
    ):
        with pytest.raises(InvalidInput, match=code):
            preview_series(draft(school), **more)  # type: ignore[arg-type]  # a number or a day
    prefer(weekly_closed_days=[1, 2, 3, 4, 5, 6, 7])  # a library that never opens: an end, and words
    with pytest.raises(InvalidInput, match="series_nothing"):
        place_series(draft(school), actor=STAFF)
    assert LessonBooking.select().count() == 0


def test_the_end_of_the_second_term_is_before_the_summer(school: World) -> None:
    assert term_end(date(2026, 11, 24)) == date(2027, 1, 17)
    assert term_end(date(2027, 3, 2)) == date(2027, 5, 25)
    assert list_series_days(date(2027, 3, 2), date(2027, 3, 30), 2) == [
        date(2027, 3, 2), date(2027, 3, 16), date(2027, 3, 30)
    ]  # fmt: skip


# --- corners and lessons (L192) -------------------------------------------------------------------


def listed(unit: int) -> dict[str, str]:
    """title -> what a lesson lacks, of the set being composed."""
    return {line.title: line.lesson.code if line.lesson else "" for line in set_drafts.list_draft(unit)}


def test_l192_what_a_lesson_needs_is_not_proposed_for_a_corner(school: World) -> None:
    (one, _) = school.add_title(TITLE, 2)
    school.add_title("Truyện khác", 2)
    place_booking(draft(school, 2, lesson_on=TODAY + timedelta(days=10)), actor=STAFF)
    unit = open_corner(school.add_class("6A1"), school.readers[DUNG], actor=STAFF)
    set_drafts.propose_into_draft(unit, 5, actor=STAFF)
    assert set(listed(unit)) == {"Truyện khác"}
    set_drafts.add_to_draft(unit, [one], actor=STAFF)  # scanned all the same: it is said
    assert listed(unit) == {"Truyện khác": "", TITLE: "booked_for_lesson"}
    done = set_drafts.hand_over_draft(unit, actor=STAFF)
    assert [(lesson.title, lesson.reason.params["count"]) for lesson in done.lessons] == [(TITLE, 2)]


def test_l192_copies_beyond_the_need_and_lessons_after_the_set_is_back_are_no_hindrance(school: World) -> None:
    school.add_title(TITLE, 3)
    unit = open_corner(school.add_class("6A1"), school.readers[DUNG], actor=STAFF, due_on=TODAY + timedelta(days=20))
    place_booking(draft(school, 2, lesson_on=TODAY + timedelta(days=10)), actor=STAFF)
    place_booking(draft(school, 3, lesson_on=TODAY + timedelta(days=22)), actor=STAFF)
    assert set_drafts.propose_into_draft(unit, 5, actor=STAFF) == 1
    assert listed(unit) == {TITLE: ""}
    shelf = open_shelf("Tủ số 1", actor=STAFF, responsible_id=school.readers[DUNG])  # away for the usual weeks
    assert set_drafts.propose_into_draft(shelf, 5, actor=STAFF) == 0


def test_l192_a_scanned_set_says_what_it_takes_from_a_lesson(school: World) -> None:
    books = school.add_title(TITLE, 3)
    place_booking(draft(school, 2, lesson_on=TODAY + timedelta(days=10)), actor=STAFF)
    unit = open_corner(school.add_class("6A1"), school.readers[DUNG], actor=STAFF)
    assert hand_over(unit, books[:1], actor=STAFF).lessons == ()
    (said,) = hand_over(unit, books[1:2], actor=STAFF).lessons
    assert (said.reason.params["on"], said.reason.params["free"]) == (TODAY + timedelta(days=10), 2)
