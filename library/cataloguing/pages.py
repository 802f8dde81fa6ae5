"""The librarian's screens of the catalogue: list, record, copies, kho. Parses forms, calls services, renders.

No rules here. Next: service.py, forms.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from library.cataloguing import exports, queries, service
from library.cataloguing.forms import LANGUAGES, read_fields, show_fields
from library.cataloguing.marc import read_marc
from library.cataloguing.model import (
    ACQUISITION_SOURCES,
    COPY_CONDITION_LABELS,
    COPY_STATUS_LABELS,
    COPY_USE_LABELS,
    MATERIAL_LABELS,
    WITHDRAWAL_REASONS,
    CopyStatus,
    RecordFields,
)
from library.cataloguing.rules import example_of_pattern, pattern_of_example
from library.cataloguing.schoolwords import BOOK_SETS, SUBJECTS
from library.contract.codes import word
from library.foundation.audit import Actor
from library.foundation.errors import KesachError, NotFound
from library.foundation.preferences import get_preference
from library.lending.availability import copy_states, list_availability
from library.lending.units.queries import STAY_LABELS, list_copy_places
from library.searching.model import SearchRequest, Sort
from library.web.access import current_staff, staff_page
from library.web.navigation import place
from library.web.pagination import paginate, read_page_number

blueprint = Blueprint("cataloguing", __name__, template_folder="templates")
blueprint.add_app_template_filter(example_of_pattern, "pattern_example")
place(blueprint, "catalogue", "cataloguing.records", also=("/staff/copies", "/staff/collections"))
PER_PAGE = 50
SORTS = (("newest", "Mới nhập trước"), ("relevance", "Phù hợp nhất"), ("title", "Nhan đề"), ("author", "Tác giả"))


def actor() -> Actor:
    """Whoever is signed in, as the audit names them."""
    staff = current_staff()
    return Actor("staff", staff.display_name, staff.id)


@staff_page(blueprint, "/staff/records")
def records() -> str:
    """Search and browse all titles."""
    text = request.args.get("q", "").strip()
    sort = request.args.get("sort", "")
    if sort not in {key for key, _ in SORTS}:
        sort = "relevance" if text else "newest"
    material = request.args.get("material", "")
    filters = {"material": [material]} if material in MATERIAL_LABELS else {}
    index = current_app.extensions["kesach_search"]
    page = index.search(SearchRequest(text, read_page_number(request.args), PER_PAGE, Sort(sort), filters))
    cards = queries.list_cards(page.record_ids)
    ids = [card.id for card in cards]
    return render_template(
        "cataloguing/records.html",
        query=text, sort=sort, sorts=SORTS, material=material, materials=MATERIAL_LABELS.items(),
        cards=cards, copies=queries.count_copies(ids), availability=list_availability(ids),
        labels=MATERIAL_LABELS, total=page.total, page=paginate(page.total, PER_PAGE), suggestion=page.suggestion,
    )  # fmt: skip


def _form_page(values: dict[str, str], errors: dict[str, str], status: int = 200, **more: Any) -> tuple[str, int]:
    page = render_template(
        "cataloguing/edit.html",
        form=values, errors=errors, materials=MATERIAL_LABELS.items(), languages=LANGUAGES, book_sets=list(BOOK_SETS),
        subjects=list(SUBJECTS), **more,
    )  # fmt: skip
    return page, status


@staff_page(blueprint, "/staff/records/new", role="assistant", methods=("GET", "POST"))
def new_record() -> AnyResponse | tuple[str, int]:
    """Catalogue a title by hand."""
    if request.method == "GET":
        empty = RecordFields(title="", class_scheme=get_preference("class_scheme"))
        return _form_page(show_fields(empty), {}, record=None, version=None)
    values, errors = read_fields(request.form)
    if errors:
        return _form_page(dict(request.form), errors, 422, record=None, version=None)
    record_id = service.create_record(values, actor())
    flash("Đã lưu biểu ghi. Thêm các bản sách ở dưới.", "good")
    return redirect(url_for("cataloguing.record", record_id=record_id) + "#them-ban", 303)


@staff_page(blueprint, "/staff/records/<int:record_id>")
def record(record_id: int) -> str:
    """One title: description, copies with where they are, MARC."""
    return _record_page(record_id, {}, {})


def _record_page(record_id: int, form: dict[str, str], errors: dict[str, str]) -> str:
    row = queries.get_record_row(record_id)
    values, version = service.get_fields(record_id)
    marc = read_marc(row.marc)
    service.ensure_default_collections(actor())
    return render_template(
        "cataloguing/record.html",
        row=row, card=queries.card_of(row), values=values, version=version, copies=queries.list_copies(record_id),
        states={state.copy_id: state for state in copy_states(record_id)}, labels=MATERIAL_LABELS,
        marc_leader=str(marc.leader), marc_fields=marc.fields, form=form, errors=errors,
        collections=[(kho.code, f"{kho.code} – {kho.name}") for kho in queries.list_collections()],
        usual_collection=service.COLLECTION_OF_MATERIAL[values.material],
        conditions=COPY_CONDITION_LABELS.items(), uses=[(use.value, label) for use, label in COPY_USE_LABELS.items()],
        status_labels=COPY_STATUS_LABELS, condition_labels=COPY_CONDITION_LABELS,
    )  # fmt: skip


@staff_page(blueprint, "/staff/records/<int:record_id>/edit", role="assistant", methods=("GET", "POST"))
def edit_record(record_id: int) -> AnyResponse | tuple[str, int]:
    """Change the description."""
    row = queries.get_record_row(record_id)
    before, version = service.get_fields(record_id)
    if request.method == "GET":
        return _form_page(show_fields(before), {}, record=row, version=version)
    values, errors = read_fields(request.form, before)
    if not errors:
        seen = request.form.get("version", "")
        try:
            service.update_record(record_id, values, actor(), version=int(seen) if seen.isdecimal() else version)
        except KesachError as error:
            if isinstance(error, NotFound):
                raise
            errors[str(error.params.get("field", "title"))] = word(error.code, error.params)
    if errors:
        shown = dict(request.form)
        return _form_page(shown, errors, 422, record=row, version=request.form.get("version", version))
    flash("Đã lưu thay đổi.", "good")
    return redirect(url_for("cataloguing.record", record_id=record_id), 303)


@staff_page(blueprint, "/staff/records/<int:record_id>/delete", role="librarian", methods=("POST",))
def delete_record(record_id: int) -> AnyResponse:
    """Take a title without copies out of the catalogue."""
    try:
        service.delete_record(record_id, actor())
    except NotFound:
        raise
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
        return redirect(url_for("cataloguing.record", record_id=record_id), 303)
    flash("Đã xoá biểu ghi.", "good")
    return redirect(url_for("cataloguing.records"), 303)


@staff_page(blueprint, "/staff/records/<int:record_id>/merge", role="librarian", methods=("POST",))
def merge_record(record_id: int) -> AnyResponse:
    """Make another record of the same title part of this one."""
    other = request.form.get("other", "").strip()
    try:
        if not other.isdecimal() or len(other) > 9:
            raise NotFound("record_unknown", record_id=other[:20] or "…")
        service.merge_records(record_id, int(other), actor())
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
    else:
        flash(f"Đã gộp biểu ghi {other} vào biểu ghi này.", "good")
    return redirect(url_for("cataloguing.record", record_id=record_id), 303)


@staff_page(blueprint, "/staff/records/<int:record_id>/marc")
def download_marc(record_id: int) -> Response:
    """The record as .mrc, or as MARCXML with ?form=xml."""
    if request.args.get("form") == "xml":
        body, kind, ending = exports.record_marcxml(record_id), "application/marcxml+xml", "xml"
    else:
        body, kind, ending = exports.record_mrc(record_id), "application/marc", "mrc"
    headers = {"Content-Disposition": f'attachment; filename="bieu-ghi-{record_id}.{ending}"'}
    return Response(body, mimetype=kind, headers=headers)


@staff_page(blueprint, "/staff/records/<int:record_id>/copies", role="assistant", methods=("POST",))
def add_copies(record_id: int) -> AnyResponse | tuple[str, int]:
    """Enter copies in the register."""
    form = request.form
    numbers = [part.strip() for part in form.get("numbers", "").replace(";", "\n").splitlines() if part.strip()]
    count, price = form.get("count", "1").strip(), form.get("price", "").strip().replace(".", "")
    errors: dict[str, str] = {}
    service.ensure_default_collections(actor())
    if not count.isdecimal() or len(count) > 6:
        errors["count"] = "Số bản là một số nguyên."
    if price and (not price.isdecimal() or len(price) > 9):
        errors["price"] = "Giá là số tiền bằng đồng, ví dụ 45.000."
    if not errors:
        try:
            made = service.add_copies(
                record_id, int(count), form.get("collection", ""), actor(), numbers=numbers,
                price=int(price) if price else None, condition=form.get("condition", "good"),
                use=form.get("use", "loan"), shelf_location=form.get("shelf_location", "").strip(),
            )  # fmt: skip
        except NotFound as error:
            if error.code == "record_unknown":
                raise
            errors["collection"] = word(error.code, error.params)
        except KesachError as error:
            errors[str(error.params.get("field", "count"))] = word(error.code, error.params)
    if errors:
        return _record_page(record_id, dict(form), errors), 422
    first, last = made[0].accession_number, made[-1].accession_number
    flash(f"Đã thêm {len(made)} bản: {first}" + (f" đến {last}." if len(made) > 1 else "."), "good")
    return redirect(url_for("cataloguing.record", record_id=record_id) + "#cac-ban", 303)


@staff_page(blueprint, "/staff/copies/<int:copy_id>", role="assistant", methods=("GET", "POST"))
def copy(copy_id: int) -> AnyResponse | tuple[str, int]:
    """One copy: status, use, condition, place, note; withdrawal."""
    row = service.get_copy(copy_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        names = ("status", "use", "condition", "shelf_location", "note")
        changes = {name: request.form.get(name, "").strip() for name in names if name in request.form}
        try:
            service.change_copy(copy_id, actor(), collection=request.form.get("collection") or None, **changes)
        except KesachError as error:
            errors[str(error.params.get("field", "status"))] = word(error.code, error.params)
        else:
            flash(f"Đã lưu bản {row.accession_number}.", "good")
            return redirect(url_for("cataloguing.record", record_id=row.record_id) + "#cac-ban", 303)
    page = render_template(
        "cataloguing/copy.html", stays=list_copy_places(copy_id), outcomes=STAY_LABELS,
        row=row, record=row.record, voucher=row.acquisition, sources=ACQUISITION_SOURCES,
        errors=errors, form=request.form,
        statuses=[(s.value, label) for s, label in COPY_STATUS_LABELS.items() if s is not CopyStatus.WITHDRAWN],
        uses=[(use.value, label) for use, label in COPY_USE_LABELS.items()], conditions=COPY_CONDITION_LABELS.items(),
        collections=[(kho.code, f"{kho.code} – {kho.name}") for kho in queries.list_collections()],
        reasons=WITHDRAWAL_REASONS.items(), reason_labels=WITHDRAWAL_REASONS, withdrawn=row.status == "withdrawn",
    )  # fmt: skip
    return page, 422 if errors else 200


@staff_page(blueprint, "/staff/copies/<int:copy_id>/withdraw", role="librarian", methods=("POST",))
def withdraw_copy(copy_id: int) -> AnyResponse:
    """Thanh lý one copy; its number stays in the register."""
    row = service.get_copy(copy_id)
    try:
        service.withdraw_copy(copy_id, request.form.get("reason", ""), actor(), minutes=request.form.get("minutes", ""))
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
        return redirect(url_for("cataloguing.copy", copy_id=copy_id), 303)
    flash(f"Đã thanh lý bản {row.accession_number}. Số này vẫn còn trong sổ đăng ký.", "good")
    return redirect(url_for("cataloguing.record", record_id=row.record_id) + "#cac-ban", 303)


def _read_pattern(form: Mapping[str, str], known: str) -> str:
    """The pattern behind the number typed as an example; an example left as shown keeps the kho's own pattern."""
    text = form.get("number_pattern", "").strip()
    kept = queries.find_number_pattern(known)
    return kept if kept and text == example_of_pattern(kept) else pattern_of_example(text)


@staff_page(blueprint, "/staff/collections", role="librarian", methods=("GET", "POST"))
def collections() -> AnyResponse | tuple[str, int]:
    """The kho with their numbering."""
    service.ensure_default_collections(actor())
    errors: dict[str, str] = {}
    if request.method == "POST":
        form = request.form
        serial = form.get("next_number", "1").strip()
        known = form.get("known", "")
        try:
            number = int(serial) if serial.isdecimal() and len(serial) < 9 else 1
            if known:
                service.update_collection(
                    known, actor(), name=form.get("name", ""), number_pattern=_read_pattern(form, known),
                    home_loan=form.get("home_loan") == "1", next_number=number,
                )  # fmt: skip
            else:
                service.create_collection(
                    form.get("code", ""), form.get("name", ""), _read_pattern(form, known), actor(),
                    next_number=number, home_loan=form.get("home_loan") == "1",
                )  # fmt: skip
        except KesachError as error:
            errors[str(error.params.get("field", "code"))] = word(error.code, error.params)
        else:
            flash("Đã lưu kho.", "good")
            return redirect(url_for("cataloguing.collections"), 303)
    chosen = request.args.get("edit", "")
    rows = queries.list_collections(open_only=False)
    page = render_template(
        "cataloguing/collections.html", rows=rows, errors=errors, form=request.form,
        edited=next((row for row in rows if row.code == chosen), None),
    )  # fmt: skip
    return page, 422 if errors else 200
