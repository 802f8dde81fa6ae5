"""How a reader is spoken to and a day is said. Apart from `words.py`: a receipt needs none of its sentences."""

from __future__ import annotations

import re
from datetime import date

# Who is spoken to. The sentences are written for pupils; "em" is the only word that changes.
_ADDRESS = {"teacher": "thầy cô", "staff": "thầy cô", "parent": "bạn", "other": "bạn"}

_SPOKEN = re.compile(r"“[^”]*”|\b[Ee]m\b")
"""Or a title, which stays as it is."""
_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def address(text: str, reader_kind: str) -> str:
    """The sentence as it is said to a reader of that kind: a teacher is not "em"."""
    whom = _ADDRESS.get(reader_kind)
    if whom is None:
        return text
    said = {"em": whom, "Em": whom.capitalize()}
    return _SPOKEN.sub(lambda found: said.get(found[0], found[0]), text)


def read_date(text: str | None) -> date | None:
    """An ISO date of the core, None for nothing or nonsense (an answer may be of a newer core)."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def short_day(day: date) -> str:
    """ "thứ Hai, 06/12" """
    return f"{_WEEKDAYS[day.weekday()]}, {day:%d/%m}"


def full_day(day: date) -> str:
    """ "06/12/2026" """
    return f"{day:%d/%m/%Y}"
