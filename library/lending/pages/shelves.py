"""Mobile shelves: where each is now, its route, counting out and in."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.foundation.calendar import load_calendar
from library.foundation.clock import today
from library.foundation.errors import KesachError
from library.lending import mobile_shelves, unit_queries
from library.lending.model import UNIT_LABELS
from library.lending.pages import blueprint
from library.lending.pages.corners import list_keepers
from library.lending.pages.forms import field_errors, need_date, read_number, staff_actor, words_of
from library.readers.queries import list_classes
from library.web.access import staff_page
from library.web.navigation import place

place(blueprint, "shelves", "lending.shelves")

STOP_LABELS = {
    "planned": "Sắp đến", "here": "Đang ở đây", "late": "Quá ngày", "done": "Đã đi qua", "cancelled": "Đã huỷ",
}  # fmt: skip


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
    return render_template(
        "lending/route.html", unit=unit_queries.get_unit(unit_id),
        stops=unit_queries.list_stops(unit_id, load_calendar()), labels=STOP_LABELS, errors=errors,
        classes=[(card.id, card.name) for card in list_classes()], keepers=list_keepers(), day=today(),
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
            else:
                flash("Đã ghi tủ rời chặng, đủ số bản.", "good")
        else:
            mobile_shelves.cancel_stop(stop_id, actor=staff_actor())
            flash("Đã huỷ chặng.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.route", unit_id=unit_id))
