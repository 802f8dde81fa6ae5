"""The door, where cards are scanned one after another, the diary to print, and putting a class visit right.

Parses, calls services, renders; no rules. Next: visits.py, class_reading.py, library/reporting/diary.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.contract.codes import word
from library.contract.scans import classify_scan
from library.foundation import clock
from library.foundation.audit import Actor
from library.foundation.errors import KesachError, NotFound, Refused
from library.foundation.preferences import get_preference
from library.lending import class_reading, visits
from library.lending.scanned_codes import no_card
from library.readers.queries import search_readers
from library.reporting.counting import GROUP_LABELS
from library.reporting.diary import KINDS, Diary, DiaryLine, make_diary
from library.reporting.diary_sheet import diary_workbook
from library.web.access import current_staff, staff_page
from library.web.form_values import parse_count, parse_id, parse_month
from library.web.sent import read_sent

blueprint = Blueprint("lending_visits", "library.lending", template_folder="templates")
MOST_TEACHERS = 300


def _actor() -> Actor:
    return as_actor(current_staff())


# ---------------------------------------------------------------- the door


@staff_page(blueprint, "/staff/door", role="assistant")
def door() -> str:
    """One box, a big counter, and nobody's name left standing."""
    return render_template("lending/door.html", count=visits.count_visits_on(clock.today()))


@staff_page(blueprint, "/staff/door", role="assistant", methods=("POST",), endpoint="enter")
def enter() -> Response:
    """A card at the door; answers JSON to the page's script, else goes back to the page."""
    said, tone, visit_id = _greet(str(read_sent().get("card") or "")[:128])
    if request.is_json:
        return jsonify(
            {"words": said, "tone": tone, "visit": visit_id, "count": visits.count_visits_on(clock.today())}
        )
    flash(said, {"ok": "good", "attention": "notice"}.get(tone, "bad"))
    return redirect(url_for("lending_visits.door"), 303)


def _greet(typed: str) -> tuple[str, str, int | None]:
    """(what is said, ok | attention | no, the visit made)."""
    scan = classify_scan(typed)
    if scan.kind != "card":
        return word(no_card(typed).code, child=True), "no", None
    try:
        done = visits.log_card_visit(scan.text, actor=_actor())
    except Refused as error:
        return word(error.code, error.params, child=True), "no", None
    given = done.reader_name.split()[-1] if done.reader_name else ""
    who = f"em {given}, lớp {done.class_name}" if done.class_name else f"thầy cô {given}"
    if done.repeated:
        return f"Chào {who}. Lượt này đã ghi rồi.", "attention", None
    return f"Chào {who}!", "ok", done.visit_id


@staff_page(blueprint, "/staff/door/<int:visit_id>/undo", role="assistant", methods=("POST",))
def undo(visit_id: int) -> Response:
    """The last card was the wrong one."""
    try:
        visits.remove_visit(visit_id, actor=_actor())
        said, tone = "Đã bỏ lượt vừa ghi.", "attention"
    except NotFound as error:
        said, tone = word(error.code, error.params), "no"
    if request.is_json:
        return jsonify({"words": said, "tone": tone, "visit": None, "count": visits.count_visits_on(clock.today())})
    flash(said, "notice")
    return redirect(url_for("lending_visits.door"), 303)


# ---------------------------------------------------------------- a class visit put right


@staff_page(blueprint, "/staff/visits/<int:visit_id>", role="assistant")
def visit(visit_id: int) -> str:
    """One class visit, to be put right."""
    return _visit_page(visit_id, {}, {})


def _visit_page(visit_id: int, values: dict[str, str], errors: dict[str, str]) -> str:
    line = visits.get_class_visit(visit_id)
    teachers, _ = search_readers(kind="teacher", limit=MOST_TEACHERS)
    kept = {
        "people": str(line.people), "period": str(line.period or ""), "teacher": str(line.teacher_id or ""),
        "purpose": line.purpose, "note": line.note,
    }  # fmt: skip
    return render_template(
        "lending/visit.html",
        line=line, values=kept | values, errors=errors, teachers=[(card.id, card.label) for card in teachers],
        purposes=visits.VISIT_PURPOSES, books=class_reading.count_books([visit_id]).get(visit_id, 0),
    )  # fmt: skip


@staff_page(blueprint, "/staff/visits/<int:visit_id>", role="assistant", methods=("POST",), endpoint="correct")
def correct(visit_id: int) -> Response | tuple[str, int]:
    """What was written down wrongly."""
    values = {name: request.form.get(name, "") for name in ("people", "period", "teacher", "purpose", "note")}
    errors: dict[str, str] = {}
    people = parse_count(values["people"])
    if people is None:
        errors["people"] = "Ghi số người đến, ví dụ 42."
    period = parse_count(values["period"]) if values["period"].strip() else None
    if values["period"].strip() and period is None:
        errors["period"] = word("period_number_bad")
    if people is not None and not errors:
        try:
            class_reading.correct_class_visit(
                visit_id, people, actor=_actor(), period=period, teacher_id=parse_id(values["teacher"]),
                purpose=values["purpose"], note=values["note"],
            )  # fmt: skip
        except NotFound:
            raise
        except KesachError as error:
            errors[str(error.params.get("field", "people"))] = word(error.code, error.params)
        else:
            flash("Đã sửa lượt của lớp.", "good")
            day = visits.get_class_visit(visit_id).at
            return redirect(url_for("lending_waiting.visit_log", day=clock.local_date(day).isoformat()), 303)
    return _visit_page(visit_id, values, errors), 422


# ---------------------------------------------------------------- the diary


@staff_page(blueprint, "/staff/visits/diary", role="viewer")
def diary() -> str:
    """Nhật ký bạn đọc of a month, for the printer. Counts only."""
    today = clock.today()
    year, month = parse_month(request.args.get("month"), today)
    made = make_diary(year, month)
    return render_template(
        "lending/diary.html", diary=made, cells=lambda line: _cells(made, line), year=year, month=month,
        before=f"{year - (month == 1)}-{month - 1 or 12:02d}",
        after=f"{year + (month == 12)}-{month % 12 + 1:02d}" if (year, month) < (today.year, today.month) else "",
    )  # fmt: skip


def _kinds(made: Diary) -> list[str]:
    """Columns of books; "other" only where there are any."""
    return [kind for kind in KINDS if kind != "other" or made.since_start.books.get(kind)]


def _cells(made: Diary, line: DiaryLine) -> list[tuple[str, int, bool]]:
    """A line's columns: (heading, count, has this school year any at all)."""
    ways: list[tuple[str, Callable[[DiaryLine], int]]] = [
        ("Lượt đến", lambda one: one.people),
        ("GV, NV", lambda one: one.visits.get("teacher", 0)),
        *((f"Khối {grade}", partial(_of_grade, grade=grade)) for grade in made.grades),
        ("Khác", lambda one: one.visits.get("other", 0) + one.pupils_without_grade),
        ("Lượt sách", lambda one: one.loans),
        *((GROUP_LABELS[kind], partial(_of_kind, kind=kind)) for kind in _kinds(made)),
        ("Đọc tại chỗ", lambda one: one.in_library),
        ("Mượn về", lambda one: one.home),
    ]
    return [(heading, count(line), bool(count(made.since_start))) for heading, count in ways]


def _of_grade(line: DiaryLine, grade: int) -> int:
    return line.visits.get(f"pupil_{grade}", 0)


def _of_kind(line: DiaryLine, kind: str) -> int:
    return line.books.get(kind, 0)


@staff_page(blueprint, "/staff/visits/diary.xlsx", role="viewer")
def diary_sheet() -> Response:
    """The same month as a workbook."""
    year, month = parse_month(request.args.get("month"), clock.today())
    made = make_diary(year, month)
    return Response(
        diary_workbook(made, _kinds(made), get_preference("school_name")),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="nhat-ky-ban-doc-{year}-{month:02d}.xlsx"'},
    )
