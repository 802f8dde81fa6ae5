"""Reading the small things of a form: a date, a number, a list of scanned codes; who is signed in."""

from __future__ import annotations

import re
from datetime import date

from flask import request

from library.contract.codes import word
from library.foundation.audit import Actor
from library.foundation.errors import InvalidInput, KesachError, Refused
from library.lending.set_problems import SetProblem
from library.web.access import current_staff

_VIETNAMESE_DATE = re.compile(r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})$")


def staff_actor() -> Actor:
    """Whoever is signed in, as the audit names them."""
    staff = current_staff()
    return Actor("staff", staff.display_name, staff.id)


def read_date(name: str, *, required: bool = False) -> date | None:
    """An ISO date (a date field) or 06/12/2026 typed by hand. InvalidInput(`date_bad`) names the field."""
    text = request.form.get(name, "").strip()
    if not text and not required:
        return None
    match = _VIETNAMESE_DATE.match(text)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("date_bad", field=name) from None


def need_date(name: str) -> date:
    """A date that must be there."""
    day = read_date(name, required=True)
    assert day is not None
    return day


def read_number(name: str) -> int | None:
    """A whole number or nothing. InvalidInput(`number_bad`) names the field."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.lstrip("-").isdecimal() or len(text) > 9:
        raise InvalidInput("number_bad", field=name)
    return int(text)


def need_number(name: str) -> int:
    number = read_number(name)
    if number is None:
        raise InvalidInput("number_bad", field=name)
    return number


def read_codes(name: str = "barcodes") -> list[str]:
    """What was scanned into a text box: one code a line."""
    return [line.strip() for line in request.form.get(name, "").splitlines() if line.strip()]


def words_of(error: KesachError) -> str:
    """One sentence (or several) for the page."""
    if isinstance(error, Refused):
        return " ".join(dict.fromkeys(word(reason.code, reason.params) for reason in error.reasons))
    return word(error.code, error.params)


def name_problem(problem: SetProblem) -> str:
    """One refused copy in one line: which, and why."""
    which = f"{problem.barcode} {problem.title}".strip()
    return f"{which}: {word(problem.reason.code, problem.reason.params)}"


def field_errors(error: KesachError) -> dict[str, str]:
    """Field -> words, for the form that is shown again."""
    return {str(error.params.get("field", "form")): words_of(error)}
