"""Two corners or shelves exchange books both ways: choosing the two, scanning both boxes, the sheet to sign (L202)."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.contract.codes import word
from library.foundation.errors import KesachError, NotFound
from library.lending.pages import blueprint
from library.lending.pages.forms import need_number, read_codes, staff_actor, words_of
from library.lending.units import queries as unit_queries
from library.lending.units.exchanges import exchange_both, find_twin
from library.lending.units.set_steps import SetRefused
from library.web.access import staff_page
from library.web.form_values import parse_id


@staff_page(blueprint, "/staff/corners/exchange", role="assistant")
def exchange_page() -> str:
    """Which two, then what lies in their boxes."""
    return _exchange_page(parse_id(request.args.get("first")), parse_id(request.args.get("second")))


def _exchange_page(first_id: int | None, second_id: int | None, problem: KesachError | None = None) -> str:
    units = [*unit_queries.list_units(corners=True), *unit_queries.list_units(corners=False)]
    by_id = {unit.unit_id: unit for unit in units}
    pair = [by_id[one] for one in dict.fromkeys((first_id, second_id)) if one in by_id]
    return render_template(
        "lending/exchange.html", units=[(unit.unit_id, unit.name) for unit in units], first=first_id, second=second_id,
        pair=[(unit, unit_queries.list_unit_copies(unit.unit_id)) for unit in pair] if len(pair) == 2 else [],
        same=first_id is not None and first_id == second_id,
        said=words_of(problem) if problem else "", codes=request.form.get("barcodes", ""),
        problems=problem.problems if isinstance(problem, SetRefused) else (),
        key=request.form.get("key") or str(uuid.uuid4()),
    )  # fmt: skip


@staff_page(blueprint, "/staff/corners/exchange", role="assistant", methods=("POST",))
def exchange_boxes() -> Response | tuple[str, int]:
    """Everything that was scanned changes places, under one document each way."""
    first, second = parse_id(request.form.get("first")), parse_id(request.form.get("second"))
    try:
        key = str(uuid.UUID(request.form.get("key", "")))
    except ValueError:
        key = None
    try:
        done = exchange_both(
            need_number("first"), need_number("second"), read_codes(), actor=staff_actor(), act_key=key,
            skip_problems=request.form.get("skip") == "1",
        )  # fmt: skip
    except KesachError as error:
        return _exchange_page(first, second, error), 409 if isinstance(error, SetRefused) else 422
    there, back = done.moved
    twice = f" Quét hai lần, tính một: {', '.join(done.repeated)}." if done.repeated else ""
    flash(f"Đã đổi: {there} cuốn đi, {back} cuốn về.{twice}", "good")
    for left in done.left_out:
        flash(f"{left.barcode} {left.title}: {word(left.reason.code, left.reason.params)}", "notice")
    endpoint = "lending.exchange_sheet" if len(done.document_ids) == 2 else "lending.sheet"
    return redirect(url_for(endpoint, hand_over_id=done.document_ids[0]), 303)


@staff_page(blueprint, "/staff/hand-overs/<int:hand_over_id>/both")
def exchange_sheet(hand_over_id: int) -> str:
    """Both directions of an exchange on one sheet, signed by both classes."""
    twin = find_twin(hand_over_id)
    if twin is None:
        raise NotFound("document_unknown")
    there, back = (unit_queries.get_document(one) for one in sorted((hand_over_id, twin)))
    return render_template("lending/exchange_sheet.html", there=there, back=back)
