"""What is missing: per class and pupil, per title of the stock; lost books and how they are made good."""

from __future__ import annotations

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from library.foundation.clock import today
from library.foundation.errors import KesachError
from library.foundation.preferences import get_preference
from library.lending.pages.forms import read_number, staff_actor, words_of
from library.textbooks import queries, sheets
from library.textbooks.losses import list_losses, settle_loss
from library.textbooks.pages import blueprint
from library.textbooks.pages.years import chosen_year, list_year_choices
from library.textbooks.stock_plan import SOURCES, plan_stock
from library.web.access import staff_page
from library.web.form_values import parse_id

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS: dict[str, str] = {"missing": "Chưa nhận đủ", "out": "Chưa trả, mất chưa đền"}


def _kind() -> str:
    kind = request.args.get("kind", "missing")
    return kind if kind in KINDS else "missing"


def _send(content: bytes, name: str) -> Response:
    return send_file(BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=name)


@staff_page(blueprint, "/staff/textbooks/shortfall")
def shortfall() -> str:
    """Per class and pupil: what was never given, or what is not back."""
    year, kind = chosen_year(), _kind()
    everything = queries.list_class_sheets(year)
    class_id = parse_id(request.args.get("class"))
    shown = [sheet for sheet in everything if class_id in (None, sheet.class_id)]
    listed, idle = sheets.split_idle(shown, kind, class_id)
    groups = [(sheet, rows) for sheet in listed if (rows := sheets.list_shortfall(sheet, kind))]
    return render_template(
        "textbooks/shortfall.html", year=year, years=list_year_choices(), kind=kind, kinds=KINDS, idle=idle,
        sheet_titles=sheets.SHORTFALL_TITLES,
        groups=groups,
        class_id=class_id, classes=[(sheet.class_id, sheet.class_name) for sheet in everything],
        total=sum(len(items) for _, rows in groups for _, items in rows),
        pupils=sum(len(rows) for _, rows in groups),
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/shortfall.xlsx")
def shortfall_xlsx() -> Response:
    """The same list as a workbook, one sheet: what the page counts, and what it leaves out by name."""
    year, kind = chosen_year(), _kind()
    class_id = parse_id(request.args.get("class"))
    shown = [sheet for sheet in queries.list_class_sheets(year) if class_id in (None, sheet.class_id)]
    name = "sgk-chua-nhan" if kind == "missing" else "sgk-chua-tra"
    listed, idle = sheets.split_idle(shown, kind, class_id)
    book = sheets.shortfall_workbook(
        listed, kind, school=get_preference("school_name"), year=year, on=today(), idle=idle
    )
    return _send(book, f"{name}-{year}.xlsx")


@staff_page(blueprint, "/staff/textbooks/plan")
def stock_plan() -> str:
    """Per grade and title: needed against what there is."""
    year = chosen_year()
    plans = plan_stock(year)
    return render_template(
        "textbooks/plan.html", year=year, years=list_year_choices(), plans=plans, sources=SOURCES,
        shortfall=sum(plan.shortfall for plan in plans), cost=sum(plan.cost for plan in plans),
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/plan.xlsx")
def stock_plan_xlsx() -> Response:
    """The same plan as a workbook, for the purchase proposal."""
    year = chosen_year()
    book = sheets.plan_workbook(plan_stock(year), school=get_preference("school_name"), year=year, on=today())
    return _send(book, f"sgk-du-tru-{year}.xlsx")


@staff_page(blueprint, "/staff/textbooks/losses")
def losses() -> str:
    """Textbooks lost this year."""
    year = chosen_year()
    return render_template(
        "textbooks/losses.html", year=year, years=list_year_choices(), losses=list_losses(year),
    )  # fmt: skip


@staff_page(blueprint, "/staff/textbooks/losses/<int:loan_id>/settle", role="librarian", methods=("POST",))
def settle(loan_id: int) -> Response:
    """A lost book was made good."""
    year = chosen_year()
    try:
        settle_loss(
            loan_id, request.form.get("settled_as", ""), actor=staff_actor(), amount=read_number("amount"),
            comment=request.form.get("comment") or None,
        )  # fmt: skip
    except KesachError as error:
        flash(words_of(error), "bad")
    else:
        flash("Đã ghi cách đền.", "good")
    return redirect(url_for("textbooks.losses", year=year), 303)
