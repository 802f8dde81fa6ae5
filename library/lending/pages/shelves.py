"""Mobile shelves: where each is now, its route and what comes next, counting out and in, what a stop has read."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.cataloguing.model import MATERIAL_LABELS
from library.contract.codes import word
from library.foundation.calendar import load_calendar
from library.foundation.clock import today
from library.foundation.errors import KesachError, NotFound
from library.lending.model import UNIT_LABELS
from library.lending.pages import blueprint
from library.lending.pages.corners import OUTCOMES, list_keepers
from library.lending.pages.forms import (
    field_errors,
    need_date,
    read_codes,
    read_date,
    read_number,
    staff_actor,
    words_of,
)
from library.lending.units import mobile_shelves, shelf_stops
from library.lending.units import queries as unit_queries
from library.lending.units.activity import list_books_inside
from library.lending.units.set_steps import SetRefused
from library.lending.units.shelf_scans import ShelfScans
from library.readers.queries import list_classes
from library.web.access import staff_page
from library.web.navigation import place

place(blueprint, "shelves", "lending.shelves")

STOP_LABELS = {
    "planned": "Sắp đến", "here": "Đang ở đây", "late": "Quá ngày", "done": "Đã đi qua", "cancelled": "Đã huỷ",
}  # fmt: skip
WHY_WORDS = {"never": "chưa đến lần nào", "long_ago": "lâu chưa đến", "has_corner": "lớp đang có góc lớp"}
MATERIAL_WORDS = {material.value: label for material, label in MATERIAL_LABELS.items()}


@staff_page(blueprint, "/staff/shelves")
def shelves() -> str:
    return _shelves_page({})


def _shelves_page(errors: dict[str, str]) -> str:
    calendar = load_calendar()
    units = unit_queries.list_units(corners=False)
    return render_template(
        "lending/shelves.html",
        shelves=[(line, unit_queries.list_stops(line.unit_id, calendar)) for line in units],
        errors=errors, day=today(), labels=STOP_LABELS, keepers=list_keepers(),
        kinds=[(kind.value, UNIT_LABELS[kind]) for kind in mobile_shelves.SHELF_KINDS],
    )  # fmt: skip


@staff_page(blueprint, "/staff/shelves/new", role="librarian", methods=("POST",))
def open_a_shelf() -> Response | tuple[str, int]:
    try:
        unit_id = mobile_shelves.open_shelf(
            request.form.get("name", ""), actor=staff_actor(), kind=request.form.get("kind", "mobile_shelf"),
            responsible_id=read_number("responsible_id"), capacity=read_number("capacity"),
        )  # fmt: skip
    except KesachError as error:
        return _shelves_page(field_errors(error)), 422
    flash("Đã thêm. Giao sách lên tủ, rồi lập lịch luân chuyển.", "good")
    return redirect(url_for("lending.route", unit_id=unit_id))


@staff_page(blueprint, "/staff/shelves/<int:unit_id>")
def route(unit_id: int) -> str:
    """The stops of one shelf."""
    return _route_page(unit_id, {})


def _route_page(unit_id: int, errors: dict[str, str]) -> str:
    stops = unit_queries.list_stops(unit_id, load_calendar())
    proposals = shelf_stops.propose_route(unit_id)
    been = [(stop.arrived_at, stop.stop_id) for stop in stops if stop.arrived_at is not None]
    return render_template(
        "lending/route.html", unit=unit_queries.get_unit(unit_id), stops=stops, labels=STOP_LABELS, errors=errors,
        classes=[(card.id, card.name) for card in list_classes()], keepers=list_keepers(), day=today(),
        proposals=proposals, whys=WHY_WORDS, loans=shelf_stops.count_stop_loans(unit_id), form=request.form,
        newest=max(been)[1] if been else 0,
        on_shelf=shelf_stops.count_on_shelf(unit_id),
    )  # fmt: skip


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/stops", role="librarian", methods=("POST",))
def plan_stop(unit_id: int) -> Response | tuple[str, int]:
    try:
        mobile_shelves.add_stop(
            unit_id, request.form.get("place", ""), need_date("from_on"), need_date("until_on"), actor=staff_actor(),
            class_id=read_number("class_id"), responsible_id=read_number("responsible_id"),
        )  # fmt: skip
    except KesachError as error:
        return _route_page(unit_id, field_errors(error)), 422
    flash("Đã thêm chặng.", "good")
    return redirect(url_for("lending.route", unit_id=unit_id))


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/stops/<int:stop_id>/<act>", role="assistant", methods=("POST",))
def move(unit_id: int, stop_id: int, act: str) -> Response:
    """The shelf arrives, leaves, or a stop is cancelled."""
    try:
        count = read_number("count")
        if act == "arrive":
            mobile_shelves.arrive(stop_id, actor=staff_actor(), copies_out=count)
            flash("Đã ghi tủ đến nơi.", "good")
        elif act == "leave":
            short = mobile_shelves.leave(stop_id, actor=staff_actor(), copies_in=count)
            if short:
                words = "thiếu" if short > 0 else "thừa"
                flash(f"Đếm về {words} {abs(short)} cuốn. Quét sách trong tủ để biết cuốn nào.", "notice")
                return redirect(url_for("lending.count_shelf", unit_id=unit_id, stop_id=stop_id))
            flash("Đã ghi tủ rời chặng, đủ số bản.", "good")
        elif act == "undo-leave":
            mobile_shelves.undo_leave(stop_id, actor=staff_actor())
            flash("Đã bỏ ghi rời chặng: tủ vẫn ở đây, số đếm về đã bỏ.", "good")
        else:
            mobile_shelves.cancel_stop(stop_id, actor=staff_actor())
            flash("Đã huỷ chặng.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.route", unit_id=unit_id))


# --- counting by scanning -------------------------------------------------------------------------


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/stops/<int:stop_id>/count", role="assistant")
def count_shelf(unit_id: int, stop_id: int) -> str:
    """Scan what stands on the shelf; the page ticks it off."""
    return _count_page(unit_id, stop_id)


def _count_page(
    unit_id: int, stop_id: int, *, done: mobile_shelves.StopCount | None = None, problem: KesachError | None = None
) -> str:
    report = shelf_stops.get_stop_report(stop_id)
    if report.unit_id != unit_id:
        raise NotFound("stop_unknown")
    copies = unit_queries.list_unit_copies(unit_id)
    problems = problem.problems if isinstance(problem, SetRefused) else done.foreign if done else ()
    return render_template(
        "lending/stop_count.html", stop=report, unit=unit_queries.get_unit(unit_id), copies=copies, done=done,
        titles={copy.barcode: copy for copy in copies}, said=words_of(problem) if problem else "", problems=problems,
        codes=request.form.get("barcodes", ""), outcomes=OUTCOMES,
        lent={book.barcode for book in list_books_inside(unit_id) if book.reader_id},
        moved=done is not None and request.form.get("then") == "move",
    )  # fmt: skip


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/stops/<int:stop_id>/count", role="assistant", methods=("POST",))
def save_count(unit_id: int, stop_id: int) -> str | tuple[str, int]:
    """The difference, by name; what is missing can be settled on the same page."""
    try:
        done = mobile_shelves.count_stop(
            stop_id, read_codes(), actor=staff_actor(), moves=request.form.get("then") != "stay"
        )
    except KesachError as error:
        return _count_page(unit_id, stop_id, problem=error), 409 if isinstance(error, SetRefused) else 422
    return _count_page(unit_id, stop_id, done=done)


# --- lending beside the shelf ---------------------------------------------------------------------


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/desk", role="assistant")
def shelf_desk(unit_id: int) -> str:
    """Cards and books, scanned beside the shelf or typed in from the stop's paper."""
    return _desk_page(unit_id, [], "", today())


def _desk_page(unit_id: int, acts: list[tuple[str, str, str]], left: str, day: date) -> str:
    return render_template(
        "lending/shelf_desk.html", unit=unit_queries.get_unit(unit_id), acts=acts, left=left, day=day, now_on=today()
    )


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/desk", role="assistant", methods=("POST",))
def shelf_scans(unit_id: int) -> str | tuple[str, int]:
    """Line by line (L148, L218, L220): each is an act of its own, what was refused stays in the box."""
    unit = unit_queries.get_unit(unit_id)
    try:
        day = read_date("used_on") or today()
    except KesachError as error:
        return _desk_page(unit_id, [("no", "", words_of(error))], request.form.get("lines", ""), today()), 422
    if day > today():  # L210: what is typed in from paper has happened; nothing is written as if it had been today
        said = word("day_not_yet", {"on": day})
        return _desk_page(unit_id, [("no", "", said)], request.form.get("lines", ""), day), 422
    scans = ShelfScans(unit_id, unit.name, day, staff_actor())
    for line in read_codes("lines"):
        scans.take(line)
    return _desk_page(unit_id, scans.acts, "\n".join(scans.left), day)


# --- paper and reports ----------------------------------------------------------------------------


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/route-sheet")
def route_sheet(unit_id: int) -> str:
    """The route to hang on the shelf, with room for signatures."""
    stops = [stop for stop in unit_queries.list_stops(unit_id, load_calendar()) if stop.state != "cancelled"]
    return render_template(
        "lending/route_sheet.html", unit=unit_queries.get_unit(unit_id), stops=stops, day=today(), labels=STOP_LABELS
    )


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/stops/<int:stop_id>")
def stop_report(unit_id: int, stop_id: int) -> str:
    """What one stop has read and borrowed."""
    report = shelf_stops.get_stop_report(stop_id)
    if report.unit_id != unit_id:
        raise NotFound("stop_unknown")
    return render_template("lending/stop_report.html", stop=report, materials=MATERIAL_WORDS, day=today())


@staff_page(blueprint, "/staff/shelves/<int:unit_id>/stops/<int:stop_id>/sheet")
def stop_sheet(unit_id: int, stop_id: int) -> str:
    """Paper for a stop: the books to tick, and lines for loans."""
    report = shelf_stops.get_stop_report(stop_id)
    if report.unit_id != unit_id:
        raise NotFound("stop_unknown")
    return render_template(
        "lending/stop_sheet.html", stop=report, copies=unit_queries.list_unit_copies(unit_id), day=today()
    )
