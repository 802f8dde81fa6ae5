"""The librarian's screens of what waits: holds and the pickup shelf, kiosk conflicts, and visits at the door.

Parses forms, calls services, renders; no rules. Next: holds.py, conflict_list.py, visits.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.cataloguing.model import shown_title
from library.contract.codes import word
from library.contract.scans import classify_scan, clean_scan
from library.foundation import clock
from library.foundation.audit import Actor
from library.foundation.calendar import load_calendar
from library.foundation.errors import Conflict, InvalidInput, KesachError, NotFound, Refused
from library.lending import class_reading, holds, offline, visits
from library.lending.conflict_list import list_conflict_lines
from library.lending.pages.choosing import choose_book, choose_reader
from library.lending.pages.forms import name_problem
from library.lending.queries import HoldLine, list_holds
from library.lending.scanned_codes import no_card
from library.lending.set_problems import SetRefused
from library.readers.queries import list_present_classes, search_readers
from library.web.access import current_staff, staff_page
from library.web.form_values import parse_count, parse_day, parse_id, parse_month
from library.web.i18n import format_number, format_weekday

blueprint = Blueprint("lending_waiting", "library.lending", template_folder="templates")
MOST_TEACHERS = 300


def _actor() -> Actor:
    return as_actor(current_staff())


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"purposes": visits.VISIT_PURPOSES, "conflicts_waiting": offline.count_conflicts()}


# --- holds ------------------------------------------------------------------------------------------


@staff_page(blueprint, "/staff/holds")
def hold_list() -> str:
    """The pickup shelf, and who waits for what."""
    holds.tidy_holds()
    lines = list_holds()
    waiting = sorted((line for line in lines if line.status == "waiting"), key=lambda line: line.record_id)
    queues = [list(queue) for _, queue in groupby(waiting, key=lambda line: line.record_id)]
    queues.sort(key=lambda queue: (queue[0].free_copies == 0, queue[0].placed_on, queue[0].hold_id))
    return render_template("lending/holds.html", ready=_ready(lines), queues=queues, on=clock.today())


def _ready(lines: Sequence[HoldLine]) -> list[HoldLine]:
    return [line for line in lines if line.status == "ready"]


@staff_page(blueprint, "/staff/holds/fetched", role="assistant", methods=("POST",))
def fetched() -> Response:
    """A copy fetched from the shelf: keep it for whoever is first in its queue."""
    barcode = clean_scan(request.form.get("barcode", ""))[:40]
    try:
        hold_id = holds.keep_for_next(barcode, actor=_actor())
    except Refused as error:
        flash(" ".join(word(reason.code, reason.params) for reason in error.reasons), "bad")
    except NotFound as error:
        flash(word(error.code, error.params), "notice")
    else:
        line = next(line for line in list_holds() if line.hold_id == hold_id)
        until = format_weekday(line.pickup_until_on)
        flash(f"Giữ “{line.title}” cho {line.reader_name} {line.class_name} đến {until}. Kẹp phiếu vào sách.", "good")
    return redirect(url_for("lending_waiting.hold_list"), 303)


@staff_page(blueprint, "/staff/holds/new", role="assistant", methods=("GET", "POST"))
def new_hold() -> str | Response | tuple[str, int]:
    """Put a reader into the queue of a title."""
    reader, book = choose_reader(request.values), choose_book(request.values)
    errors: dict[str, str] = {}
    refused: list[str] = []
    if request.method == "POST" and reader.chosen is not None and book.chosen is not None:
        text = request.form.get("needed_until_on", "").strip()
        needed = parse_day(text)
        if text and needed is None:
            errors["needed_until_on"] = "Ngày chưa đúng. Nhập như 06/12/2026."
        elif needed is not None and needed < clock.today():
            errors["needed_until_on"] = "Ngày này đã qua. Chọn từ hôm nay trở đi."
        if not errors:
            only_copy = book.copy_id if request.form.get("only_copy") == "1" else None
            try:
                holds.place_hold(
                    reader.chosen.id, book.chosen.id, actor=_actor(), copy_id=only_copy, needed_until_on=needed,
                    note=request.form.get("note", ""),
                )  # fmt: skip
            except Refused as error:
                refused = [word(reason.code, reason.params) for reason in error.reasons]
            else:
                title = shown_title(book.chosen.title, book.chosen.part)
                flash(f"Đã đặt “{title}” cho {reader.chosen.full_name}.", "good")
                return redirect(url_for("lending_waiting.hold_list"), 303)
    page = render_template(
        "lending/holds_new.html", reader=reader, book=book, errors=errors, refused=refused, form=request.values
    )
    return (page, 422) if errors or refused else page


@staff_page(blueprint, "/staff/holds/<int:hold_id>/cancel", role="assistant", methods=("POST",))
def cancel_hold(hold_id: int) -> Response:
    """End a hold; a kept copy goes to the next in the queue."""
    try:
        holds.cancel_hold(hold_id, actor=_actor())
    except NotFound as error:
        flash(word(error.code, error.params), "bad")
    else:
        flash("Đã huỷ lượt đặt mượn.", "good")
    return redirect(url_for("lending_waiting.hold_list"), 303)


@staff_page(blueprint, "/staff/holds/slips")
def slips() -> str:
    """Slips for the pickup shelf, one or all."""
    holds.tidy_holds()
    wanted = parse_id(request.args.get("hold"))
    ready = [line for line in _ready(list_holds()) if wanted in (None, line.hold_id)]
    return render_template("lending/holds_slips.html", ready=ready)


# --- kiosk conflicts ----------------------------------------------------------------------------------


@staff_page(blueprint, "/staff/kiosk-conflicts")
def conflicts() -> str:
    """What a kiosk did while away that did not fit."""
    return _conflicts_page({})


def _conflicts_page(errors: dict[int, str]) -> str:
    done = request.values.get("done") == "1"
    return render_template("lending/conflicts.html", lines=list_conflict_lines(resolved=done), done=done, errors=errors)


@staff_page(blueprint, "/staff/kiosk-conflicts/<int:conflict_id>/resolve", role="assistant", methods=("POST",))
def resolve(conflict_id: int) -> Response | tuple[str, int]:
    """Tick one off, saying what was done."""
    try:
        offline.resolve_conflict(conflict_id, request.form.get("resolution", ""), actor=_actor())
    except InvalidInput as error:
        return _conflicts_page({conflict_id: word(error.code, error.params)}), 422
    except NotFound as error:
        flash(word(error.code, error.params), "notice")
    else:
        flash("Đã ghi là đã xử lý.", "good")
    return redirect(url_for("lending_waiting.conflicts"), 303)


# --- visits -------------------------------------------------------------------------------------------


@staff_page(blueprint, "/staff/visits")
def visit_log() -> str:
    """Today's visitors and the month by day."""
    return _visits_page({}, {})


@staff_page(blueprint, "/staff/visits/card", role="assistant", methods=("POST",))
def card_visit() -> Response:
    """A card at the door. The box is empty and focused again for the next one."""
    typed = request.form.get("card", "")
    scanned = classify_scan(typed)
    try:
        if scanned.kind != "card":
            reason = no_card(typed)
            flash(word(reason.code, reason.params), "bad")
        else:
            done = visits.log_card_visit(scanned.text, actor=_actor())
            who = f"{done.reader_name} {done.class_name}" if done.class_name else done.reader_name
            flash(f"{who} đã được ghi trong giờ qua, không tính thêm." if done.repeated else f"Chào {who}. Đã ghi.",
                  "notice" if done.repeated else "good")  # fmt: skip
    except Refused as error:
        flash(word(error.code, error.params), "bad")
    return redirect(url_for("lending_waiting.visit_log"), 303)


@staff_page(blueprint, "/staff/visits/class", role="assistant", methods=("POST",))
def class_visit() -> Response | tuple[str, int]:
    """A class that came together, by count."""
    names = ("visited_on", "school_class", "period", "people", "teacher", "purpose", "note", "books")
    values = {name: request.form.get(name, "") for name in names}
    errors: dict[str, str] = {}
    class_id = parse_id(values["school_class"])
    if class_id is None:
        errors["school_class"] = "Chọn lớp."
    people = parse_count(values["people"])
    if people is None:
        errors["people"] = "Ghi số người đến, ví dụ 42."
    day = parse_day(values["visited_on"]) if values["visited_on"].strip() else clock.today()
    if day is None:
        errors["visited_on"] = "Ngày chưa đúng. Nhập như 06/12/2026."
    period = parse_count(values["period"]) if values["period"].strip() else None
    if values["period"].strip() and period is None:
        errors["period"] = word("period_number_bad")
    if class_id is not None and people is not None and day is not None and not errors:
        try:
            visit_id = class_reading.log_class_reading(
                class_id, people, values["books"].split("\n"), actor=_actor(), visited_on=day, period=period,
                teacher_id=parse_id(values["teacher"]), purpose=values["purpose"], note=values["note"],
                again=request.form.get("again") == "1",
            )  # fmt: skip
        except SetRefused as error:
            errors["books"] = " ".join(name_problem(problem) for problem in error.problems)
        except Conflict as error:
            if error.code != "visit_twice":
                raise
            return _visits_page(values, {}, twice=error), 409
        except KesachError as error:
            errors[str(error.params.get("field", "school_class"))] = word(error.code, error.params)
        else:
            read = class_reading.count_books([visit_id]).get(visit_id, 0)
            flash(f"Đã ghi lớp đến thư viện: {people} lượt" + (f", đọc {read} cuốn." if read else "."), "good")
            return redirect(url_for("lending_waiting.visit_log", day=day.isoformat()), 303)
    return _visits_page(values, errors), 422


@staff_page(blueprint, "/staff/visits/<int:visit_id>/remove", role="assistant", methods=("POST",))
def remove_visit(visit_id: int) -> Response:
    """Take out a visit written by mistake."""
    try:
        visits.remove_visit(visit_id, actor=_actor())
    except NotFound as error:
        flash(word(error.code, error.params), "notice")
    else:
        flash("Đã bỏ lượt ghi nhầm.", "good")
    return redirect(url_for("lending_waiting.visit_log", day=request.form.get("day") or None), 303)


def _visits_page(values: dict[str, str], errors: dict[str, str], *, twice: Conflict | None = None) -> str:
    today = clock.today()
    day = min(parse_day(request.args.get("day", "")) or today, today)
    first = date(*parse_month(request.args.get("month"), day), 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    counts = visits.count_visits_by_day(first, last)
    teachers, _ = search_readers(kind="teacher", limit=MOST_TEACHERS)
    lines = visits.list_visits_on(day)
    return render_template(
        "lending/visits.html",
        on=today,
        day=day,
        lines=lines,
        people=sum(line.people for line in lines),
        books=class_reading.count_books([line.id for line in lines if line.is_class]),
        first=first,
        before=(first - timedelta(days=1)),
        after=(last + timedelta(days=1)) if last < today else None,
        weeks=_heat_weeks(first, last, counts),
        counts=sorted(counts.items()),
        month_people=sum(counts.values()),
        values={"visited_on": day.isoformat(), "purpose": "lesson"} | values,
        errors=errors,
        twice=(word(twice.code, twice.params), twice.params["visit_id"]) if twice else None,
        classes=[(item.id, item.name) for item in list_present_classes() if not item.closed],
        teachers=[(card.id, card.label) for card in teachers],
    )


def _heat_weeks(first: date, last: date, counts: dict[date, int]) -> list[list[dict[str, Any] | None]]:
    """The month for the heat_map part: weeks from Monday, levels 1–4 by quarters of the busiest day."""
    calendar, most = load_calendar(), max(counts.values(), default=0)
    cells: list[dict[str, Any] | None] = [None] * first.weekday()
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        count = counts.get(day, 0)
        cells.append(
            {
                "day": day.day,
                "count": count,
                "level": -(-4 * count // most) if most else 0,
                "closed": not count and not calendar.is_open(day),
                "label": f"{format_weekday(day)}: {format_number(count)} lượt",
            }
        )
    cells += [None] * (-len(cells) % 7)
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]
