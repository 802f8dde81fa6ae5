"""What a list would change about readers who are here already, field by field in words: old and new. Reads only.

Shown on the preview, so that a move to another class is seen before it is made. Next: readers_plan.py.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from catalog_imports.readers_plan import Decision, ReadersPlan
from library.readers.model import GENDER_LABELS, STATUS_LABELS
from library.readers.tables import Department

FIELD_WORDS = {
    "full_name": "Họ và tên", "education_id": "Mã định danh", "local_code": "Mã riêng của trường",
    "born_on": "Ngày sinh", "gender": "Giới tính", "post": "Chức vụ", "status": "Tình trạng",
}  # fmt: skip
_NONE = "chưa có"


def list_changes(plan: ReadersPlan) -> list[dict[str, Any]]:
    """One entry for each reader that is updated: row, name, and (field, old, new); who changes class comes first."""
    departments = dict(Department.select(Department.id, Department.name).tuples())
    found = [_entry(one, departments) for one in plan.decisions if one.outcome == "updated" and one.known is not None]
    return sorted(found, key=lambda entry: entry["changes"][0][0] != "Lớp")


def _entry(decision: Decision, departments: dict[int, str]) -> dict[str, Any]:
    known = decision.known
    assert known is not None
    changes = []
    if decision.class_name:
        changes.append(("Lớp", known.class_name or _NONE, decision.class_name))
    if decision.department:
        changes.append(("Tổ chuyên môn", departments.get(known.department_id or 0, _NONE), decision.department))
    changes += [(FIELD_WORDS[name], _words(getattr(known, name)), _words(value))
                for name, value in decision.changes.items()]  # fmt: skip
    return {"row": decision.draft.row, "name": known.full_name, "changes": changes}


def _words(value: Any) -> str:
    if value is None or value == "":
        return _NONE
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    text = str(value)
    return GENDER_LABELS.get(text) or {str(key): word for key, word in STATUS_LABELS.items()}.get(text, text)
