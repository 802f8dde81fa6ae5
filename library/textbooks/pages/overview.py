"""The textbooks of a school year at a glance, and the set of each grade."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.foundation.errors import KesachError
from library.foundation.schoolyear import year_before
from library.lending.pages.choosing import choose_book
from library.lending.pages.forms import field_errors, read_number, staff_actor, words_of
from library.textbooks import queries
from library.textbooks.batches import list_batches
from library.textbooks.pages import blueprint
from library.textbooks.pages.years import chosen_year, list_year_choices, pick_year
from library.textbooks.sets import copy_sets, save_set
from library.textbooks.stock_plan import list_grades
from library.web.access import staff_page
from library.web.navigation import place

place(blueprint, "textbooks", "textbooks.overview")


@staff_page(blueprint, "/staff/textbooks")
def overview() -> str:
    """Every class: who has the whole set, what is missing, what is still out."""
    year = chosen_year()
    sheets = queries.list_class_sheets(year)
    grades = sorted({sheet.grade for sheet in sheets} | set(list_grades(year)))
    rows = [(queries.find_set(year, grade), [sheet for sheet in sheets if sheet.grade == grade]) for grade in grades]
    return render_template(
        "textbooks/overview.html", year=year, years=list_year_choices(), rows=rows, before=year_before(year),
        batches=list_batches(limit=8), sheets=sheets,
        can_copy=not any(card.titles for card, _ in rows)
        and any(queries.find_set(year_before(year), grade).titles for grade in range(1, 13)),
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/copy-sets", role="librarian", methods=("POST",))
def copy_from_last_year() -> Response:
    """Begin with last year's sets."""
    year = chosen_year()
    try:
        count = copy_sets(year_before(year), year, actor=staff_actor())
    except KesachError as error:
        flash(words_of(error), "bad")
    else:
        flash(f"Đã chép bộ sách của {count} khối. Sửa từng khối nếu năm nay đổi sách.", "good")
    return redirect(url_for("textbooks.overview", year=year), 303)


@staff_page(blueprint, "/staff/textbooks/sets/<year>/<int:grade>", role="librarian")
def edit_set(year: str, grade: int) -> str:
    """Choose the titles of a grade: tick them off, by bộ sách in one go."""
    return _set_page(year, grade, {}, None)


def _set_page(year: str, grade: int, errors: dict[str, str], form: dict[str, Any] | None) -> str:
    label = pick_year(year)
    chosen = queries.find_set(label, grade)
    added = choose_book(request.args)
    extra = [added.chosen.id] if added.chosen is not None else []
    ticked = form["titles"] if form else {title.record_id for title in chosen.titles} | set(extra)
    optional = form["optional"] if form else {title.record_id for title in chosen.titles if not title.required}
    candidates = queries.list_candidates(grade, [*ticked, *extra])
    book_sets = list(dict.fromkeys(item.book_set for item in candidates if item.book_set))
    order = {record_id: place for place, record_id in enumerate(title.record_id for title in chosen.titles)}
    used = {item.book_set for item in candidates if item.record_id in ticked}
    candidates.sort(
        key=lambda item: (item.record_id not in ticked, order.get(item.record_id, 99), item.book_set not in used)
    )
    return render_template(
        "textbooks/set.html", year=label, grade=grade, chosen=chosen, candidates=candidates, book_sets=book_sets,
        ticked=ticked, optional=optional, errors=errors, book=added,
        expected=form["expected"] if form else chosen.expected_pupils, note=form["note"] if form else chosen.note,
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/sets/<year>/<int:grade>", role="librarian", methods=("POST",))
def save_a_set(year: str, grade: int) -> Response | tuple[str, int]:
    """Keep what is ticked."""
    label = pick_year(year)
    titles = [int(value) for value in request.form.getlist("titles") if value.isdecimal() and len(value) < 10]
    optional = [int(value) for value in request.form.getlist("optional") if value.isdecimal() and len(value) < 10]
    note = request.form.get("note", "")
    try:
        save_set(
            label, grade, titles, actor=staff_actor(), optional=optional,
            expected_pupils=read_number("expected_pupils"), note=note,
        )  # fmt: skip
    except KesachError as error:
        form = {
            "titles": set(titles), "optional": set(optional), "note": note,
            "expected": request.form.get("expected_pupils", ""),
        }  # fmt: skip
        return _set_page(year, grade, field_errors(error), form), 422
    flash(f"Đã lưu bộ sách giáo khoa khối {grade}: {len(dict.fromkeys(titles))} cuốn mỗi em.", "good")
    return redirect(url_for("textbooks.overview", year=year), 303)
