"""How the settings page is laid out: subheads in a long group, and the slot of the report's symbol in words.

Keys are those of library/foundation/preferences.py; a key without a subhead is shown under the last one.
"""

from __future__ import annotations

from collections.abc import Sequence

from library.foundation.preferences import LENDING, PreferenceKind

SLOT = "{school_short}"
SLOT_WORDS = "[tên viết tắt]"

SECTIONS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    LENDING: (
        ("Mượn được bao nhiêu", (
            "max_loans_pupil", "max_loans_teacher", "max_loans_other", "block_when_overdue", "same_title_twice",
            "in_library_counts",
        )),
        ("Hạn trả và gia hạn", ("weekly_closed_days", "summer_return_day", "renew_if_spare", "expired_may_renew")),
        ("Trả muộn", (
            "suspension_factor", "suspension_grace_days", "suspension_cap_days", "suspension_sum", "late_fine",
        )),
        ("Đặt mượn và gọi về", ("pickup_days", "recall_days")),
        ("Khi nhận trả", ("in_house_use", "lost_return", "withdrawn_return")),
        ("Góc lớp và tủ lưu động", (
            "unit_weeks", "unit_capacity", "shelf_stop_days", "unit_max_textbooks", "unit_min_children",
            "corner_loan_days", "corner_loans_pupil",
        )),
    ),
}  # fmt: skip


def split_group(group: str, kinds: Sequence[PreferenceKind]) -> list[tuple[str, list[PreferenceKind]]]:
    """(subhead, settings) in the order shown; one part without a subhead for a short group. Nothing is left out."""
    sections = SECTIONS.get(group)
    if not sections:
        return [("", list(kinds))]
    by_key = {kind.key: kind for kind in kinds}
    parts = [(title, [by_key.pop(key) for key in keys if key in by_key]) for title, keys in sections]
    parts[-1][1].extend(by_key.values())
    return parts


def show_symbol(kept: str) -> str:
    """The symbol as it is edited: the slot in words."""
    return kept.replace(SLOT, SLOT_WORDS)


def read_symbol(typed: str) -> str:
    """The symbol as it is kept; capitals and spaces inside the brackets do not matter."""
    start, end = typed.find("["), typed.find("]")
    if 0 <= start < end and " ".join(typed[start + 1 : end].split()).lower() == SLOT_WORDS[1:-1]:
        return typed[:start] + SLOT + typed[end + 1 :]
    return typed


def preview_symbol(kept: str, school_short: str) -> str:
    """What stands on a paper with the number 12, for example "12/BC-THCSCL"."""
    return f"12/{kept.replace(SLOT, school_short)}"
