"""The policy table (quy định mượn) as the librarian edits it, and the rows a new school starts with.

Defaults: domain.md §F6 (pupils 14 days, teachers a term, textbooks the whole year, no dictionaries and
newspapers home). How a row is chosen: rules.py, L1–L3.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from library.cataloguing.model import Material
from library.foundation.audit import SYSTEM, Actor, record_audit
from library.foundation.clock import today
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.vietnamese import nfc
from library.lending.model import READER_KIND_LABELS, LengthKind, PolicyRow
from library.lending.tables import LoanPolicy

DEFAULT_POLICIES: tuple[PolicyRow, ...] = (
    PolicyRow(reader_kind="pupil", length_value=14, max_renewals=1, note="Học sinh: 14 ngày"),
    PolicyRow(
        reader_kind="teacher", length_kind=LengthKind.END_OF_TERM, max_renewals=1, note="Giáo viên: đến hết học kỳ"
    ),
    PolicyRow(
        reader_kind="staff", length_kind=LengthKind.END_OF_TERM, max_renewals=1, note="Nhân viên: đến hết học kỳ"
    ),
    PolicyRow(
        material=Material.TEXTBOOK, length_kind=LengthKind.END_OF_YEAR, max_renewals=0, counts_in_total=False,
        note="Sách giáo khoa: cả năm học, không tính vào số cuốn",
    ),
    PolicyRow(material=Material.TOOL, loanable=False, note="Từ điển, tra cứu: chỉ đọc tại chỗ"),
    PolicyRow(material=Material.PERIODICAL, loanable=False, note="Báo, tạp chí: chỉ đọc tại chỗ"),
    PolicyRow(material=Material.MAP_PICTURE, loanable=False, note="Bản đồ, tranh ảnh: giáo viên mượn lên lớp"),
    PolicyRow(
        reader_kind="teacher", material=Material.MAP_PICTURE, length_value=7, note="Giáo viên mượn lên lớp 7 ngày"
    ),
    PolicyRow(reader_kind="pupil", material=Material.TEACHER, loanable=False, note="Sách nghiệp vụ: cho giáo viên"),
    PolicyRow(material=Material.DISC, length_value=7, max_loans=2, note="Băng đĩa: 7 ngày"),
    PolicyRow(material=Material.DIGITAL, loanable=False, note="Học liệu điện tử: dùng trên máy"),
)  # fmt: skip
_KEYS = ("reader_kind", "grade", "material", "collection")
_COLUMNS = tuple(spec.name for spec in dataclasses.fields(PolicyRow) if spec.name != "id")


def ensure_default_policies(actor: Actor = SYSTEM) -> int:
    """Give a school without any row the usual ones. Returns how many were made."""
    with transaction():
        if LoanPolicy.select().exists():
            return 0
        for row in DEFAULT_POLICIES:
            LoanPolicy.insert(**_values(row)).execute()
        record_audit(actor, "policy.defaults", "loan_policy", "all", None, {"rows": len(DEFAULT_POLICIES)})
        return len(DEFAULT_POLICIES)


def list_policies() -> list[PolicyRow]:
    """All rows, in the order of the table on the page: by what they name."""
    rows = [_row_of(row) for row in LoanPolicy.select()]

    def order(row: PolicyRow) -> tuple[str, str, str, int]:
        return row.collection or "", row.material or "", row.reader_kind or "", row.grade or 0

    return sorted(rows, key=order)


def get_policy(policy_id: int) -> PolicyRow:
    row = LoanPolicy.get_or_none(LoanPolicy.id == policy_id)
    if row is None:
        raise NotFound("policy_unknown")
    return _row_of(row)


def save_policy(row: PolicyRow, *, actor: Actor) -> int:
    """Add (`id` None) or change a row. Conflict(`policy_twice`) when another row names exactly the same (L2).

    InvalidInput(`policy_bad`) names the field that cannot be.
    """
    row = dataclasses.replace(row, note=nfc(row.note)[:200])
    _check(row)
    with transaction():
        same = LoanPolicy.select().where(
            *[
                getattr(LoanPolicy, key).is_null() if getattr(row, key) is None
                else getattr(LoanPolicy, key) == getattr(row, key)
                for key in _KEYS
            ]
        )  # fmt: skip
        twin = next((other.id for other in same if other.id != row.id), None)
        if twin is not None:
            raise Conflict("policy_twice", policy_id=twin)
        kept = None if row.id is None else get_policy(row.id).fixed_due_on
        fixed = row.fixed_due_on if row.length_kind == LengthKind.ON_DATE else None
        if fixed is not None and fixed != kept and fixed < today():
            raise InvalidInput("policy_bad", field="fixed_due_on", why="ngày này đã qua")  # L224
        if row.id is None:
            policy_id: int = LoanPolicy.insert(**_values(row)).execute()
            record_audit(actor, "policy.add", "loan_policy", policy_id, None, _shown(row))
            return policy_id
        before = get_policy(row.id)
        LoanPolicy.update(**_values(row)).where(LoanPolicy.id == row.id).execute()
        record_audit(actor, "policy.change", "loan_policy", row.id, _shown(before), _shown(row))
        return row.id


def delete_policy(policy_id: int, *, actor: Actor) -> None:
    """Take a row away; loans already made keep their due day."""
    with transaction():
        before = get_policy(policy_id)
        LoanPolicy.delete().where(LoanPolicy.id == policy_id).execute()
        record_audit(actor, "policy.delete", "loan_policy", policy_id, _shown(before), None)


def _check(row: PolicyRow) -> None:
    def bad(field: str, why: str) -> InvalidInput:
        return InvalidInput("policy_bad", field=field, why=why)

    if row.reader_kind is not None and row.reader_kind not in READER_KIND_LABELS:
        raise bad("reader_kind", "không có đối tượng này")
    if row.grade is not None and not 1 <= row.grade <= 12:
        raise bad("grade", "khối từ 1 đến 12")
    if row.material is not None and row.material not in set(Material):
        raise bad("material", "không có loại tài liệu này")
    if row.length_kind not in set(LengthKind):
        raise bad("length_kind", "chọn cách tính hạn")
    if row.length_kind == LengthKind.WEEKDAY and not 1 <= row.length_value <= 7:
        raise bad("length_value", "thứ từ 1 (thứ Hai) đến 7 (Chủ nhật)")
    if row.length_kind == LengthKind.DAYS and not 0 <= row.length_value <= 730:
        raise bad("length_value", "số ngày từ 0 đến 730")
    if row.length_kind == LengthKind.ON_DATE and row.fixed_due_on is None:
        raise bad("fixed_due_on", "cần một ngày")
    if row.max_loans is not None and not 0 <= row.max_loans <= 500:
        raise bad("max_loans", "số cuốn từ 0 đến 500")
    if not 0 <= row.max_renewals <= 50:
        raise bad("max_renewals", "số lần từ 0 đến 50")
    if row.renewal_days is not None and not 0 <= row.renewal_days <= 730:
        raise bad("renewal_days", "số ngày từ 0 đến 730")


def _values(row: PolicyRow) -> dict[str, Any]:
    return {**{name: getattr(row, name) for name in _COLUMNS}, "length_kind": str(row.length_kind)}


def _row_of(row: LoanPolicy) -> PolicyRow:
    return PolicyRow(id=row.id, **{name: getattr(row, name) for name in _COLUMNS})


def _shown(row: PolicyRow) -> dict[str, Any]:
    default = PolicyRow()
    return {
        name: str(getattr(row, name)) for name in _COLUMNS if getattr(row, name) != getattr(default, name)
    }
