"""Suggested words for a report, made from its figures and nothing else. The librarian edits them.

Pure. Every sentence says only what the figures say. Next: document.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from library.foundation.vietnamese import nfc
from library.reporting.model import WORD_KEYS, MonthFigures, Words

MOST_LINES = 30
LONGEST_LINE = 600


def suggest_words(figures: MonthFigures, next_theme: str) -> Words:
    """Words for a month nobody has written about yet; `next_theme` is the theme of the month after."""
    next_month = figures.month % 12 + 1
    shortcomings = []
    if figures.quota_required and not figures.theme_ok:
        shortcomings.append("Trong kỳ chưa tổ chức được buổi giới thiệu sách theo chủ điểm tháng.")
    if figures.quota_required and not figures.department_ok:
        shortcomings.append("Trong kỳ chưa tổ chức được buổi giới thiệu sách theo chuyên đề của tổ chuyên môn.")
    plan = []
    if figures.troubles.overdue:
        plan.append(f"Nhắc trả {number_text(figures.troubles.overdue)} bản sách quá hạn.")
    plan.append(
        f"Tổ chức ít nhất hai buổi giới thiệu sách: một buổi theo chủ điểm tháng {next_month} “{next_theme}”, "
        "một buổi theo chuyên đề của tổ chuyên môn."
    )
    return Words(shortcomings=tuple(shortcomings), plan=tuple(plan))


def number_text(value: int) -> str:
    """1234 -> 1.234."""
    return f"{value:,}".replace(",", ".")


def clean_words(raw: Mapping[str, Any]) -> Words:
    """Words as kept in the database or typed in a form (text, one line each) -> clean lines.

    A leading dash or bullet that people type is taken off: the printed form puts its own.
    """
    parts: dict[str, tuple[str, ...]] = {}
    for key in WORD_KEYS:
        value = raw.get(key) or ()
        lines = value.splitlines() if isinstance(value, str) else [str(line) for line in value]
        clean = (nfc(line).lstrip("-–•+ ").strip() for line in lines)
        parts[key] = tuple(line[:LONGEST_LINE] for line in clean if line)[:MOST_LINES]
    return Words(**parts)


def words_json(words: Words) -> dict[str, list[str]]:
    """As `clean_words` reads it back."""
    return {key: list(getattr(words, key)) for key in WORD_KEYS}
