"""Class corners: the list, opening one, handing over and taking back by scanning, sheets to sign."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.contract.codes import word
from library.foundation.clock import today
from library.foundation.errors import KesachError
from library.lending.pages import blueprint
from library.lending.pages.forms import (
    field_errors,
    need_number,
    read_codes,
    read_date,
    read_number,
    staff_actor,
    words_of,
)
from library.lending.pages.sets import say_mix
from library.lending.units import queries as unit_queries
from library.lending.units import set_drafts
from library.lending.units.activity import count_lent_inside, list_books_inside
from library.lending.units.class_corners import change_corner, find_corner, open_corner
from library.lending.units.corner_loans import log_use
from library.lending.units.corner_passes import find_pass
from library.lending.units.corner_years import list_old_corners
from library.lending.units.service import HandedOver, close_unit, exchange, hand_over, settle_missing, take_back
from library.lending.units.set_candidates import load_limits
from library.lending.units.set_rules import count_mix
from library.lending.units.set_steps import SetRefused, usual_end
from library.readers.queries import list_class_members, list_classes, search_readers
from library.web.access import staff_page
from library.web.form_values import parse_id
from library.web.navigation import place

place(blueprint, "corners", "lending.corners", also=("/staff/units", "/staff/hand-overs"))

OUTCOMES = (("", "Còn chờ"), ("missing", "Thất lạc"), ("lost", "Mất"), ("damaged", "Hư hỏng"))


def list_keepers() -> list[tuple[int, str]]:
    """Teachers, then other staff, who can answer for a set."""
    teachers, _ = search_readers(kind="teacher", limit=500)
    others, _ = search_readers(kind="staff", limit=200)
    return [(card.id, card.label) for card in (*teachers, *others)]


@staff_page(blueprint, "/staff/corners")
def corners() -> str:
    """All class corners, and the classes that have none."""
    units = unit_queries.list_units(corners=True)
    classes = list_classes()
    have = {unit.class_id for unit in units}
    return render_template(
        "lending/corners.html", units=units, without=[card for card in classes if card.id not in have],
        classes=classes, day=today(), old=bool(list_old_corners()),
        lent=count_lent_inside([unit.unit_id for unit in units]),
    )  # fmt: skip


@staff_page(blueprint, "/staff/corners/new", role="librarian")
def new_corner() -> str | Response:
    class_id = parse_id(request.args.get("class"))
    existing = find_corner(class_id) if class_id else None
    if existing is not None:
        return redirect(url_for("lending.corner", unit_id=existing))
    return _corner_form({}, class_id)


def _corner_form(errors: dict[str, str], class_id: int | None) -> str:
    homeroom = next((card.homeroom_id for card in list_classes() if card.id == class_id), None)
    return render_template(
        "lending/corner_form.html", errors=errors, class_id=class_id, homeroom=homeroom,
        classes=[(card.id, card.name) for card in list_classes()], keepers=list_keepers(),
        members=[(card.id, card.full_name) for card in list_class_members(class_id)] if class_id else [],
        due_on=usual_end(),
    )  # fmt: skip


@staff_page(blueprint, "/staff/corners/new", role="librarian", methods=("POST",))
def open_a_corner() -> Response | tuple[str, int]:
    class_id = parse_id(request.form.get("class_id"))
    try:
        unit_id = open_corner(
            need_number("class_id"), need_number("responsible_id"), actor=staff_actor(),
            helper_id=read_number("helper_id"), capacity=read_number("capacity"), due_on=read_date("due_on"),
            note=request.form.get("note", ""),
        )  # fmt: skip
    except KesachError as error:
        return _corner_form(field_errors(error), class_id), 422
    flash("Đã mở góc lớp. Quét sách để giao bộ đầu tiên.", "good")
    return redirect(url_for("lending.corner", unit_id=unit_id))


# --- one unit: a corner or a shelf ----------------------------------------------------------------


@staff_page(blueprint, "/staff/units/<int:unit_id>")
def corner(unit_id: int) -> str:
    """One corner (or shelf): what is in it, what is late, its documents; boxes to scan copies in and out."""
    wanted = request.args.get("box", "")
    return _unit_page(unit_id, box=wanted if wanted in ("out", "back") else "")


def _unit_page(unit_id: int, *, problem: KesachError | None = None, box: str = "", codes: str = "") -> str:
    line = unit_queries.get_unit(unit_id)
    problems = problem.problems if isinstance(problem, SetRefused) else ()
    members = list_class_members(line.class_id) if line.class_id else []
    mix = count_mix(set_drafts.list_unit_materials(unit_id))
    lent = [book for book in list_books_inside(unit_id) if book.reader_id]
    others = [*unit_queries.list_units(corners=True), *unit_queries.list_units(corners=False)]
    return render_template(
        "lending/unit.html", unit=line, copies=unit_queries.list_unit_copies(unit_id),
        documents=unit_queries.list_documents(unit_id), labels=unit_queries.HAND_OVER_LABELS,
        uses=unit_queries.count_uses(unit_id), problems=problems, said=words_of(problem) if problem else "",
        box=box, codes=codes, outcomes=OUTCOMES, keepers=list_keepers(),
        members=[(card.id, card.full_name) for card in members], day=today(), mix=mix,
        against=say_mix(mix, load_limits()), drafted=set_drafts.count_draft(unit_id), good_pass=find_pass(unit_id),
        lent=lent, having={book.barcode: book for book in lent},
        targets=[(other.unit_id, other.name) for other in others if other.unit_id != unit_id],
    )  # fmt: skip


@staff_page(blueprint, "/staff/units/<int:unit_id>/out", role="assistant", methods=("POST",))
def give(unit_id: int) -> Response | tuple[str, int]:
    """Hand a scanned set over, in one go."""
    try:
        done = hand_over(
            unit_id, read_codes(), actor=staff_actor(), received_by=request.form.get("received_by", ""),
            skip_problems=request.form.get("skip") == "1", note=request.form.get("note", ""),
        )  # fmt: skip
    except KesachError as error:
        page = _unit_page(unit_id, problem=error, box="out", codes=request.form.get("barcodes", ""))
        return page, 409 if isinstance(error, SetRefused) else 422
    flash(f"Đã giao {len(done.moved)} cuốn, phiếu {done.number}.{_named_twice(done)}", "good")
    for lesson in done.lessons:
        flash(f"{lesson.title}: {word(lesson.reason.code, lesson.reason.params)}", "notice")
    return redirect(url_for("lending.sheet", hand_over_id=done.hand_over_id))


def _named_twice(done: HandedOver) -> str:
    return f" Quét hai lần, tính một: {', '.join(done.repeated)}." if done.repeated else ""


@staff_page(blueprint, "/staff/units/<int:unit_id>/back", role="assistant", methods=("POST",))
def take(unit_id: int) -> Response | tuple[str, int]:
    """Take back whatever was scanned; the rest stays named on the list."""
    try:
        done = take_back(unit_id, read_codes(), actor=staff_actor(), note=request.form.get("note", ""))
    except KesachError as error:
        page = _unit_page(unit_id, problem=error, box="back", codes=request.form.get("barcodes", ""))
        return page, 409 if isinstance(error, SetRefused) else 422
    left = f"Còn {done.remaining} cuốn chưa về."
    flash(f"Đã nhận về {len(done.moved)} cuốn, phiếu {done.number}. {left}{_named_twice(done)}", "good")
    for problem in done.left_out:
        flash(f"{problem.barcode}: {word(problem.reason.code, problem.reason.params)}", "notice")
    return redirect(url_for("lending.corner", unit_id=unit_id, box="back" if done.remaining else None))


@staff_page(blueprint, "/staff/units/<int:unit_id>/exchange", role="assistant", methods=("POST",))
def swap(unit_id: int) -> Response | tuple[str, int]:
    """Move scanned copies straight to another corner or shelf."""
    try:
        done = exchange(
            unit_id, need_number("to_unit_id"), read_codes(), actor=staff_actor(), note=request.form.get("note", "")
        )
    except KesachError as error:
        page = _unit_page(unit_id, problem=error, box="exchange", codes=request.form.get("barcodes", ""))
        return page, 409 if isinstance(error, SetRefused) else 422
    flash(f"Đã chuyển {len(done.moved)} cuốn, phiếu {done.number}.{_named_twice(done)}", "good")
    return redirect(url_for("lending.sheet", hand_over_id=done.hand_over_id))


@staff_page(blueprint, "/staff/units/<int:unit_id>/settle", role="librarian", methods=("POST",))
def settle(unit_id: int) -> Response:
    """Decide what became of copies that are not back."""
    chosen = {
        name.removeprefix("outcome-"): value
        for name, value in request.form.items()
        if name.startswith("outcome-") and value
    }
    try:
        done = settle_missing(unit_id, chosen, actor=staff_actor(), note=request.form.get("note", ""))
        owing = f" {done.owing} bạn đọc đang mượn phải đền, xem ở Đền sách." if done.owing else ""
        said = f"Đã ghi kết quả cho {done.copies} cuốn.{owing}" if done.copies else "Chưa chọn cuốn nào."
        flash(said, "good" if done.copies else "notice")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.corner", unit_id=unit_id))


@staff_page(blueprint, "/staff/units/<int:unit_id>/close", role="librarian", methods=("POST",))
def close(unit_id: int) -> Response:
    line = unit_queries.get_unit(unit_id)
    try:
        close_unit(unit_id, actor=staff_actor())
    except KesachError as error:
        flash(words_of(error), "bad")
        return redirect(url_for("lending.corner", unit_id=unit_id))
    flash(f"Đã đóng {line.name}.", "good")
    return redirect(url_for("lending.corners" if line.kind == "class_corner" else "lending.shelves"))


@staff_page(blueprint, "/staff/units/<int:unit_id>/use", role="assistant", methods=("POST",))
def use(unit_id: int) -> Response:
    """Reading inside the unit, from the helper's paper."""
    try:
        log_use(unit_id, actor=staff_actor(), count=need_number("count"), used_on=read_date("used_on"))
        flash("Đã ghi lượt đọc.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.corner", unit_id=unit_id))


@staff_page(blueprint, "/staff/units/<int:unit_id>/keepers", role="librarian", methods=("POST",))
def keepers(unit_id: int) -> Response:
    try:
        change_corner(
            unit_id, actor=staff_actor(), responsible_id=need_number("responsible_id"),
            helper_id=read_number("helper_id"), capacity=read_number("capacity"), due_on=read_date("due_on"),
            note=request.form.get("note", ""),
        )  # fmt: skip
        flash("Đã lưu.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.corner", unit_id=unit_id))


@staff_page(blueprint, "/staff/units/<int:unit_id>/list")
def unit_sheet(unit_id: int) -> str:
    """What is in a unit now, to print and hang inside its door."""
    return render_template(
        "lending/unit_sheet.html", unit=unit_queries.get_unit(unit_id), copies=unit_queries.list_unit_copies(unit_id),
        day=today(),
    )  # fmt: skip
