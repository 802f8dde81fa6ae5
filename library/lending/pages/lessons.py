"""Books for lessons: week and month, one booking, the form, pick list, hand-over document, plan to print.

Conflicts are worked out by library/lending/bookings/rules.py; here they are only shown.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.cataloguing.queries import list_cards
from library.cataloguing.rules import shorten_numbers
from library.contract.codes import word
from library.foundation.calendar import load_calendar
from library.foundation.clock import today
from library.foundation.dates import short_day
from library.foundation.errors import KesachError
from library.lending.bookings import queries
from library.lending.bookings.facts import list_stocks
from library.lending.bookings.rules import NO_STOCK, PERIODS, Conflict
from library.lending.bookings.series import SeriesDay, SeriesRefused, cancel_rest, list_series, place_series
from library.lending.bookings.service import (
    BookingDraft,
    BookingRefused,
    cancel_booking,
    change_booking,
    hand_over_lesson,
    mark_prepared,
    place_booking,
    take_back_lesson,
)
from library.lending.pages import blueprint
from library.lending.pages.choosing import BookChoice, choose_book
from library.lending.pages.forms import (
    field_errors,
    need_date,
    read_codes,
    read_date,
    read_number,
    staff_actor,
    words_of,
)
from library.lending.units.service import SetRefused
from library.readers.queries import list_classes, list_departments, search_readers
from library.web.access import staff_page
from library.web.form_values import parse_day, parse_id, parse_month
from library.web.navigation import place

place(blueprint, "lessons", "lending.lessons")

REPEATS = ((1, "Hằng tuần"), (2, "Hai tuần một lần"))
CHIPS = {"planned": "info", "prepared": "good", "out": "notice", "done": "good", "cancelled": "", "missed": "bad"}


@blueprint.context_processor
def _lesson_words() -> dict[str, Any]:
    return {
        "lesson_labels": queries.STATUS_LABELS, "lesson_chips": CHIPS, "shorten_numbers": shorten_numbers,
        "say_conflict": say_conflict,
    }  # fmt: skip


def say_conflict(conflict: Conflict, short: bool = False) -> str:
    """A conflict in words."""
    if conflict.kind == "closed":
        return "Ngày thư viện đóng cửa"
    if short:
        return f"thiếu {conflict.missing} bản"
    why = []
    if conflict.lent:
        why.append(f"{conflict.lent} bản đang mượn quá ngày đó")
    if conflict.others:
        why.append(f"{conflict.others} bản lớp khác đã đặt trước cùng tiết")
    cause = f" ({'; '.join(why)})" if why else ""
    return f"Cần {conflict.wanted} bản, chỉ còn {conflict.free}{cause}"


def _monday(text: str | None) -> date:
    day = parse_day(text or "") or today()
    return day - timedelta(days=day.weekday())


def _count_conflicts(bookings: Iterable[queries.BookingLine]) -> dict[str, int]:
    """How many lessons are short of books, and how many fall on a closed day: a day is no lack of books."""
    kinds = [{conflict.kind for conflict in line.conflicts} for line in bookings]
    return {
        "short": sum("short" in found for found in kinds),
        "on_closed_days": sum("closed" in found for found in kinds),
    }


@staff_page(blueprint, "/staff/lessons")
def lessons() -> str:
    """A week: titles against days, what is booked in each tiết, what is short."""
    monday = _monday(request.args.get("week"))
    days = [monday + timedelta(days=offset) for offset in range(6)]
    bookings = queries.list_bookings(days[0], days[-1] + timedelta(days=1))
    cells: dict[tuple[int, date], list[Any]] = defaultdict(list)
    titles: dict[int, str] = {}
    for line in bookings:
        for title in line.titles:
            titles[title.record_id] = title.title
            cells[title.record_id, line.lesson_on].append((line, title, line.conflict(title.record_id)))
    stocks = list_stocks(list(titles), today())
    calendar = load_calendar()
    return render_template(
        "lending/lessons.html", monday=monday, days=days, bookings=bookings, cells=cells,
        rows=[(record_id, name, stocks.get(record_id, NO_STOCK)) for record_id, name in titles.items()],
        closed={day for day in days if not calendar.is_open(day)}, on=today(),
        before=monday - timedelta(days=7), after=monday + timedelta(days=7),
        **_count_conflicts(bookings),
    )  # fmt: skip


@staff_page(blueprint, "/staff/lessons/month")
def lessons_month() -> str:
    """A month of days: lessons with books, conflicts, closed days."""
    first = date(*parse_month(request.args.get("month"), today()), 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    start = first - timedelta(days=first.weekday())
    end = last + timedelta(days=6 - last.weekday())
    bookings = queries.list_bookings(start, end)
    by_day: dict[date, list[queries.BookingLine]] = defaultdict(list)
    for line in bookings:
        by_day[line.lesson_on].append(line)
    calendar = load_calendar()
    weeks = [
        [start + timedelta(days=week * 7 + day) for day in range(7)] for week in range(((end - start).days + 1) // 7)
    ]
    closed = {day for week in weeks for day in week if not calendar.is_open(day)}
    return render_template(
        "lending/lessons_month.html", first=first, weeks=weeks, by_day=by_day, closed=closed, on=today(),
        before=first - timedelta(days=1), after=last + timedelta(days=1),
        total=sum(first <= line.lesson_on <= last for line in bookings),
        **_count_conflicts(line for line in bookings if first <= line.lesson_on <= last),
    )  # fmt: skip


@staff_page(blueprint, "/staff/lessons/plan")
def lesson_plan() -> str:
    """The week's plan of books and equipment, by department, to print."""
    monday = _monday(request.args.get("week"))
    saturday = monday + timedelta(days=5)
    chosen = request.args.get("department", "")
    bookings = [line for line in queries.list_bookings(monday, saturday) if chosen in ("", line.department)]
    ordered = sorted(bookings, key=lambda line: (line.department == "", line.department))
    groups = [(name, list(lines)) for name, lines in groupby(ordered, key=lambda line: line.department)]
    return render_template(
        "lending/lesson_plan.html", monday=monday, saturday=saturday, groups=groups, chosen=chosen,
        departments=[item.name for item in list_departments()], before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
    )  # fmt: skip


@staff_page(blueprint, "/staff/lessons/pick")
def lesson_picks() -> str:
    """What to fetch from the shelves for a day, in the order of the shelves."""
    day = parse_day(request.args.get("day", "")) or today()
    picks = queries.list_picks(day, parse_id(request.args.get("booking")))
    groups = [(place_name, list(lines)) for place_name, lines in groupby(picks, key=lambda pick: pick.place)]
    return render_template("lending/lesson_pick.html", day=day, groups=groups, picks=picks)


# --- the form -------------------------------------------------------------------------------------

_FIELDS = ("lesson_on", "first_period", "last_period", "teacher_id", "class_id", "subject", "equipment", "note",
           "weeks", "until_on")  # fmt: skip


def _titles_of_form() -> dict[int, int]:
    """record id -> copies, as typed; what is no number counts as 0 and is refused with words later."""
    chosen: dict[int, int] = {}
    for value in request.form.getlist("title"):
        record_id = parse_id(value)
        if record_id is not None:
            chosen[record_id] = parse_id(request.form.get(f"copies-{record_id}")) or 0
    return chosen


def _form_page(
    values: dict[str, Any], titles: dict[int, int], *, booking_id: int | None = None,
    errors: dict[str, str] | None = None, conflicts: tuple[Conflict, ...] = (), book: BookChoice | None = None,
    series: tuple[SeriesDay, ...] = (), adding: bool = False,
) -> str:  # fmt: skip
    cards = {card.id: card for card in list_cards(list(titles))}
    stocks = list_stocks(list(titles), today())
    teachers, _ = search_readers(kind="teacher", limit=500)
    return render_template(
        "lending/lesson_form.html", values=values, booking_id=booking_id, errors=errors or {}, conflicts=conflicts,
        book=book or BookChoice(), series=series, repeats=REPEATS, adding=adding,
        periods=[(number, f"Tiết {number}") for number in PERIODS],
        titles=[(cards[record_id], count, stocks.get(record_id, NO_STOCK)) for record_id, count in titles.items()
                if record_id in cards],
        teachers=[(card.id, card.label) for card in teachers],
        classes=[(card.id, card.name) for card in list_classes() if not card.closed],
        names={record_id: card.full_title for record_id, card in cards.items()},
    )  # fmt: skip


@staff_page(blueprint, "/staff/lessons/new", role="assistant")
def new_lesson() -> str:
    """The form; `from` copies another booking, `day` and `record` fill it in."""
    values: dict[str, Any] = {"lesson_on": request.args.get("day") or "", "first_period": 1, "last_period": ""}
    titles: dict[int, int] = {}
    source = parse_id(request.args.get("from"))
    if source is not None:
        line = queries.get_booking(source)
        values = _values_of(line) | {"lesson_on": "", "class_id": ""}
        titles = {title.record_id: title.copies for title in line.titles}
    book = choose_book(request.args)
    if book.chosen is not None:
        titles[book.chosen.id] = 1
    return _form_page(values, titles)


@staff_page(blueprint, "/staff/lessons/<int:booking_id>/edit", role="assistant")
def edit_lesson(booking_id: int) -> str:
    """The same form for a booking whose books have not gone yet."""
    line = queries.get_booking(booking_id)
    return _form_page(_values_of(line), {title.record_id: title.copies for title in line.titles}, booking_id=booking_id)


def _values_of(line: queries.BookingLine) -> dict[str, Any]:
    return {
        "lesson_on": line.lesson_on.isoformat(), "first_period": line.first_period,
        "last_period": line.last_period, "teacher_id": line.teacher_id, "class_id": line.class_id,
        "subject": line.subject, "equipment": line.equipment, "note": line.note,
    }  # fmt: skip


@staff_page(blueprint, "/staff/lessons/new", role="assistant", methods=("POST",))
def place_lesson() -> str | Response | tuple[str, int]:
    """Add a title to the form, or keep the booking."""
    return _take_form(None)


@staff_page(blueprint, "/staff/lessons/<int:booking_id>/edit", role="assistant", methods=("POST",))
def save_lesson(booking_id: int) -> str | Response | tuple[str, int]:
    return _take_form(booking_id)


def _take_form(booking_id: int | None) -> str | Response | tuple[str, int]:
    values = {name: request.form.get(name, "") for name in _FIELDS}
    titles = _titles_of_form()
    step, _, which = request.form.get("do", "").partition(":")
    if step == "drop":
        titles.pop(parse_id(which) or 0, None)
        return _form_page(values, titles, booking_id=booking_id, adding=True)
    if step in ("add", "pick") or request.form.get("what", "").strip():
        book = choose_book({"record": which} if step == "pick" else {"what": request.form.get("what", "")})
        if book.chosen is not None:
            titles.setdefault(book.chosen.id, _usual_count(parse_id(values["class_id"])))
            book = BookChoice()
        return _form_page(values, titles, booking_id=booking_id, book=book, adding=True)
    try:
        draft = BookingDraft(
            lesson_on=need_date("lesson_on"), first_period=read_number("first_period") or 0,
            last_period=read_number("last_period") or read_number("first_period") or 0,
            teacher_id=read_number("teacher_id") or 0, class_id=read_number("class_id"), subject=values["subject"],
            equipment=values["equipment"], note=values["note"], titles=titles,
        )  # fmt: skip
        anyway = step == "anyway"
        weeks = read_number("weeks") if booking_id is None else None
        if weeks:
            return _place_series(draft, weeks, step)
        if booking_id is None:
            booking_id = place_booking(draft, actor=staff_actor(), anyway=anyway)
        else:
            change_booking(booking_id, draft, actor=staff_actor(), anyway=anyway)
    except BookingRefused as refused:
        return _form_page(values, titles, booking_id=booking_id, conflicts=refused.conflicts), 409
    except SeriesRefused as refused:
        return _form_page(values, titles, series=refused.days), 409
    except KesachError as error:
        return _form_page(values, titles, booking_id=booking_id, errors=field_errors(error)), 422
    flash("Đã ghi lượt đặt sách.", "good")
    return redirect(url_for("lending.lesson", booking_id=booking_id), 303)


def _place_series(draft: BookingDraft, weeks: int, step: str) -> Response:
    """The same lesson through the term; says which days were left out and why (L193)."""
    done = place_series(
        draft, actor=staff_actor(), until=read_date("until_on"), weeks=weeks, anyway=step == "anyway",
        only_whole=step == "whole",
    )  # fmt: skip
    flash(f"Đã đặt sách cho {len(done.booking_ids)} tiết.", "good")
    for days, why in ((done.closed, "đóng cửa"), (done.short, "thiếu sách")):
        if days:
            flash(f"Bỏ {len(days)} ngày {why}: {', '.join(short_day(day) for day in days)}.", "notice")
    return redirect(url_for("lending.lesson", booking_id=done.booking_ids[0]), 303)


def _usual_count(class_id: int | None) -> int:
    """A copy for every pupil of the class."""
    return next((card.pupils for card in list_classes() if card.id == class_id and card.pupils), 1)


# --- one booking ----------------------------------------------------------------------------------


@staff_page(blueprint, "/staff/lessons/<int:booking_id>")
def lesson(booking_id: int) -> str:
    """One booking: what it needs, what stands against it, its next step."""
    return _lesson_page(booking_id)


def _lesson_page(booking_id: int, *, problem: KesachError | None = None, box: str = "", codes: str = "") -> str:
    problems = problem.problems if isinstance(problem, SetRefused) else ()
    return render_template(
        "lending/lesson.html", line=queries.get_booking(booking_id), problems=problems,
        said=words_of(problem) if problem else "", box=box, codes=codes, key=str(uuid.uuid4()), on=today(),
        series=list_series(booking_id),
    )  # fmt: skip


def _act(booking_id: int, act: Any, words: str) -> Response:
    try:
        act()
    except KesachError as error:
        flash(words_of(error), "bad")
    else:
        flash(words, "good")
    return redirect(url_for("lending.lesson", booking_id=booking_id), 303)


@staff_page(blueprint, "/staff/lessons/<int:booking_id>/prepared", role="assistant", methods=("POST",))
def lesson_prepared(booking_id: int) -> Response:
    return _act(booking_id, lambda: mark_prepared(booking_id, actor=staff_actor()), "Đã ghi: sách lấy sẵn ở quầy.")


@staff_page(blueprint, "/staff/lessons/<int:booking_id>/cancel", role="assistant", methods=("POST",))
def lesson_cancel(booking_id: int) -> Response:
    return _act(booking_id, lambda: cancel_booking(booking_id, actor=staff_actor()), "Đã huỷ lượt đặt sách.")


@staff_page(blueprint, "/staff/lessons/<int:booking_id>/cancel-rest", role="assistant", methods=("POST",))
def lesson_cancel_rest(booking_id: int) -> Response:
    """This lesson of a series and all after it."""
    try:
        count = cancel_rest(booking_id, actor=staff_actor())
        flash(f"Đã huỷ {count} lượt đặt sách, từ tiết này đến hết đợt.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.lesson", booking_id=booking_id), 303)


@staff_page(blueprint, "/staff/lessons/<int:booking_id>/hand-over", role="assistant", methods=("POST",))
def lesson_hand_over(booking_id: int) -> Response | tuple[str, int]:
    """Scanned copies, or the free ones by list, go to the teacher as one document."""
    try:
        key = str(uuid.UUID(request.form.get("key", "")))
    except ValueError:
        key = None
    try:
        done = hand_over_lesson(
            booking_id, read_codes(), actor=staff_actor(), skip_problems=request.form.get("skip") == "1", act_key=key
        )
    except SetRefused as error:
        page = _lesson_page(booking_id, problem=error, box="out", codes=request.form.get("barcodes", ""))
        return page, 409
    except KesachError as error:
        flash(words_of(error), "bad")
        return redirect(url_for("lending.lesson", booking_id=booking_id), 303)
    flash(f"Đã giao {done.copies} cuốn, phiếu {done.number}.", "good")
    for title, missing in done.short:
        flash(f"{title}: thiếu {missing} bản so với số đã đặt.", "notice")
    for problem in done.left_out:
        flash(f"{problem.barcode} {problem.title}: {word(problem.reason.code, problem.reason.params)}", "notice")
    return redirect(url_for("lending.lesson_sheet", booking_id=booking_id), 303)


@staff_page(blueprint, "/staff/lessons/<int:booking_id>/back", role="assistant", methods=("POST",))
def lesson_back(booking_id: int) -> Response | tuple[str, int]:
    """Take the copies back; what is not there stays named."""
    try:
        line = take_back_lesson(booking_id, read_codes(), actor=staff_actor())
    except SetRefused as error:
        page = _lesson_page(booking_id, problem=error, box="back", codes=request.form.get("barcodes", ""))
        return page, 409
    except KesachError as error:
        flash(words_of(error), "bad")
        return redirect(url_for("lending.lesson", booking_id=booking_id), 303)
    flash("Đã nhận về đủ sách của tiết dạy." if not line.open else f"Đã nhận về, còn {line.open} cuốn chưa về.",
          "good" if not line.open else "notice")  # fmt: skip
    return redirect(url_for("lending.lesson", booking_id=booking_id), 303)


@staff_page(blueprint, "/staff/lessons/<int:booking_id>/sheet")
def lesson_sheet(booking_id: int) -> str:
    """The document of a lesson, to print and sign."""
    return render_template("lending/lesson_sheet.html", line=queries.get_booking(booking_id))
