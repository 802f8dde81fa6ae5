"""Overdue loans by class, with a sheet for each homeroom teacher.

Holds, visits and kiosk conflicts are in library/lending/pages/waiting.py.
"""

from __future__ import annotations

from itertools import groupby

from flask import render_template, request

from library.lending import queries
from library.lending.pages import blueprint
from library.readers.queries import list_present_classes
from library.web.access import staff_page


@staff_page(blueprint, "/staff/overdue", role="viewer")
def overdue() -> str:
    """Open loans past their day, by class; each class is a sheet of its own when printed."""
    lines = queries.list_overdue()
    chosen = request.args.get("class", "")
    names = list(dict.fromkeys(line.class_name for line in lines))
    if chosen:
        lines = [line for line in lines if line.class_name == chosen]
    homerooms = {card.name: card.homeroom_name for card in list_present_classes()}
    by_class = groupby(lines, key=lambda line: line.class_name)
    groups = [(name, homerooms.get(name), list(rows)) for name, rows in by_class]
    return render_template("lending/overdue.html", groups=groups, names=names, chosen=chosen, total=len(lines))
