"""What stood before and after a change, in words: field names, stored codes and numbers as a librarian says them.

Tables: audit_fields.py. Names of what has a number: audit_names.py. Next: library/school/words.py (subjects, actions).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from library.cataloguing.rules import example_of_pattern
from library.foundation.preferences import PREFERENCES
from library.lending.model import PolicyRow
from library.lending.policy_words import count_words, length_words, renewal_words, what_words, who_words
from library.school.audit_fields import BY_SUBJECT, CODES, COUNTS, FIELDS, OF_A_LOAN, PLACES, REFERENCES
from library.web.i18n import format_date, format_instant, format_number

Names = Mapping[tuple[str, str], str]
"""(kind of thing, its number as text) -> what it is called; made by audit_names.find_names."""
MOST_SHOWN = 20
_CODE = re.compile(r"[a-z]+(_[a-z]+)*")
_KINDS = {kind.key: kind for kind in PREFERENCES}
_UNNUMBERED = frozenset({"seed", "number", "next", "year"})  # no thousands: 2026, not 2.026
_WEEKDAYS = dict(enumerate(("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"), start=1))


def describe_facts(
    facts: Mapping[str, Any] | None, subject: str = "", names: Names | None = None, action: str = ""
) -> list[tuple[str, str]]:
    """(field in words, value in words) of one side of a change; fields that say nothing (empty) are left out.
    `subject`: the kind of thing that was changed, `action`: what was done, where known."""
    facts = facts or {}
    if subject == "loan_policy" and "rows" not in facts:
        return _describe_policy(facts) if facts else []
    own = BY_SUBJECT.get(subject, {})
    merging = action.endswith(".merge")
    said = []
    for key, value in sorted(facts.items(), key=lambda item: PLACES.get(item[0], len(PLACES))):
        if value == "" or (subject == "loan" and key in OF_A_LOAN) or (action == "loan.undo" and key == "action"):
            continue
        if merging and key == "merged":
            named = (names or {}).get((subject, str(value)))
            said.append((describe_field(key), named or "một mục"))
        elif merging and isinstance(value, int):
            said.append((FIELDS.get(key, "Dữ liệu khác"), format_number(value)))
        elif key in own and own[key][1]:
            name, codes = own[key]
            said.append((name, "trống" if value is None else codes.get(str(value), "khác")))
        else:
            name = own[key][0] if key in own else describe_field(key)
            said.append((name, describe_value(key, value, names, counted=action != "loan.undo")))
    return said


def describe_field(key: str) -> str:
    """The field's name, never a raw key: one without a word is "Chi tiết"."""
    kind = _KINDS.get(key)
    return FIELDS.get(key) or (kind.label if kind else "Chi tiết")


def describe_value(key: str, value: Any, names: Names | None = None, *, counted: bool = True) -> str:
    """Dates as 06/12/2026, yes and no, lists with commas, stored codes by their word, numbers of things by their
    name. `counted`: a number in a field of COUNTS is how many, not which."""
    if value is None or value == "None":
        return "trống"
    if key == "read_here":
        return "có"
    if isinstance(value, bool):
        return "có" if value else "không"
    if key in _KINDS:
        return _describe_setting(key, value)
    if key in REFERENCES and (isinstance(value, list) or not (counted and key in COUNTS)):
        return _describe_references(key, value, names or {})
    if isinstance(value, int | float):
        return str(value) if key in _UNNUMBERED else format_number(value)
    if isinstance(value, Mapping) and key in {"days", "cut"}:  # old day -> new day, or several
        pairs = [(old, new) for old, found in sorted(value.items()) for new in ([found] if key == "days" else found)]
        return ", ".join(f"{_describe_text('', old)} → {_describe_text('', new)}" for old, new in pairs)
    if isinstance(value, Mapping) and key == "conditions":  # of copies, by barcode
        told = [f"{code} {_describe_text('condition', old).lower()}" for code, old in sorted(value.items())]
        return _and_more(", ".join(told[:MOST_SHOWN]), told)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {text}" for name, text in describe_facts(value, names=names)) or "trống"
    if isinstance(value, list):
        shown = ", ".join(
            str(item) if isinstance(item, int) else describe_value(key, item, names) for item in value[:MOST_SHOWN]
        )
        return _and_more(shown, value)
    return _describe_text(key, str(value))


def _describe_text(key: str, text: str) -> str:
    if key == "pattern" and "{" in text:
        return example_of_pattern(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return format_date(date.fromisoformat(text))
    if re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", text):
        return format_instant(datetime.fromisoformat(text))
    if re.fullmatch(r"20\d\d-\d\d", text):
        return f"{text[5:]}/{text[:4]}"
    if re.fullmatch(r"20\d\d-20\d\d", text):
        return text.replace("-", "–")
    if key in CODES:
        return CODES[key].get(text) or ("khác" if _CODE.fullmatch(text) else text)
    return text


def _and_more(shown: str, items: list[Any]) -> str:
    return f"{shown} và {len(items) - MOST_SHOWN} mục nữa" if len(items) > MOST_SHOWN else shown or "trống"


def _describe_references(key: str, value: Any, names: Names) -> str:
    """By name; what is gone from the books is "đã xoá", a barcode or a class's name stays as it was written."""
    kind = REFERENCES[key]
    items = value if isinstance(value, list) else [value]
    shown = []
    for item in items[:MOST_SHOWN]:
        named = names.get((kind, str(item)))
        if named is None or (isinstance(value, list) and isinstance(item, str)):
            named = "đã xoá" if isinstance(item, int) else str(item)
        shown.append(named)
    return _and_more((", " if kind in {"class", "copy"} else "; ").join(shown), items)


def _describe_setting(key: str, value: Any) -> str:
    kind = _KINDS[key]
    if kind.kind is list and isinstance(value, list):
        return ", ".join(_WEEKDAYS.get(item, "") if "days" in key else str(item) for item in value) or "trống"
    choices = {str(code): label for code, label in kind.choices}
    if choices:
        return choices.get(str(value), "khác")
    if isinstance(value, int | float):
        return format_number(value)
    return str(value).replace("{school_short}", "(tên viết tắt)") or "trống"


def _describe_policy(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A row of the policy table as its page shows it; the log keeps what differs from an empty row, as text."""
    given: dict[str, Any] = {}
    for key, value in facts.items():
        text = str(value)
        if key not in PolicyRow.__dataclass_fields__:
            continue
        if text in {"True", "False", "None"}:
            given[key] = {"True": True, "False": False, "None": None}[text]
        elif key == "fixed_due_on":
            given[key] = date.fromisoformat(text)
        else:
            given[key] = int(text) if key not in {"collection", "note"} and text.isdecimal() else text
    row = PolicyRow(**given)
    said = [
        ("Đối tượng", who_words(row)), ("Tài liệu", what_words(row, {})), ("Số cuốn", count_words(row)),
        ("Thời hạn", length_words(row)), ("Gia hạn", renewal_words(row)), ("Ghi chú", row.note or ""),
    ]  # fmt: skip
    return [(name, text) for name, text in said if text]
