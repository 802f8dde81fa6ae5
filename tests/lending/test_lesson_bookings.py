"""Books for a lesson: rules purely, and the whole way on real databases. L120–L127."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lending_facts import OPEN, POLICY, an, asks, book
from lending_facts import loan as loan_of
from lending_world import STAFF, TODAY, World

from library.cataloguing.rules import shorten_numbers
from library.cataloguing.tables import Copy
from library.contract.codes import word
from library.foundation.audit import Actor
from library.foundation.calendar import add_closed_period
from library.foundation.errors import Conflict, InvalidInput, NotFound, Refused
from library.foundation.schoolyear import Calendar
from library.foundation.tables import AuditEntry
from library.kiosk_api.snapshots import make_snapshot
from library.lending.bookings.facts import list_lesson_needs, list_needs_ahead
from library.lending.bookings.queries import get_booking, list_bookings, list_picks
from library.lending.bookings.rules import LessonSpan, Stock, find_conflicts, peak_need
from library.lending.bookings.service import (
    BookingDraft,
    BookingRefused,
    cancel_booking,
    change_booking,
    hand_over_lesson,
    mark_prepared,
    place_booking,
    preview_conflicts,
    take_back_lesson,
)
from library.lending.desk_acts import list_recent_acts
from library.lending.holds import keep_ready, place_hold
from library.lending.model import CopyFacts, Granted, LessonNeed, RefusedBy, RenewalFacts, UnitFact
from library.lending.rules import decide_checkout, decide_renewal
from library.lending.service import check_in, check_out, renew
from library.lending.tables import Loan
from library.lending.units.class_corners import open_corner
from library.lending.units.service import SetRefused, hand_over

AN, BINH, DUNG = "Trần Minh An", "Lê Thanh Bình", "Nguyễn Văn Dũng"
WEDNESDAY = date(2026, 11, 25)
TITLE = "Dế Mèn phiêu lưu ký"


def draft(school: World, copies: int = 3, **changes: object) -> BookingDraft:
    values: dict = {
        "lesson_on": WEDNESDAY, "first_period": 2, "last_period": 3, "teacher_id": school.readers[DUNG],
        "subject": "Ngữ văn", "titles": {school.records[TITLE]: copies}, "class_id": school.add_class("6A1"),
        "equipment": "Máy chiếu",
    }  # fmt: skip
    return BookingDraft(**{**values, **changes})


def span(booking_id: int, copies: int, first: int = 1, last: int = 1, on: date = WEDNESDAY, record: int = 7) -> LessonSpan:
    return LessonSpan(
        booking_id=booking_id, record_id=record, on=on, first_period=first, last_period=last, copies=copies,
        order=booking_id,
    )  # fmt: skip


# --- rules ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("needed", "free", "lesson_on", "refused"),
    [
        (3, 4, WEDNESDAY, False),  # one more than needed: it may go
        (3, 3, WEDNESDAY, True),  # the last one needed
        (3, 2, WEDNESDAY, True),  # already short: not made worse
        (3, 3, TODAY, True),  # today's lesson
        (3, 3, date(2026, 12, 7), True),  # due that very day: too late for the lesson
        (3, 3, date(2026, 12, 8), False),  # back the day before
        (3, 3, date(2026, 11, 20), False),  # over
    ],
)
def test_l120_the_last_copies_a_lesson_needs_stay(needed: int, free: int, lesson_on: date, refused: bool) -> None:
    copy = book(lessons=(LessonNeed(on=lesson_on, needed=needed, free=free),))
    decision = decide_checkout(asks(an(), copy), POLICY, OPEN, TODAY)  # due on 07/12
    assert isinstance(decision, RefusedBy) == refused
    if isinstance(decision, RefusedBy):
        assert decision.codes == ("booked_for_lesson",) and decision.reasons[0].overridable
        granted = decide_checkout(asks(an(), copy), POLICY, OPEN, TODAY, ("booked_for_lesson",))
        assert isinstance(granted, Granted) and granted.set_aside[0].code == "booked_for_lesson"
        assert "tiết học" in word("booked_for_lesson", decision.reasons[0].params, child=True)
    # Read in the house it is back in time.
    assert isinstance(decide_checkout(asks(an(), copy, purpose="in_library"), POLICY, OPEN, TODAY), Granted)


@pytest.mark.parametrize(
    ("copy", "at_unit"),
    [
        (book(ready_for=an().id), None),  # kept for her on the pickup shelf
        (book(unit=UnitFact(id=5, kind="mobile_shelf", name="Tủ Kênh Xáng")), 5),  # lent from the shelf it is on
        (book(status="missing"), None),  # found in her hand
    ],
)
def test_l120_a_copy_no_lesson_counts_on_may_go(copy: CopyFacts, at_unit: int | None) -> None:
    copy = dataclasses.replace(copy, lessons=(LessonNeed(on=WEDNESDAY, needed=3, free=3),))
    asked = dataclasses.replace(asks(an(), copy), at_unit=at_unit)
    assert isinstance(decide_checkout(asked, POLICY, OPEN, TODAY), Granted)


def test_l124_a_renewal_may_not_run_over_a_lesson() -> None:
    need = (LessonNeed(on=date(2026, 12, 9), needed=3, free=3),)
    copy = book(loan=loan_of(due_on=date(2026, 12, 1)), lessons=need)
    asked = RenewalFacts(card="TV00000017", barcode="STN.000010", reader=an(), copy=copy)
    decision = decide_renewal(asked, POLICY, OPEN, TODAY)
    assert isinstance(decision, RefusedBy) and decision.codes == ("booked_for_lesson",)
    # A loan that is out past the lesson anyway is not in the count: renewing takes nothing away.
    late = dataclasses.replace(asked, copy=book(loan=loan_of(due_on=date(2026, 12, 10)), lessons=need))
    assert isinstance(decide_renewal(late, POLICY, OPEN, TODAY), Granted)


def test_l121_lessons_one_after_another_use_the_same_copies() -> None:
    assert peak_need([]) == 0
    assert peak_need([(1, 2, 30), (3, 3, 25)]) == 30
    assert peak_need([(1, 2, 30), (2, 3, 25)]) == 55
    stock = Stock(usable=40, out=(date(2026, 11, 24), WEDNESDAY, date.max))
    assert (stock.free_on(WEDNESDAY), stock.lent_on(WEDNESDAY)) == (38, 2)


def test_l122_who_booked_first_is_served_first() -> None:
    lessons = [span(1, 30, 1, 2), span(2, 20, 2, 3), span(3, 40, 4, 4), span(4, 5, on=WEDNESDAY + timedelta(days=1))]
    found = find_conflicts(lessons, {7: Stock(usable=40, out=(WEDNESDAY,))}, Calendar())
    assert [(one.kind, one.booking_id, one.free, one.lent, one.others, one.missing) for one in found] == [
        ("short", 2, 9, 1, 30, 11), ("short", 3, 39, 1, 0, 1),
    ]  # fmt: skip


def test_l123_a_closed_day_is_named_once() -> None:
    sunday = date(2026, 11, 29)
    found = find_conflicts([span(1, 2, on=sunday), span(1, 2, on=sunday, record=8)], {7: Stock(usable=5)}, Calendar())
    assert [(one.kind, one.record_id) for one in found] == [("closed", None), ("short", 8)]


_spans = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 3), st.integers(1, 30)).map(
        lambda item: (item[0], min(item[0] + item[1], 12), item[2])
    ),
    max_size=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_spans, st.integers(0, 90))
def test_without_conflicts_there_is_a_copy_for_everybody_in_every_period(
    spans: list[tuple[int, int, int]], usable: int
) -> None:
    lessons = [span(number, copies, first, last) for number, (first, last, copies) in enumerate(spans, 1)]
    found = find_conflicts(lessons, {7: Stock(usable=usable)}, Calendar())
    if not found:
        assert peak_need(spans) <= usable
    else:  # whoever is short was short because of those before, never because of those after
        first_short = found[0].booking_id
        assert not find_conflicts(lessons[: first_short - 1], {7: Stock(usable=usable)}, Calendar())


def test_numbers_in_runs() -> None:
    assert shorten_numbers(["SGK.000001", "SGK.000002", "SGK.000003", "SGK.000007", "STK.000008"]) == (
        "SGK.000001–000003, SGK.000007, STK.000008"
    )
    assert shorten_numbers([]) == "" and shorten_numbers(["X"]) == "X"


# --- on real databases ------------------------------------------------------------------------------


def test_a_booking_keeps_the_last_copies_at_desk_and_kiosk(school: World) -> None:
    books = school.add_title(TITLE, 4)
    booking = place_booking(draft(school), actor=STAFF)
    check_out(books[0], reader_id=school.readers[AN], actor=STAFF, channel="desk")  # three are left for three
    for channel, actor in (("desk", STAFF), ("kiosk", Actor("device", "Quầy", None))):
        with pytest.raises(Refused) as caught:
            check_out(books[1], reader_id=school.readers[BINH], actor=actor, channel=channel)
        assert [reason.code for reason in caught.value.reasons] == ["booked_for_lesson"]
    check_out(books[1], reader_id=school.readers[BINH], actor=STAFF, channel="desk", purpose="in_library")
    check_in(books[1], actor=STAFF, channel="desk")
    done = check_out(
        books[1], reader_id=school.readers[BINH], actor=STAFF, channel="desk", overrides=["booked_for_lesson"],
        comment="cô Hà đồng ý",
    )  # fmt: skip
    assert done.set_aside == ("booked_for_lesson",)
    short = get_booking(booking).conflicts[0]
    assert (short.wanted, short.free, short.lent, short.missing) == (3, 2, 2, 1)
    check_in(books[1], actor=STAFF, channel="desk")
    cancel_booking(booking, actor=STAFF)
    check_out(books[1], reader_id=school.readers[BINH], actor=STAFF, channel="desk")  # nothing is kept any more


def test_conflicts_are_said_and_may_be_kept(school: World) -> None:
    books = school.add_title(TITLE, 3)
    check_out(books[0], reader_id=school.readers[AN], actor=STAFF, channel="desk")  # due 07/12, past the lesson
    with pytest.raises(BookingRefused) as caught:
        place_booking(draft(school), actor=STAFF)
    reason = caught.value.reasons[0]
    assert (reason.code, reason.params["free"], reason.params["lent"]) == ("lesson_short", 2, 1)
    assert list_bookings(WEDNESDAY, WEDNESDAY) == []
    kept = place_booking(draft(school), actor=STAFF, anyway=True)
    assert get_booking(kept).conflicts[0].missing == 1
    other = draft(school, copies=2, first_period=3, last_period=3)
    assert [(one.free, one.others) for one in preview_conflicts(other)] == [(0, 3)]
    assert preview_conflicts(draft(school, copies=2, first_period=4, last_period=4)) == []
    after_return = draft(school, lesson_on=date(2026, 12, 8))
    assert preview_conflicts(after_return) == []  # An's copy is due the day before
    with pytest.raises(BookingRefused, match="lesson_closed"):
        place_booking(draft(school, lesson_on=date(2026, 12, 13)), actor=STAFF)
    add_closed_period(date(2026, 12, 8), date(2026, 12, 9), "Hội thi", "other", STAFF)
    assert [one.kind for one in preview_conflicts(after_return)] == ["closed"]
    check_in(books[0], actor=STAFF, channel="desk")
    assert get_booking(kept).conflicts == ()


def test_what_stands_in_a_corner_or_is_kept_serves_no_lesson(school: World) -> None:
    books = school.add_title(TITLE, 4)
    hand_over(open_corner(school.add_class("6A1"), school.readers[DUNG], actor=STAFF), books[:1], actor=STAFF)
    keep_ready(place_hold(school.readers[AN], school.records[TITLE], actor=STAFF), books[1], actor=STAFF)
    Copy.update(status="repair").where(Copy.barcode == books[2]).execute()
    assert preview_conflicts(draft(school, copies=1)) == []
    assert preview_conflicts(draft(school, copies=2))[0].free == 1


def test_l125_l126_handed_over_as_one_document_and_back_by_scanning(school: World) -> None:
    books = school.add_title(TITLE, 4)
    (other,) = school.add_title("Sách khác")
    booking = place_booking(draft(school, lesson_on=TODAY), actor=STAFF)
    mark_prepared(booking, actor=STAFF)
    assert get_booking(booking).state == "prepared"
    with pytest.raises(SetRefused) as caught:
        hand_over_lesson(booking, [books[0], other, "XYZ.1"], actor=STAFF)
    assert [(one.barcode, one.reason.code) for one in caught.value.problems] == [
        (other, "lesson_other_title"), ("XYZ.1", "copy_unknown"),
    ]  # fmt: skip
    assert Loan.select().count() == 0
    done = hand_over_lesson(booking, [books[0], books[3], other], actor=STAFF, skip_problems=True)
    assert (done.number, done.copies, done.short) == ("ST-2026/001", 2, ((TITLE, 1),))
    loans = list(Loan.select())
    assert {(loan.reader_id, loan.purpose, loan.due_on) for loan in loans} == {
        (school.readers[DUNG], "in_library", TODAY)
    }
    with pytest.raises(Conflict, match="lesson_books_out"):
        cancel_booking(booking, actor=STAFF)
    with pytest.raises(Conflict, match="lesson_state_bad"):
        hand_over_lesson(booking, [books[1]], actor=STAFF)
    line = take_back_lesson(booking, [books[3]], actor=STAFF)
    assert (line.state, line.open) == ("out", 1)
    assert [copy.barcode for copy in line.copies if copy.open] == [books[0]]
    check_in(books[0], actor=STAFF, channel="desk")  # brought to the desk: as good
    assert get_booking(booking).state == "done"


def test_by_list_without_scanning_and_counted_back(school: World) -> None:
    books = school.add_title(TITLE, 4)
    check_out(books[1], reader_id=school.readers[AN], actor=STAFF, channel="desk")
    booking = place_booking(draft(school, lesson_on=TODAY), actor=STAFF)
    (pick,) = list_picks(TODAY)
    assert pick.numbers == (books[0], books[2], books[3]) and pick.short == 0
    key = "7b3f1c0e-2a52-4a6e-9d25-3d2f4f0b1a33"
    done = hand_over_lesson(booking, [], actor=STAFF, act_key=key)
    again = hand_over_lesson(booking, [], actor=STAFF, act_key=key)
    assert (done.copies, again.number) == (3, done.number) and Loan.select().count() == 4
    assert list_picks(TODAY) == []
    assert take_back_lesson(booking, [], actor=STAFF).state == "done"
    assert [act.barcode for act in list_recent_acts(STAFF)] == [books[1]]  # L203: a class set is one document
    assert Loan.select().where(Loan.returned_at.is_null()).count() == 1


def test_a_teacher_with_late_books_still_gets_the_class_set(school: World) -> None:
    school.add_title(TITLE, 3)
    (late,) = school.add_title("Cuốn trễ")
    long_ago = school.clock.at - timedelta(days=200)
    check_out(late, reader_id=school.readers[DUNG], actor=STAFF, channel="desk", occurred_at=long_ago)
    booking = place_booking(draft(school, lesson_on=TODAY), actor=STAFF)
    assert hand_over_lesson(booking, [], actor=STAFF).copies == 3


def test_lessons_of_a_day_share_copies_where_periods_do_not_meet(school: World) -> None:
    books = school.add_title(TITLE, 3)
    place_booking(draft(school, first_period=1, last_period=1), actor=STAFF)
    place_booking(draft(school, first_period=2, last_period=2), actor=STAFF)
    third = place_booking(draft(school, copies=1, first_period=2, last_period=4), actor=STAFF, anyway=True)
    picks = {pick.booking.first_period: pick for pick in list_picks(WEDNESDAY) if pick.booking.id != third}
    assert picks[1].numbers == picks[2].numbers == tuple(books)
    assert [line.id for line in list_bookings(WEDNESDAY, WEDNESDAY) if line.conflicts] == [third]
    (need,) = list_lesson_needs(school.records[TITLE], TODAY)
    assert (need.on, need.needed, need.free) == (WEDNESDAY, 4, 3)


def test_changing_keeps_the_place_and_what_is_kept_follows(school: World) -> None:
    school.add_title(TITLE, 4)
    booking = place_booking(draft(school, copies=2), actor=STAFF)
    change_booking(booking, draft(school, copies=4, subject="Ngữ văn nâng cao"), actor=STAFF)
    line = get_booking(booking)
    assert (line.subject, line.wanted, line.periods, line.teacher) == ("Ngữ văn nâng cao", 4, "2–3", DUNG)
    entry = AuditEntry.select().where(AuditEntry.action == "booking.change").get()
    assert entry.before["subject"] == "Ngữ văn" and entry.after["copies"] == 4
    school.clock.set_day(WEDNESDAY + timedelta(days=1))
    assert get_booking(booking).state == "missed"
    assert list_lesson_needs(school.records[TITLE], WEDNESDAY + timedelta(days=1)) == ()


def test_renewal_at_the_desk_stops_before_a_lesson(school: World) -> None:
    books = school.add_title(TITLE, 3)
    check_out(books[0], reader_id=school.readers[AN], actor=STAFF, channel="desk")  # due 07/12
    place_booking(draft(school, lesson_on=date(2026, 12, 9)), actor=STAFF)
    with pytest.raises(Refused, match="booked_for_lesson"):
        renew(books[0], reader_id=school.readers[AN], actor=STAFF)


def test_the_snapshot_carries_what_lessons_need(school: World) -> None:
    school.add_title(TITLE, 3)
    before = make_snapshot()["version"]
    place_booking(draft(school), actor=STAFF)
    changes = make_snapshot(before)
    assert not changes["full"] and changes["copies"] == []
    wanted = [{"record_id": school.records[TITLE], "on": "2026-11-25", "needed": 3}]
    assert changes["policy"]["lessons"] == wanted == list_needs_ahead(TODAY)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"titles": {}}, "lesson_titles_none"), ({"first_period": 0}, "lesson_period_bad"),
        ({"first_period": 4}, "lesson_period_bad"), ({"last_period": 13}, "lesson_period_bad"),
        ({"lesson_on": TODAY - timedelta(days=1)}, "lesson_day_bad"), ({"subject": " "}, "lesson_subject_missing"),
        ({"teacher_id": 9_999}, "lesson_teacher_bad"), ({"copies": 0}, "lesson_copies_bad"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_by_field(school: World, changes: dict, code: str) -> None:
    school.add_title(TITLE, 3)
    with pytest.raises(InvalidInput, match=code):
        place_booking(draft(school, **changes), actor=STAFF)
    assert list_bookings(TODAY, WEDNESDAY) == []


def test_what_is_unknown_is_said(school: World) -> None:
    school.add_title(TITLE, 3)
    with pytest.raises(NotFound, match="lesson_unknown"):
        get_booking(99)
    with pytest.raises(NotFound, match="lesson_unknown"):
        cancel_booking(99, actor=STAFF)
    with pytest.raises(NotFound, match="record_unknown"):
        place_booking(draft(school, titles={9_999: 1}), actor=STAFF)
    Copy.update(status="lost").execute()
    booking = place_booking(draft(school, lesson_on=TODAY), actor=STAFF, anyway=True)
    with pytest.raises(SetRefused, match="lesson_no_copy"):
        hand_over_lesson(booking, [], actor=STAFF)
