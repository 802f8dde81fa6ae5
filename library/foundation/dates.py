"""Days as people read them; the year is said whenever it is not the one of today. Pages, lists and the OPAC use these.

Next: library/web/i18n.py, which offers them to templates.
"""

from __future__ import annotations

from datetime import date

from library.foundation import clock

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def short_day(day: date, today: date | None = None) -> str:
    """06/12; 06/12/2027 in another year than that of `today`."""
    return f"{day:%d/%m}" if day.year == (today or clock.today()).year else f"{day:%d/%m/%Y}"


def week_day(day: date, today: date | None = None) -> str:
    """thứ Hai, 06/12; with the year as `short_day`."""
    return f"{WEEKDAYS[day.weekday()]}, {short_day(day, today)}"
