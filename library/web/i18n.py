"""Vietnamese dates, numbers and words for pages; Vietnamese is the source language.

`_()` looks up a gettext catalogue under library/web/translations/<language>/LC_MESSAGES/kesach.mo when
the browser chose another language that is installed; there may be none. Next: library/web/install.py.
"""

from __future__ import annotations

import gettext as gnu_gettext
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel.numbers import format_decimal
from flask import current_app, g, has_request_context, request

from library.foundation import clock
from library.foundation.dates import WEEKDAYS, short_day, week_day

SOURCE_LANGUAGE = "vi"
LANGUAGE_COOKIE = "kesach_language"
TRANSLATIONS = Path(__file__).parent / "translations"


def _day(value: date | datetime) -> date:
    """The Vietnamese calendar day; an aware instant is first turned into local time."""
    return clock.local_date(value) if isinstance(value, datetime) else value


def format_date(value: date | datetime | None) -> str:
    """06/12/2026; empty for None."""
    return f"{_day(value):%d/%m/%Y}" if value else ""


def format_short_date(value: date | datetime | None) -> str:
    """06/12, with the year when it is another one than today's; empty for None."""
    return short_day(_day(value)) if value else ""


def format_day_in_month(value: date | datetime | None) -> str:
    """06/12 without a year, where month and year are written over it; empty for None."""
    return f"{_day(value):%d/%m}" if value else ""


def format_weekday(value: date | datetime | None, year: bool = False) -> str:
    """thứ Hai, 06/12, with the year when it is another one than today's (always with `year`, on paper that is kept);
    empty for None."""
    if not value:
        return ""
    day = _day(value)
    return f"{WEEKDAYS[day.weekday()]}, {day:%d/%m/%Y}" if year else week_day(day)


def format_long_date(value: date | datetime | None) -> str:
    """thứ Hai, ngày 06 tháng 12 năm 2026 (as official papers write it); empty for None."""
    if not value:
        return ""
    day = _day(value)
    return f"{WEEKDAYS[day.weekday()]}, ngày {day:%d} tháng {day:%m} năm {day:%Y}"


def as_sentence(text: str) -> str:
    """Its first letter made large, the rest left alone: "thứ Hai, 06/12" -> "Thứ Hai, 06/12"."""
    return text[:1].upper() + text[1:]


def format_time(value: datetime | None) -> str:
    """09:41 in Vietnam; empty for None."""
    return f"{clock.local_time(value):%H:%M}" if value else ""


def format_instant(value: datetime | None) -> str:
    """09:41 06/12/2026; empty for None."""
    return f"{clock.local_time(value):%H:%M %d/%m/%Y}" if value else ""


def format_day_near(value: date | datetime | None, today: date | None = None) -> str:
    """hôm nay, ngày mai, hôm qua, else thứ Hai, 06/12 (with the year when it is another one)."""
    if not value:
        return ""
    day, now = _day(value), today or clock.today()
    near = {0: "hôm nay", 1: "ngày mai", -1: "hôm qua"}.get((day - now).days)
    if near:
        return near
    return week_day(day, now) if day.year == now.year else format_date(day)


def format_number(value: int | float | Decimal | None, digits: int = 1) -> str:
    """1.234,5 with at most `digits` decimals; empty for None."""
    if value is None:
        return ""
    pattern = "#,##0" + ("." + "#" * digits if digits else "")
    return str(format_decimal(value, format=pattern, locale=SOURCE_LANGUAGE))


def format_money(value: int | None) -> str:
    """25.000 đ: whole VND; empty for None."""
    return f"{format_number(value, 0)} đ" if value is not None else ""


def format_percent(value: float | None, digits: int = 0) -> str:
    """Share 0.425 -> 42,5 % (with digits=1); empty for None."""
    return f"{format_number(value * 100, digits)} %" if value is not None else ""


def format_school_year(label: str) -> str:
    """2026-2027 -> 2026–2027."""
    return label.replace("-", "–")


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gnu_gettext.NullTranslations:
    return gnu_gettext.translation("kesach", TRANSLATIONS, languages=[language], fallback=True)


def forget_catalogues() -> None:
    """Read the catalogues anew (after one was installed)."""
    _catalogue.cache_clear()


def installed_languages() -> tuple[str, ...]:
    """Vietnamese and every language with a catalogue."""
    found = (path.parent.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES/kesach.mo"))
    return (SOURCE_LANGUAGE, *sorted(set(found) - {SOURCE_LANGUAGE}))


def current_language() -> str:
    """Language of this request: the browser's choice, else the school's, where installed; else Vietnamese."""
    if not has_request_context():
        return SOURCE_LANGUAGE
    if "kesach_language" not in g:
        schools = current_app.config.get("KESACH_LANGUAGE", SOURCE_LANGUAGE)
        wanted = request.cookies.get(LANGUAGE_COOKIE) or schools
        known = wanted == SOURCE_LANGUAGE or wanted in installed_languages()
        g.kesach_language = wanted if known else SOURCE_LANGUAGE
    return str(g.kesach_language)


def gettext(message: str) -> str:
    """`message` (Vietnamese) in the language of this request."""
    language = current_language()
    return message if language == SOURCE_LANGUAGE else _catalogue(language).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """As `gettext`; Vietnamese has no plural, so both source forms are usually the same."""
    language = current_language()
    return singular if language == SOURCE_LANGUAGE else _catalogue(language).ngettext(singular, plural, count)
