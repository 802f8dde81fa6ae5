"""The school year's calendar for librarians: years, terms, days closed, and what a change of it moves.

Parses forms, calls services, renders; no rules. Next: closing.py, redatings.py, school_days.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.contract.codes import word
from library.foundation import clock
from library.foundation.audit import Actor
from library.foundation.calendar import change_year, open_year
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import Year, label_for, year_after
from library.foundation.vietnamese import nfc
from library.lending import policy_words
from library.lending.bookings.queries import BookingLine, list_bookings
from library.lending.closing import Closing, close_library, open_library, preview_closing
from library.lending.model import CornerMoved
from library.lending.pages.rules import blueprint
from library.lending.redatings import (
    find_redating,
    list_corners_moved,
    list_pickups_moved,
    list_redatings_done,
    newest_redating,
)
from library.lending.school_days import PERIOD_KINDS, list_months, list_periods, list_years
from library.web.access import current_staff, staff_page
from library.web.form_values import parse_day
from library.web.i18n import format_number, format_school_year

LONGEST_NAME = 120
NOTHING = Closing()


def _actor() -> Actor:
    return as_actor(current_staff())


@staff_page(blueprint, "/staff/calendar", role="librarian")
def calendar() -> str:
    """A school year: terms, closed periods, months."""
    return _calendar_page({}, {})


def _shown_year(years: list[Year]) -> Year | None:
    wanted = request.values.get("year", "")
    today = clock.today()
    chosen = [year for year in years if year.label == wanted] or [year for year in years if year.holds(today)]
    return next(iter(chosen or years), None)


def _calendar_page(
    given: dict[str, str], errors: dict[str, str], closing: Closing = NOTHING, lessons: Sequence[BookingLine] = ()
) -> str:
    years = list_years()
    year = _shown_year(years)
    newest = years[0].label if years else ""
    following = year_after(newest) if newest else label_for(clock.today())
    weekly = sorted(get_preference("weekly_closed_days"))
    return render_template(
        "lending/calendar.html",
        years=years,
        year=year,
        following=following,
        months=list_months(year) if year else [],
        periods=list_periods(year.starts_on, year.ends_on) if year else [],
        weekly=[policy_words.WEEKDAYS[day] for day in weekly if day in policy_words.WEEKDAYS],
        given=given,
        errors=errors,
        closing=closing,
        closing_words=_closing_words(closing),
        lessons=lessons,
        redatings=list_redatings_done(year.starts_on, year.ends_on) if year else [],
        on=clock.today(),
    )


def _calendar_url(label: str, fragment: str = "") -> str:
    return url_for("lending_rules.calendar", year=label or None) + fragment


@staff_page(blueprint, "/staff/calendar/years", role="librarian", methods=("POST",))
def add_year() -> Response:
    """Keep one more school year, with its usual dates and public holidays."""
    try:
        row = open_year(request.form.get("label", ""), _actor())
    except InvalidInput as error:
        flash(word(error.code, error.params), "bad")
        return redirect(_calendar_url(""), 303)
    flash(f"Đã thêm năm học {format_school_year(row.label)} với ngày lễ tính sẵn. Xem lại các mốc học kỳ.", "good")
    return redirect(_calendar_url(row.label), 303)


@staff_page(blueprint, "/staff/calendar/year", role="librarian", methods=("POST",))
def save_year() -> Response | tuple[str, int]:
    """Set the dates of a school year."""
    names = ("starts_on", "term2_starts_on", "ends_on")
    given = {name: request.form.get(name, "") for name in names}
    days = {name: parse_day(text) for name, text in given.items()}
    errors = {f"year_{name}": "Ngày chưa đúng. Nhập như 05/09/2026." for name, day in days.items() if day is None}
    label = request.form.get("year", "")
    first, second, last = (days[name] for name in names)
    if first and second and last:
        try:
            change_year(label, first, second, last, _actor())
        except InvalidInput as error:
            errors[f"year_{error.params.get('field', 'starts_on')}"] = word(error.code, error.params)
    if errors:
        return _calendar_page({f"year_{name}": text for name, text in given.items()}, errors), 422
    flash("Đã lưu các mốc của năm học. Hạn của sách đang mượn không đổi.", "good")
    return redirect(_calendar_url(label), 303)


@staff_page(blueprint, "/staff/calendar/closed", role="librarian", methods=("POST",))
def close() -> Response | str | tuple[str, int]:
    """Close for a period. What would move is shown first and moved when the librarian says so."""
    given = {name: request.form.get(name, "") for name in ("starts_on", "ends_on", "name", "kind")}
    errors: dict[str, str] = {}
    starts_on = parse_day(given["starts_on"])
    ends_on: date | None = parse_day(given["ends_on"]) if given["ends_on"].strip() else starts_on
    if starts_on is None:
        errors["starts_on"] = "Ngày chưa đúng. Nhập như 06/02/2027."
    if ends_on is None and starts_on is not None:
        errors["ends_on"] = "Ngày chưa đúng. Nhập như 14/02/2027."
    name = nfc(given["name"])[:LONGEST_NAME]
    if not name:
        errors["name"] = "Nhập tên ngày nghỉ, ví dụ Nghỉ Tết Nguyên đán."
    kind = given["kind"] if given["kind"] in PERIOD_KINDS else "break"
    closing = NOTHING
    if starts_on and ends_on and not errors:
        try:
            closing = preview_closing(starts_on, ends_on)
        except InvalidInput as error:
            errors[str(error.params.get("field", "ends_on"))] = word(error.code, error.params)
    if errors or starts_on is None or ends_on is None:
        return _calendar_page(given, errors), 422
    lessons = _lessons_on(starts_on, ends_on)
    if (closing.moves or closing.staying or lessons) and request.form.get("do") != "move":
        given["ends_on"] = ends_on.isoformat()
        return _calendar_page(given, {}, closing, lessons)
    done = close_library(starts_on, ends_on, name, kind, actor=_actor())
    _say_done(name, done, lessons)
    if done.moves:
        return redirect(url_for("lending_rules.redated", entry_id=newest_redating()), 303)
    return redirect(_calendar_url(request.form.get("year", ""), "#ngay-nghi"), 303)


def _say_done(name: str, done: Closing, lessons: Sequence[BookingLine]) -> None:
    flash(f"Đã thêm ngày nghỉ “{name}”. {_moved_words(done)}", "good")
    if done.staying:
        named = "; ".join(f"{one.reader_name}: “{one.title}”" for one in done.staying[:5])
        more = f" và {len(done.staying) - 5} cuốn nữa" if len(done.staying) > 5 else ""
        flash(
            f"{len(done.staying)} cuốn giữ hạn cũ vì bạn đọc thôi phục vụ trước ngày mở cửa lại, cần nhận lại ngay: "
            f"{named}{more}.", "notice",
        )  # fmt: skip
    if lessons:
        flash(
            f"{len(lessons)} lượt đặt sách cho tiết dạy còn ở những ngày này. Đổi ngày hoặc huỷ từng lượt ở "
            "trang Sách cho tiết dạy.", "notice",
        )  # fmt: skip


def _lessons_on(starts_on: date, ends_on: date) -> list[BookingLine]:
    """L225: books of lessons that wait to be handed out on these days."""
    since = max(starts_on, clock.today())
    return [line for line in list_bookings(since, ends_on) if line.status == "planned"] if since <= ends_on else []


@staff_page(blueprint, "/staff/calendar/redated/<int:entry_id>", role="librarian")
def redated(entry_id: int) -> str:
    """What one change of the calendar moved: loans by class, to print and hand on; kept copies; corners."""
    change, classes = find_redating(entry_id)
    corners = list_corners_moved(entry_id)
    return render_template(
        "lending/redated.html", change=change, classes=classes, pickups=list_pickups_moved(entry_id), corners=corners,
        corner_words=_corner_words(corners),
    )  # fmt: skip


def _closing_words(closing: Closing) -> str:
    """What would move, in one line: "hạn 3 lượt mượn, ngày đổi sách của 1 góc lớp"."""
    said = []
    if closing.loans:
        said.append(f"hạn {format_number(len(closing.loans))} lượt mượn")
    if closing.pickups:
        said.append(f"hạn giữ {format_number(len(closing.pickups))} cuốn trên kệ đặt mượn")
    if closing.corners:
        said.append(f"ngày đổi sách của {_corner_words(closing.corners)}")
    return ", ".join(said)


def _corner_words(corners: Sequence[CornerMoved]) -> str:
    units = sum(move.unit_id is not None for move in corners)
    rounds = len(corners) - units
    said = [f"{units} góc lớp"] if units else []
    return " và ".join([*said, f"{rounds} vòng luân chuyển"] if rounds else said)


def _moved_words(done: Closing) -> str:
    if done.loans:
        days = sorted({move.due_after for move in done.loans})
        to = ", ".join(f"{day:%d/%m/%Y}" for day in days)
        said = [f"Đã dời hạn {format_number(len(done.loans))} lượt mượn sang {to}."]
    else:
        said = ["Không có hạn trả nào rơi vào những ngày này."] if not done.staying else []
    if done.pickups:
        said.append(f"Giữ thêm ngày cho {format_number(len(done.pickups))} cuốn trên kệ đặt mượn.")
    if done.corners:
        said.append(f"Đã dời ngày đổi sách của {_corner_words(done.corners)}.")
    return " ".join(said)


@staff_page(blueprint, "/staff/calendar/closed/<int:period_id>/remove", role="librarian", methods=("POST",))
def reopen(period_id: int) -> Response:
    """Take a closed period away."""
    try:
        open_library(period_id, actor=_actor())
    except NotFound as error:
        flash(word(error.code, error.params), "bad")
    else:
        flash("Đã bỏ ngày nghỉ. Những hạn đã dời vẫn giữ, không ai bị rút ngắn.", "good")
    return redirect(_calendar_url(request.form.get("year", ""), "#ngay-nghi"), 303)
