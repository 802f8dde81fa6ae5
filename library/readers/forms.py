"""The reader form: strings of a browser <-> ReaderFields, with an error in words beside each field.

No Flask, no database, no rules (rules.py). Next: pages_readers.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from library.foundation.vietnamese import nfc
from library.readers.model import ReaderFields, ReaderKind

_TEXTS = ("full_name", "education_id", "local_code", "post", "email")
BAD_DAY = "Ngày chưa đúng. Ghi ngày, tháng, năm, ví dụ 04/03/2015."


def parse_day(text: str) -> date | None:
    """2026-11-09 (date field) or 09/11/2026 (typed); None when empty. ValueError when it is no date."""
    text = text.strip()
    if not text:
        return None
    if "/" in text:
        day, month, year = (int(part) for part in text.split("/"))
        return date(year, month, day)
    return date.fromisoformat(text)


def parse_id(text: str | None) -> int | None:
    """The id of a row as an address or a select sends it; None for anything else."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def show_fields(fields: ReaderFields) -> dict[str, str]:
    """What the form's inputs hold for a reader."""
    shown = {name: getattr(fields, name) or "" for name in _TEXTS}
    shown |= {name: value.isoformat() if (value := getattr(fields, name)) else "" for name in ("born_on", "leaves_on")}
    shown |= {"kind": fields.kind, "gender": fields.gender or "", "note": fields.note}
    shown["department_id"] = str(fields.department_id or "")
    return shown


def read_fields(form: Mapping[str, str]) -> tuple[ReaderFields, dict[str, str]]:
    """(fields, errors by field name). A day that is none is left out and named."""
    errors: dict[str, str] = {}
    days: dict[str, date | None] = {}
    for name in ("born_on", "leaves_on"):
        try:
            days[name] = parse_day(form.get(name, ""))
        except ValueError:
            days[name], errors[name] = None, BAD_DAY
    texts = {name: nfc(form.get(name, "")) for name in _TEXTS}
    fields = ReaderFields(
        kind=form.get("kind", ReaderKind.PUPIL),
        full_name=texts["full_name"],
        education_id=texts["education_id"] or None,
        local_code=texts["local_code"] or None,
        born_on=days["born_on"],
        gender=form.get("gender") or None,
        department_id=parse_id(form.get("department_id")),
        post=texts["post"] or None,
        email=texts["email"] or None,
        leaves_on=days["leaves_on"],
        note=form.get("note", "").strip(),
    )
    return fields, errors
