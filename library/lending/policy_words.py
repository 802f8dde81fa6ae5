"""A row of the policy table in words (who, what, how many, how long), and its form. Pure.

What the words mean is decided in rules.py and due_dates.py; what may be kept, in policies.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from library.cataloguing.model import MATERIAL_LABELS, Material
from library.foundation.dates import WEEKDAYS as DAY_NAMES
from library.lending.model import READER_KIND_LABELS, LengthKind, PolicyRow
from library.web.form_values import parse_count, parse_day, parse_id

WEEKDAYS = dict(enumerate(DAY_NAMES, start=1))
LENGTH_LABELS: dict[str, str] = {
    LengthKind.DAYS: "Một số ngày",
    LengthKind.WEEKDAY: "Đến một thứ trong tuần",
    LengthKind.END_OF_TERM: "Đến hết học kỳ",
    LengthKind.END_OF_YEAR: "Đến hết năm học",
    LengthKind.ON_DATE: "Đến một ngày định sẵn",
}
FIELDS = (
    "reader_kind", "grade", "material", "collection", "loanable", "max_loans", "counts_in_total", "length_kind",
    "length_value", "weekday", "fixed_due_on", "max_renewals", "renewal_days", "note",
)  # fmt: skip


def who_words(row: PolicyRow) -> str:
    """Học sinh khối 6; Khối 6; Giáo viên; Mọi bạn đọc."""
    kind = READER_KIND_LABELS.get(row.reader_kind or "", "")
    if row.grade is None:
        return kind or "Mọi bạn đọc"
    return f"{kind} khối {row.grade}" if kind else f"Khối {row.grade}"


def what_words(row: PolicyRow, collections: Mapping[str, str]) -> str:
    """Sách giáo khoa, kho STK; `collections`: code -> name."""
    material = MATERIAL_LABELS[Material(row.material)] if row.material in set(Material) else row.material or ""
    if row.collection is None:
        return material or "Mọi tài liệu"
    shelf = f"kho {row.collection}"
    if row.collection in collections:
        shelf += f" – {collections[row.collection]}"
    return f"{material}, {shelf}" if material else shelf[:1].upper() + shelf[1:]


def count_words(row: PolicyRow) -> str:
    if not row.loanable:
        return "Không cho mượn về"
    if row.max_loans is None:
        return "Theo mức chung" if row.counts_in_total else "Không giới hạn, ngoài mức chung"
    return f"Tối đa {row.max_loans} cuốn" + ("" if row.counts_in_total else ", ngoài mức chung")


def length_words(row: PolicyRow) -> str:
    if not row.loanable:
        return "Đọc tại chỗ"
    if row.length_kind == LengthKind.WEEKDAY:
        return f"Đến {WEEKDAYS.get(row.length_value, 'một thứ')} kế tiếp"
    if row.length_kind == LengthKind.END_OF_TERM:
        return "Đến hết học kỳ"
    if row.length_kind == LengthKind.END_OF_YEAR:
        return "Đến hết năm học"
    if row.length_kind == LengthKind.ON_DATE and row.fixed_due_on is not None:
        return f"Đến {row.fixed_due_on:%d/%m/%Y}"
    return f"{row.length_value} ngày" if row.length_value else "Trả trong ngày"


def renewal_words(row: PolicyRow) -> str:
    if not row.loanable:
        return ""
    if row.max_renewals == 0:
        return "Không gia hạn"
    each = "" if row.renewal_days is None else f", mỗi lần {row.renewal_days} ngày"
    return f"{row.max_renewals} lần{each}"


def form_of(row: PolicyRow) -> dict[str, str]:
    """The row as its form shows it."""
    weekly = row.length_kind == LengthKind.WEEKDAY
    return {
        "reader_kind": row.reader_kind or "",
        "grade": "" if row.grade is None else str(row.grade),
        "material": row.material or "",
        "collection": row.collection or "",
        "loanable": "1" if row.loanable else "",
        "max_loans": "" if row.max_loans is None else str(row.max_loans),
        "counts_in_total": "1" if row.counts_in_total else "",
        "length_kind": str(row.length_kind),
        "length_value": "14" if weekly else str(row.length_value),
        "weekday": str(row.length_value) if weekly else "5",
        "fixed_due_on": "" if row.fixed_due_on is None else row.fixed_due_on.isoformat(),
        "max_renewals": str(row.max_renewals),
        "renewal_days": "" if row.renewal_days is None else str(row.renewal_days),
        "note": row.note,
    }


def row_of_form(form: Mapping[str, str], policy_id: int | None) -> tuple[PolicyRow, dict[str, str]]:
    """(the row as far as it can be read, {field: what is wrong}). Keep it only when nothing is wrong."""
    errors: dict[str, str] = {}

    def count(name: str, words: str, empty: int | None, example: int) -> int | None:
        text = form.get(name, "").strip()
        if not text:
            return empty
        found = parse_count(text)
        if found is None:
            errors[name] = f"{words} cần là một số từ 0 trở lên, ví dụ {example}."
        return empty if found is None else found

    length_kind = form.get("length_kind", "")
    if length_kind not in set(LengthKind):
        errors["length_kind"] = "Chọn cách tính hạn trả."
        length_kind = LengthKind.DAYS
    length_value, fixed_due_on = 14, None
    if length_kind == LengthKind.DAYS:
        if not form.get("length_value", "").strip():
            errors["length_value"] = "Nhập số ngày mượn, ví dụ 14."
        length_value = count("length_value", "Số ngày mượn", 14, 14) or 0
    elif length_kind == LengthKind.WEEKDAY:
        length_value = parse_id(form.get("weekday")) or 0
    elif length_kind == LengthKind.ON_DATE:
        fixed_due_on = parse_day(form.get("fixed_due_on", ""))
        if fixed_due_on is None:
            errors["fixed_due_on"] = "Ngày chưa đúng. Nhập như 20/05/2027."
    row = PolicyRow(
        id=policy_id,
        reader_kind=form.get("reader_kind") or None,
        grade=parse_id(form.get("grade")),
        material=form.get("material") or None,
        collection=form.get("collection") or None,
        loanable=form.get("loanable") == "1",
        max_loans=count("max_loans", "Số cuốn", None, 3),
        counts_in_total=form.get("counts_in_total") == "1",
        length_kind=length_kind,
        length_value=length_value,
        fixed_due_on=fixed_due_on,
        max_renewals=count("max_renewals", "Số lần gia hạn", 0, 1) or 0,
        renewal_days=count("renewal_days", "Số ngày gia hạn", None, 7),
        note=form.get("note", ""),
    )
    return row, errors


def field_of_error(field: str, row: PolicyRow) -> str:
    """Which field of the form a refusal of policies.save_policy belongs beside."""
    return "weekday" if field == "length_value" and row.length_kind == LengthKind.WEEKDAY else field
