"""The librarian's screens of what the school decides about lending: policy table, "why?", calendar.

Parses forms, calls services, renders; no rules. Next: policies.py, explaining.py, corrections.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.cataloguing.model import MATERIAL_LABELS
from library.cataloguing.queries import list_collections
from library.contract.codes import word
from library.foundation import clock
from library.foundation.audit import Actor
from library.foundation.calendar import change_year, open_year
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import Year, label_for
from library.foundation.vietnamese import nfc
from library.lending import corrections, policies, policy_words
from library.lending.availability import copy_states
from library.lending.bookings.queries import BookingLine, list_bookings
from library.lending.explaining import Explanation, explain_copy, explain_material
from library.lending.model import READER_KIND_LABELS, PickupMoved, PolicyRow, Redated
from library.lending.pages.choosing import choose_book, choose_reader
from library.lending.policy_matrix import specificity
from library.lending.redatings import find_redating, list_pickups_moved, list_redatings_done, newest_redating
from library.lending.school_days import PERIOD_KINDS, list_months, list_periods, list_years
from library.lending.units.queries import UnitLine, list_units
from library.readers.rules import FIRST_GRADES, TOP_GRADES
from library.web.access import current_staff, staff_page
from library.web.form_values import parse_day, parse_id
from library.web.i18n import format_number

blueprint = Blueprint("lending_rules", "library.lending", template_folder="templates")
LONGEST_NAME = 120
LIMITS = (
    ("max_loans_pupil", "Học sinh"),
    ("max_loans_teacher", "Giáo viên, nhân viên"),
    ("max_loans_other", "Bạn đọc khác"),
)


def _actor() -> Actor:
    return as_actor(current_staff())


@blueprint.context_processor
def _words() -> dict[str, Any]:
    names = {kho.code: kho.name for kho in list_collections(open_only=False)}
    return {
        "who_words": policy_words.who_words,
        "what_words": lambda row: policy_words.what_words(row, names),
        "count_words": policy_words.count_words,
        "length_words": policy_words.length_words,
        "renewal_words": policy_words.renewal_words,
        "reason_words": lambda reason: word(reason.code, reason.params),
        "period_kinds": PERIOD_KINDS,
        "kind_labels": READER_KIND_LABELS,
    }


# --- the policy table -------------------------------------------------------------------------------


@staff_page(blueprint, "/staff/policies", role="librarian")
def policy_table() -> str:
    """Who × what → how many, how long; the most specific rows first, as they are looked for."""
    rows = sorted(policies.list_policies(), key=lambda row: -specificity(row))
    limits = [(words, get_preference(key)) for key, words in LIMITS]
    return render_template("lending/policies.html", rows=rows, default=PolicyRow(), limits=limits)


@staff_page(blueprint, "/staff/policies/new", role="librarian", methods=("GET", "POST"))
def new_policy() -> str | Response | tuple[str, int]:
    """Add a row; `like` begins with a copy of another one."""
    if request.method == "POST":
        return _save_policy(None)
    like = parse_id(request.args.get("like"))
    row = policies.get_policy(like) if like is not None else PolicyRow()
    return _policy_form(policy_words.form_of(row), {}, None)


@staff_page(blueprint, "/staff/policies/<int:policy_id>", role="librarian", methods=("GET", "POST"))
def edit_policy(policy_id: int) -> str | Response | tuple[str, int]:
    """Change a row."""
    row = policies.get_policy(policy_id)
    if request.method == "POST":
        return _save_policy(policy_id)
    return _policy_form(policy_words.form_of(row), {}, policy_id)


@staff_page(blueprint, "/staff/policies/<int:policy_id>/delete", role="librarian", methods=("POST",))
def delete_policy(policy_id: int) -> Response:
    """Take a row away."""
    policies.delete_policy(policy_id, actor=_actor())
    flash("Đã bỏ dòng quy định. Sách đang mượn giữ nguyên hạn trả.", "good")
    return redirect(url_for("lending_rules.policy_table"), 303)


def _save_policy(policy_id: int | None) -> Response | tuple[str, int]:
    row, errors = policy_words.row_of_form(request.form, policy_id)
    twin = None
    if not errors:
        try:
            policies.save_policy(row, actor=_actor())
        except InvalidInput as error:
            field = policy_words.field_of_error(str(error.params.get("field", "")), row)
            errors[field] = f"Chưa dùng được: {error.params.get('why', '')}."
        except Conflict as error:
            errors["reader_kind"] = word(error.code, error.params)
            twin = error.params.get("policy_id")
    if errors:
        given = {name: request.form.get(name, "") for name in policy_words.FIELDS}
        return _policy_form(given, errors, policy_id, twin), 422
    flash("Đã lưu dòng quy định. Áp dụng cho lượt mượn từ bây giờ; sách đang mượn giữ nguyên hạn.", "good")
    return redirect(url_for("lending_rules.policy_table"), 303)


def _grades(own: str) -> list[tuple[str, str]]:
    """The grades of this school, and the one the row names already."""
    level = get_preference("school_level")
    grades = {*range(FIRST_GRADES[level], TOP_GRADES[level] + 1), *([int(own)] if own.isdecimal() else [])}
    return [(str(grade), f"Khối {grade}") for grade in sorted(grades)]


def _policy_form(
    values: dict[str, str], errors: dict[str, str], policy_id: int | None, twin: int | None = None
) -> str:
    return render_template(
        "lending/policy_form.html",
        twin=twin,
        values=values,
        errors=errors,
        policy_id=policy_id,
        kinds=list(READER_KIND_LABELS.items()),
        grades=_grades(values.get("grade", "")),
        materials=[(material.value, label) for material, label in MATERIAL_LABELS.items()],
        collections=_collections(),
        lengths=[(str(kind), label) for kind, label in policy_words.LENGTH_LABELS.items()],
        weekdays=[(str(number), name[:1].upper() + name[1:]) for number, name in policy_words.WEEKDAYS.items()],
    )


def _collections() -> list[tuple[str, str]]:
    return [(kho.code, f"{kho.code} – {kho.name}") for kho in list_collections(open_only=False)]


@staff_page(blueprint, "/staff/policies/why", role="librarian")
def why() -> str:
    """Vì sao em này được, hoặc không được mượn?"""
    material = request.args.get("material", "")
    reader = choose_reader(request.args)
    book = choose_book(request.args)
    answer: Explanation | None = None
    if reader.chosen is not None:
        copy_id = book.copy_id
        if book.chosen is not None and copy_id is None:
            states = copy_states(book.chosen.id)
            free = [state for state in states if state.status == "available"]
            copy_id = (free or states)[0].copy_id if states else None
        if copy_id is not None:
            answer = explain_copy(reader.chosen.id, copy_id)
        elif material:
            answer = explain_material(reader.chosen.id, material, request.args.get("collection", ""))
    return render_template(
        "lending/policies_why.html",
        reader=reader,
        book=book,
        no_copy=book.chosen is not None and answer is None and reader.chosen is not None,
        answer=answer,
        material=material,
        collection=request.args.get("collection", ""),
        materials=[(item.value, label) for item, label in MATERIAL_LABELS.items()],
        collections=_collections(),
        default=PolicyRow(),
    )


# --- the calendar -------------------------------------------------------------------------------------


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
    given: dict[str, str], errors: dict[str, str], *,
    moves: Sequence[Redated] = (), pickups: Sequence[PickupMoved] = (),
    lessons: Sequence[BookingLine] = (), corners: Sequence[UnitLine] = (),
) -> str:  # fmt: skip
    years = list_years()
    year = _shown_year(years)
    newest = years[0].label if years else ""
    following = f"{int(newest[:4]) + 1}-{int(newest[:4]) + 2}" if newest else label_for(clock.today())
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
        moves=moves,
        pickups=pickups,
        lessons=lessons,
        corners=corners,
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
    flash(f"Đã thêm năm học {row.label.replace('-', '–')} với ngày lễ tính sẵn. Xem lại các mốc học kỳ.", "good")
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
    """Close for a period. Loans that would move are shown first and moved when the librarian says so."""
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
    moves: list[Redated] = []
    pickups: list[PickupMoved] = []
    if starts_on and ends_on and not errors:
        try:
            moves = corrections.preview_closing(starts_on, ends_on)
            pickups = corrections.preview_pickups(starts_on, ends_on)
        except InvalidInput as error:
            errors[str(error.params.get("field", "ends_on"))] = word(error.code, error.params)
    if errors or starts_on is None or ends_on is None:
        return _calendar_page(given, errors), 422
    lessons, corners = _lessons_on(starts_on, ends_on), _corners_on(starts_on, ends_on)
    if (moves or pickups or lessons or corners) and request.form.get("do") != "move":
        given["ends_on"] = ends_on.isoformat()
        return _calendar_page(given, {}, moves=moves, pickups=pickups, lessons=lessons, corners=corners)
    moved = corrections.close_library(starts_on, ends_on, name, kind, actor=_actor())
    said = f"Đã thêm ngày nghỉ “{name}”. " + _moved_words(moved)
    if pickups:
        said += f" Giữ thêm ngày cho {format_number(len(pickups))} cuốn trên kệ đặt mượn."
    flash(said, "good")
    if lessons:
        flash(
            f"{len(lessons)} lượt đặt sách cho tiết dạy còn ở những ngày này. Đổi ngày hoặc huỷ từng lượt ở "
            "trang Sách cho tiết dạy.", "notice",
        )  # fmt: skip
    if corners:
        flash(
            f"{len(corners)} góc lớp còn hẹn đổi sách vào những ngày này: "
            f"{', '.join(corner.name for corner in corners[:5])}{'…' if len(corners) > 5 else '.'} "
            "Đổi ngày hẹn ở trang từng góc.", "notice",
        )  # fmt: skip
    if moved or pickups:
        return redirect(url_for("lending_rules.redated", entry_id=newest_redating()), 303)
    return redirect(_calendar_url(request.form.get("year", ""), "#ngay-nghi"), 303)


def _lessons_on(starts_on: date, ends_on: date) -> list[BookingLine]:
    """L225: books of lessons that wait to be handed out on these days."""
    since = max(starts_on, clock.today())
    return [line for line in list_bookings(since, ends_on) if line.status == "planned"] if since <= ends_on else []


def _corners_on(starts_on: date, ends_on: date) -> list[UnitLine]:
    """L236: corners whose books are to be exchanged on these days."""
    since = max(starts_on, clock.today())
    return [
        unit for unit in list_units(corners=True)
        if unit.copies and unit.due_on is not None and since <= unit.due_on <= ends_on
    ]  # fmt: skip


@staff_page(blueprint, "/staff/calendar/redated/<int:entry_id>", role="librarian")
def redated(entry_id: int) -> str:
    """Which loans one change of the calendar moved, by class, to print and hand on; and which kept copies."""
    change, classes = find_redating(entry_id)
    pickups = list_pickups_moved(entry_id)
    return render_template("lending/redated.html", change=change, classes=classes, pickups=pickups)


def _moved_words(moved: list[Redated]) -> str:
    if not moved:
        return "Không có hạn trả nào rơi vào những ngày này."
    days = sorted({move.due_after for move in moved})
    to = ", ".join(f"{day:%d/%m/%Y}" for day in days)
    return f"Đã dời hạn {format_number(len(moved))} lượt mượn sang {to}."


@staff_page(blueprint, "/staff/calendar/closed/<int:period_id>/remove", role="librarian", methods=("POST",))
def reopen(period_id: int) -> Response:
    """Take a closed period away."""
    try:
        corrections.open_library(period_id, actor=_actor())
    except NotFound as error:
        flash(word(error.code, error.params), "bad")
    else:
        flash("Đã bỏ ngày nghỉ. Những hạn đã dời vẫn giữ, không ai bị rút ngắn.", "good")
    return redirect(_calendar_url(request.form.get("year", ""), "#ngay-nghi"), 303)
