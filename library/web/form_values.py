"""What people type into a form, read kindly: dates, counts, ids. Pure; words for errors are elsewhere."""

from __future__ import annotations

from datetime import date

MAX_DIGITS = 9


def parse_day(text: str) -> date | None:
    """2026-11-09 (date field) or 09/11/2026 (typed); None when it is no date."""
    text = text.strip()
    try:
        if "/" in text:
            day, month, year = (int(part) for part in text.split("/"))
            return date(year, month, day)
        return date.fromisoformat(text)
    except ValueError:
        return None


def parse_count(text: str) -> int | None:
    """A whole number as people type it (1.234 or 1234); None for anything else."""
    digits = text.strip().replace(".", "").replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None


def parse_id(text: str | None) -> int | None:
    """A row's id from an address or a form; None for anything that cannot be one."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None


def parse_month(text: str | None, fallback: date) -> tuple[int, int]:
    """2026-11 -> (2026, 11); the month of `fallback` for anything else."""
    year, _, month = (text or "").partition("-")
    known = parse_id(year), parse_id(month)
    if known[0] is not None and known[1] is not None and 2000 <= known[0] <= 2100 and 1 <= known[1] <= 12:
        return known[0], known[1]
    return fallback.year, fallback.month
