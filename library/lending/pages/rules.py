"""The librarian's screens of what the school decides about lending: policy table, "why?".

Parses forms, calls services, renders; no rules. Next: policies.py, explaining.py; the calendar: calendar.py.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.cataloguing.model import MATERIAL_LABELS
from library.cataloguing.queries import list_collections
from library.contract.codes import word
from library.foundation.audit import Actor
from library.foundation.errors import Conflict, InvalidInput
from library.foundation.preferences import get_preference
from library.lending import policies, policy_words
from library.lending.availability import copy_states
from library.lending.explaining import Explanation, explain_copy, explain_material
from library.lending.model import READER_KIND_LABELS, PolicyRow
from library.lending.pages.choosing import choose_book, choose_reader
from library.lending.policy_matrix import specificity
from library.lending.school_days import PERIOD_KINDS
from library.readers.rules import FIRST_GRADES, TOP_GRADES
from library.web.access import current_staff, staff_page
from library.web.form_values import parse_id

blueprint = Blueprint("lending_rules", "library.lending", template_folder="templates")
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


from library.lending.pages import calendar  # noqa: E402  it registers on the blueprint

__all__ = ["blueprint", "calendar"]
