"""The librarian's screens of reports: the months, a month as it will be printed, its words, versions, and
the rows behind each figure. Parses forms, calls the service, renders. Next: templates/reporting/.
"""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.contract.codes import word
from library.foundation import clock
from library.foundation.errors import KesachError
from library.foundation.preferences import get_preference
from library.foundation.schoolyear import label_for, parse_label
from library.promotion.queries import SCHOOL_YEAR_MONTHS
from library.reporting import service
from library.reporting.counting import RULES
from library.reporting.model import WORD_KEYS, Report
from library.reporting.narrative import clean_words
from library.web.access import current_staff, staff_page
from library.web.form_values import parse_day, parse_month
from library.web.navigation import place
from library.web.pagination import paginate

blueprint = Blueprint("reporting", __name__, template_folder="templates")
place(blueprint, "reports", "reporting.months")

ROWS_PER_PAGE = 100
MIME_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".json": "application/json",
}


def _month(text: str) -> tuple[int, int]:
    """2026-11 of an address; 404 for anything else."""
    year, month = parse_month(text, date.min)
    if year < 2000 or text != f"{year}-{month:02d}":
        abort(404)
    return year, month


def _version() -> int | None:
    text = request.args.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _key(year: int, month: int) -> str:
    return f"{year}-{month:02d}"


@staff_page(blueprint, "/staff/reports")
def months() -> str:
    """The months of a school year, and what became of each one's report."""
    today = clock.today()
    try:
        label = parse_label(request.args.get("year", ""))
    except ValueError:
        label = label_for(today)
    first = int(label[:4])
    keys = [(first if month >= 8 else first + 1, month) for month in SCHOOL_YEAR_MONTHS]
    begun = [key for key in keys if service.window_of(*key).from_on <= today]
    return render_template(
        "reporting/months.html",
        label=label,
        before=f"{first - 1}-{first}",
        after=f"{first + 1}-{first + 2}" if (first + 1, 8) <= (today.year, today.month) else None,
        begun=list(reversed(begun)),
        versions=service.list_months(keys),
        due_day=get_preference("report_due_day"),
        windows={key: service.window_of(*key) for key in begun},
        today_key=(today.year, today.month),
        recipient=get_preference("report_recipient"),
    )


@staff_page(blueprint, "/staff/reports/<month_key>")
def month(month_key: str) -> str | Response:
    """The report as it will be printed; its figures open to their rows."""
    year, number = _month(month_key)
    if service.window_of(year, number).from_on > clock.today():
        flash(word("report_not_begun", {"month": number, "year": year}), "notice")
        return redirect(url_for("reporting.months"))
    report = service.get_report(year, number, _version())
    return render_template(
        "reporting/month.html",
        report=report,
        paper=service.make_month_paper(report),
        month_key=month_key,
        versions=service.list_versions(year, number),
        differences=_differences(report),
        unset=_unset(),
        is_over=service.window_of(year, number).until_on < clock.today(),
    )


def _differences(report: Report) -> dict[str, Any] | None:
    """What differs: a sent version against the present figures, a correction against what was sent."""
    if report.status == service.SENT:
        present = service.build_month(report.year, report.month)
        return {"kind": "since_sent", "rows": service.compare(report.figures, present)}
    sent = service.find_last_sent(report.year, report.month, report.version)
    if sent is None:
        return None
    return {"kind": "correction", "version": sent.version, "rows": service.compare(sent.figures, report.figures)}


def _unset() -> list[str]:
    """What the letterhead still lacks, in words."""
    wanted = {"place_name": "địa danh", "head_name": "họ tên hiệu trưởng", "librarian_name": "họ tên cán bộ thư viện"}
    return [words for key, words in wanted.items() if not str(get_preference(key)).strip()]


@staff_page(blueprint, "/staff/reports/<month_key>/words", role="librarian", methods=("GET", "POST"))
def words(month_key: str) -> str | Response:
    """Write the report's own words, its number and its date."""
    year, number = _month(month_key)
    service.require_begun(year, number)
    report = service.get_report(year, number)
    errors: dict[str, str] = {}
    values = {key: "\n".join(getattr(report.words, key)) for key in WORD_KEYS}
    values |= {"number": report.number, "dated_on": report.dated_on.isoformat()}
    if request.method == "POST":
        values = {key: request.form.get(key, "") for key in values}
        dated_on = parse_day(values["dated_on"]) if values["dated_on"].strip() else None
        if values["dated_on"].strip() and dated_on is None:
            errors["dated_on"] = word("report_date_bad")
        else:
            try:
                service.save_words(
                    year, number, {key: values[key] for key in WORD_KEYS}, as_actor(current_staff()),
                    number=values["number"], dated_on=dated_on,
                )  # fmt: skip
            except KesachError as error:
                errors[error.params.get("field", "number")] = word(error.code, error.params)
            else:
                flash("Đã lưu nội dung báo cáo.", "good")
                return redirect(url_for("reporting.month", month_key=month_key))
    return render_template(
        "reporting/words.html",
        report=report,
        month_key=month_key,
        values=values,
        errors=errors,
        word_keys=WORD_KEYS,
        lines=clean_words(values),
    )


@staff_page(blueprint, "/staff/reports/<month_key>/send", role="librarian", methods=("POST",))
def send(month_key: str) -> Response:
    """Freeze the report as sent."""
    year, number = _month(month_key)
    try:
        version = service.send_report(year, number, as_actor(current_staff()))
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
    else:
        flash(f"Đã chốt bản {version} là bản gửi. Số liệu của bản này không đổi nữa.", "good")
    return redirect(url_for("reporting.month", month_key=month_key))


@staff_page(blueprint, "/staff/reports/<month_key>/correct", role="librarian", methods=("POST",))
def correct(month_key: str) -> Response:
    """Begin a new version of a sent report."""
    year, number = _month(month_key)
    try:
        version = service.start_correction(year, number, as_actor(current_staff()))
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
    else:
        flash(f"Đã lập bản điều chỉnh {version}. Bản đã gửi vẫn giữ nguyên.", "good")
    return redirect(url_for("reporting.month", month_key=month_key))


@staff_page(blueprint, "/staff/reports/<month_key>/file.<ending>")
def download(month_key: str, ending: str) -> Response:
    """The report as a file."""
    year, number = _month(month_key)
    suffix = f".{ending}"
    if suffix not in MIME_TYPES:
        abort(404)
    service.require_begun(year, number)
    report = service.get_report(year, number, _version())
    content = service.render(report, suffix)
    name = f"bao-cao-thu-vien-{month_key}{f'-ban-{report.version}' if report.version > 1 else ''}{suffix}"
    return send_file(io.BytesIO(content), mimetype=MIME_TYPES[suffix], as_attachment=True, download_name=name)


@staff_page(blueprint, "/staff/reports/<month_key>/rows/<figure_id>")
def figure_rows(month_key: str, figure_id: str) -> str:
    """The rows a figure was counted from."""
    year, number = _month(month_key)
    behind = service.rows_behind(figure_id, year, number)
    page = paginate(len(behind.rows), ROWS_PER_PAGE)
    return render_template(
        "reporting/rows.html",
        behind=behind,
        rule_text=RULES[behind.rule],
        rows=behind.rows[page.offset : page.offset + page.per_page],
        page=page,
        month_key=month_key,
        year=year,
        number=number,
        window=service.window_of(year, number),
        is_rate=figure_id.endswith((".share", ".turnover")),
    )


@staff_page(blueprint, "/staff/reports/rules")
def rules() -> str:
    """How every figure is counted."""
    return render_template("reporting/rules.html", rules=RULES)
