"""Which school year a textbook page shows: those with classes or sets, the present one and the one to prepare."""

from __future__ import annotations

from flask import flash, request

from library.contract.codes import register_errors, word
from library.foundation.errors import NotFound
from library.foundation.schoolyear import parse_label, year_after
from library.textbooks import queries
from library.textbooks.pages import blueprint

register_errors(
    {
        "textbook_year_unknown": "Năm học {label} chưa có lớp hay bộ sách giáo khoa nào. "
        "Chọn năm học khác trong danh sách."
    }
)


def list_year_choices() -> list[str]:
    """The newest first."""
    present = queries.present_year()
    return sorted({*queries.list_years(), present, year_after(present)}, reverse=True)


def chosen_year() -> str:
    """The school year of the address or form, read as in `pick_year`."""
    return pick_year(request.values.get("year", ""))


def pick_year(text: str) -> str:
    """The school year meant; the present one where there is none or it is no school year.

    A year that is not offered is said and the present one shown; for a form, which would write into a year nobody
    chose, NotFound textbook_year_unknown.
    """
    try:
        label = parse_label(text)
    except ValueError:
        return queries.present_year()
    if label in list_year_choices():
        return label
    if request.method == "POST":
        raise NotFound("textbook_year_unknown", label=label)
    flash(word("textbook_year_unknown", {"label": label}), "notice")
    return queries.present_year()


@blueprint.context_processor
def _year_words() -> dict[str, object]:
    return {"is_kept_year": queries.is_kept_year}
