"""Overdue loans by class, with a sheet for each homeroom teacher: the same sheet as that of the notices.

Holds, visits and kiosk conflicts are in library/lending/pages/waiting.py.
"""

from __future__ import annotations

from functools import partial

from flask import render_template, request, url_for

from library.lending.pages import blueprint
from library.notices.letters import sheet_request
from library.notices.model import SHEET_TITLES, NoticeOf
from library.notices.queries import list_notices
from library.web.access import staff_page


def _desk_url(reader_id: int) -> str:
    return url_for("lending.desk", reader=reader_id)


@staff_page(blueprint, "/staff/overdue", role="viewer")
def overdue() -> str:
    """Open loans past their day, by class; each class is a sheet of its own when printed."""
    everyone = list_notices(NoticeOf.OVERDUE)
    chosen = request.args.get("class", "")[:20]
    found = [one for one in everyone if one.name == chosen] if chosen else everyone
    return render_template(
        "lending/overdue.html", found=found, chosen=chosen,
        names=[(one.name, one.name) for one in everyone if one.name], total=sum(one.loans for one in found),
        title=SHEET_TITLES[NoticeOf.OVERDUE], reader_url=_desk_url,
        request_of=partial(sheet_request, NoticeOf.OVERDUE, summer_day=None),
    )  # fmt: skip
