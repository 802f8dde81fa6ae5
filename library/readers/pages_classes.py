"""Pages of classes, their cards to print, and departments. Parses, calls services, renders.

No rules here. Next: classes.py, cards.py.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from library.contract.codes import word
from library.foundation import clock
from library.foundation.errors import KesachError, NotFound
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import label_for, parse_label
from library.foundation.vietnamese import fold
from library.lending.units.queries import list_units
from library.readers import cards, classes, forms, queries, service
from library.readers.model import ReaderKind
from library.readers.pages_frame import actor, blueprint
from library.web.access import staff_page
from library.web.acts import act_and_say, say_why_not
from library.web.i18n import format_school_year


def _years() -> list[str]:
    """Kept school years and the present one, newest first."""
    return sorted({*queries.list_school_years(), label_for(clock.today())}, reverse=True)


def _teachers() -> list[tuple[int, str]]:
    found, _ = queries.search_readers(kind=ReaderKind.TEACHER, limit=500)
    return [(card.id, card.label) for card in found]


def _beside_field(error: KesachError) -> dict[str, str]:
    return {str(error.params.get("field", "name")): word(error.code, error.params)}


@staff_page(blueprint, "/staff/classes")
def class_list() -> str:
    """Classes of a school year with head counts."""
    return _classes_page({}, {})


def _classes_page(form: dict[str, str], errors: dict[str, str]) -> str:
    years = _years()
    wanted = request.args.get("year", "") or form.get("school_year", "")
    year = wanted if wanted in years else label_for(clock.today())
    rows = queries.list_classes(year)
    first = int(year[:4])
    return render_template(
        "readers/classes.html",
        rows=rows, year=year, years=[(label, format_school_year(label)) for label in years],
        next_year=f"{first + 1}-{first + 2}", pupils=sum(row.pupils for row in rows),
        corners={unit.class_id: unit for unit in list_units(corners=True) if unit.class_id},
        teachers=_teachers(), form=form, errors=errors,
    )  # fmt: skip


@staff_page(blueprint, "/staff/classes", role="librarian", methods=("POST",), endpoint="create_class")
def create_class() -> AnyResponse | tuple[str, int]:
    """A new class of a school year."""
    form = dict(request.form)
    try:
        year = parse_label(form.get("school_year", ""))
    except ValueError:
        said = word("school_year_bad", {"school_year": form.get("school_year", "")})
        return _classes_page(form, {"school_year": said}), 422
    try:
        class_id = classes.create_class(
            year, form.get("name", ""), actor(), site=form.get("site", ""),
            homeroom_teacher_id=forms.parse_id(form.get("homeroom_teacher_id")),
        )  # fmt: skip
    except KesachError as error:
        return _classes_page(form, _beside_field(error)), 422
    flash(f"Đã thêm lớp {queries.get_class(class_id).name}.", "good")
    return redirect(url_for("readers.class_list", year=year), 303)


@staff_page(blueprint, "/staff/classes/<int:class_id>", role="assistant")
def school_class(class_id: int) -> str:
    """One class: pupils by given name, homeroom teacher, list to print."""
    return _class_page(class_id, {}, {})


def _class_page(class_id: int, form: dict[str, str], errors: dict[str, str]) -> str:
    row = queries.get_class(class_id)
    members = queries.list_class_members(class_id)
    others = [(other.id, other.name) for other in queries.list_classes(row.school_year) if other.id != class_id]
    return render_template(
        "readers/class.html",
        row=row, members=members, others=others, teachers=_teachers(), form=form, errors=errors,
        corner=next((unit for unit in list_units(corners=True) if unit.class_id == class_id), None),
        unprinted=len(queries.list_unprinted_cards(class_id)),
        is_this_year=row.school_year == label_for(clock.today()),
    )  # fmt: skip


@staff_page(blueprint, "/staff/classes/<int:class_id>/edit", role="librarian", methods=("POST",))
def edit_class(class_id: int) -> AnyResponse | tuple[str, int]:
    """Rename, homeroom teacher, site."""
    form = dict(request.form)
    try:
        classes.update_class(
            class_id, form.get("name", ""), actor(), site=form.get("site", ""),
            homeroom_teacher_id=forms.parse_id(form.get("homeroom_teacher_id")),
        )  # fmt: skip
    except NotFound:
        raise
    except KesachError as error:
        return _class_page(class_id, form, _beside_field(error)), 422
    flash("Đã lưu thay đổi.", "good")
    return redirect(url_for("readers.school_class", class_id=class_id), 303)


@staff_page(blueprint, "/staff/classes/<int:class_id>/move", role="librarian", methods=("POST",))
def move_pupils(class_id: int) -> AnyResponse:
    """Pupils ticked on the list go to another class of the same year."""
    back = redirect(url_for("readers.school_class", class_id=class_id), 303)
    members = {card.id for card in queries.list_class_members(class_id)}
    chosen = [one for one in map(forms.parse_id, request.form.getlist("reader")) if one in members]
    target = forms.parse_id(request.form.get("to"))
    if not chosen or target is None:
        flash("Chọn các em và lớp chuyển đến." if not chosen else "Chọn lớp chuyển đến.", "bad")
        return back
    name = queries.get_class(target).name
    try:
        service.change_class_of([one for one in chosen if one is not None], target, actor())
    except KesachError as error:
        say_why_not(error)
    else:
        flash(f"Đã chuyển {len(chosen)} em sang lớp {name}.", "good")
    return back


@staff_page(blueprint, "/staff/classes/<int:class_id>/delete", role="librarian", methods=("POST",))
def delete_class(class_id: int) -> AnyResponse:
    """Take out a class made by mistake."""
    row = queries.get_class(class_id)
    try:
        classes.delete_class(class_id, actor())
    except KesachError as error:
        say_why_not(error)
        return redirect(url_for("readers.school_class", class_id=class_id), 303)
    flash(f"Đã xoá lớp {row.name}.", "good")
    return redirect(url_for("readers.class_list", year=row.school_year), 303)


# ---------------------------------------------------------------- cards to print


@staff_page(blueprint, "/staff/classes/<int:class_id>/cards.pdf", role="assistant")
def class_cards(class_id: int) -> AnyResponse:
    """Cards of a class as a PDF to cut out; `?new=1` only those never printed."""
    row = queries.get_class(class_id)
    only_new = request.args.get("new") == "1"
    wanted = set(queries.list_unprinted_cards(class_id)) if only_new else None
    sheet = cards.render_cards(
        cards.cards_of_class(queries.list_class_members(class_id), wanted),
        f"Lớp {row.name}, năm học {format_school_year(row.school_year)}", get_preference("school_name"),
    )  # fmt: skip
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in fold(row.name))
    headers = {"Content-Disposition": f'inline; filename="the-lop-{name}.pdf"'}
    return Response(sheet, mimetype="application/pdf", headers=headers)


@staff_page(blueprint, "/staff/classes/<int:class_id>/cards/printed", role="assistant", methods=("POST",))
def cards_printed(class_id: int) -> AnyResponse:
    """The sheets are printed: next time only new cards need to be."""
    count = service.mark_cards_printed(queries.list_unprinted_cards(class_id), actor())
    flash(f"Đã ghi {count} thẻ là đã in.", "good")
    return redirect(url_for("readers.school_class", class_id=class_id), 303)


# ---------------------------------------------------------------- departments


@staff_page(blueprint, "/staff/departments", role="assistant")
def departments() -> str:
    """Tổ chuyên môn."""
    return _departments_page({}, {})


def _departments_page(form: dict[str, str], errors: dict[str, str]) -> str:
    return render_template(
        "readers/departments.html", rows=queries.list_departments(with_closed=True), form=form, errors=errors
    )


@staff_page(blueprint, "/staff/departments", role="librarian", methods=("POST",), endpoint="create_department")
def create_department() -> AnyResponse | tuple[str, int]:
    try:
        classes.create_department(request.form.get("name", ""), actor())
    except KesachError as error:
        return _departments_page(dict(request.form), {"name": word(error.code, error.params)}), 422
    flash("Đã thêm tổ chuyên môn.", "good")
    return redirect(url_for("readers.departments"), 303)


@staff_page(blueprint, "/staff/departments/<int:department_id>", role="librarian", methods=("POST",))
def change_department(department_id: int) -> AnyResponse:
    """Rename, close or open again."""
    acts: dict[str, tuple[Callable[[], None], str]] = {
        "rename": (
            lambda: classes.rename_department(department_id, request.form.get("name", ""), actor()),
            "Đã đổi tên tổ.",
        ),
        "close": (lambda: classes.close_department(department_id, actor()), "Đã đóng tổ."),
        "reopen": (lambda: classes.reopen_department(department_id, actor()), "Đã mở lại tổ."),
    }
    act, done = acts.get(request.form.get("do", ""), acts["rename"])
    act_and_say(act, done)
    return redirect(url_for("readers.departments"), 303)
