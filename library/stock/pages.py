"""Screens of the stock-take: begin, scan by the pile, decide, what is missing, minutes to print and as XLSX.

Parses, calls the service, renders; no rules. Next: service.py, queries.py.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.cataloguing.queries import list_collections
from library.contract.codes import word
from library.foundation.audit import Actor
from library.foundation.errors import KesachError
from library.foundation.preferences import get_preference
from library.stock import queries, service, sheets
from library.stock.model import OUTCOME_LABELS, SETTLE_LABELS, TO_SETTLE, Scanned
from library.web.access import current_staff, staff_page
from library.web.form_values import parse_id
from library.web.i18n import format_number
from library.web.navigation import place

blueprint = Blueprint("stock", "library.stock", template_folder="templates")
place(blueprint, "stock", "stock.stocktakes")
CHIPS = {
    "found": "good", "back": "good", "on_loan": "notice", "in_unit": "notice", "lost": "notice", "elsewhere": "info",
    "withdrawn": "bad", "unknown": "bad",
}  # fmt: skip
OTHERS = ("back", "elsewhere", "withdrawn", "unknown")


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {"outcome_labels": OUTCOME_LABELS, "outcome_chips": CHIPS, "settle_labels": SETTLE_LABELS,
            "material_name": sheets.material_name}  # fmt: skip


def _actor() -> Actor:
    return as_actor(current_staff())


def _say(error: KesachError) -> str:
    return word(error.code, error.params)


@staff_page(blueprint, "/staff/stocktakes")
def stocktakes() -> str:
    """All stock-takes, and a form to begin one."""
    return _list_page({}, {})


def _list_page(values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "stock/stocktakes.html", lines=queries.list_stocktakes(), values=values, errors=errors,
        collections=[(row.code, row.name) for row in list_collections(open_only=False)],
    )  # fmt: skip


@staff_page(blueprint, "/staff/stocktakes", role="librarian", methods=("POST",), endpoint="start")
def start() -> Response | tuple[str, int]:
    values = {name: request.form.get(name, "") for name in ("name", "collection")}
    try:
        stocktake_id = service.start_stocktake(values["name"], values["collection"], actor=_actor())
    except KesachError as error:
        return _list_page(values, {str(error.params.get("field", "name")): _say(error)}), 422
    flash("Đã mở đợt kiểm kê. Quét từng kệ.", "good")
    return redirect(url_for("stock.stocktake", stocktake_id=stocktake_id), 303)


@staff_page(blueprint, "/staff/stocktakes/<int:stocktake_id>")
def stocktake(stocktake_id: int) -> str:
    """One stock-take: the box to scan into, what is to be decided, how far it is; closed: its minutes."""
    return _page(stocktake_id)


def _page(stocktake_id: int, *, scanned: list[Scanned] | None = None, said: str = "", codes: str = "") -> str:
    line = queries.get_stocktake(stocktake_id)
    counts = queries.count_outcomes(stocktake_id)
    return render_template(
        "stock/stocktake.html", line=line, counts=counts, seen=sum(counts.values()),
        missing=queries.count_missing(line) if line.open else len(queries.make_minutes(line).missing),
        to_settle=queries.list_scans(stocktake_id, TO_SETTLE), others=queries.list_scans(stocktake_id, OTHERS),
        scanned=scanned or [], said=said, codes=codes,
    )  # fmt: skip


@staff_page(blueprint, "/staff/stocktakes/<int:stocktake_id>/scan", role="assistant", methods=("POST",))
def scan(stocktake_id: int) -> str | tuple[str, int]:
    """A pile of scans, one a line; the page says of each what is not simply found."""
    typed = request.form.get("codes", "")
    try:
        done = service.scan_books(stocktake_id, typed.splitlines(), actor=_actor())
    except KesachError as error:
        return _page(stocktake_id, said=_say(error), codes=typed), 422
    return _page(stocktake_id, scanned=done)


@staff_page(blueprint, "/staff/stocktakes/<int:stocktake_id>/settle", role="assistant", methods=("POST",))
def settle(stocktake_id: int) -> Response:
    """One copy the books have elsewhere: put right, or left."""
    try:
        service.settle_scan(
            parse_id(request.form.get("scan_id")) or 0, actor=_actor(), leave=request.form.get("leave") == "1"
        )
        flash("Đã ghi.", "good")
    except KesachError as error:
        flash(_say(error), "bad")
    return redirect(url_for("stock.stocktake", stocktake_id=stocktake_id), 303)


@staff_page(blueprint, "/staff/stocktakes/<int:stocktake_id>/close", role="librarian", methods=("POST",))
def close(stocktake_id: int) -> Response:
    try:
        count = service.close_stocktake(
            stocktake_id, actor=_actor(), mark_missing=request.form.get("mark") == "1"
        )
        noted = count and request.form.get("mark") == "1"
        marked = f" {format_number(count)} cuốn chưa thấy đã ghi là thất lạc." if noted else ""
        flash(f"Đã khoá đợt kiểm kê.{marked}", "good")
    except KesachError as error:
        flash(_say(error), "bad")
    return redirect(url_for("stock.stocktake", stocktake_id=stocktake_id), 303)


@staff_page(blueprint, "/staff/stocktakes/<int:stocktake_id>/minutes")
def minutes(stocktake_id: int) -> str:
    """Biên bản kiểm kê to print, with the list of what was not seen."""
    line = queries.get_stocktake(stocktake_id)
    return render_template(
        "stock/minutes.html", line=line, minutes=queries.make_minutes(line), signers=sheets.SIGNED_BY
    )


@staff_page(blueprint, "/staff/stocktakes/<int:stocktake_id>/minutes.xlsx")
def minutes_file(stocktake_id: int) -> Response:
    """The same as a workbook."""
    line = queries.get_stocktake(stocktake_id)
    content = sheets.minutes_workbook(line, queries.make_minutes(line), get_preference("school_name"))
    return Response(
        content,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="kiem-ke-{stocktake_id}.xlsx"'},
    )
