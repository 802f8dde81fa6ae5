"""The librarian's screens of reading promotion: the month and its quota, the log, the year, the register.

Parses forms, calls the service, renders. No rules. Next: forms.py, templates/promotion/.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access.service import as_actor
from library.contract.codes import word
from library.foundation import clock
from library.foundation.audit import Actor
from library.foundation.errors import KesachError
from library.foundation.schoolyear import label_for, parse_label
from library.promotion import forms, queries, service
from library.promotion.forms import FormState
from library.promotion.model import (
    FORM_LABELS,
    PERIOD_LABELS,
    QUOTA_SLOTS,
    SLOT_LABELS,
    STATUS_LABELS,
    SessionStatus,
    Slot,
)
from library.promotion.themes import KEY_DAYS
from library.searching.model import SearchRequest
from library.web.access import current_staff, staff_page
from library.web.form_values import parse_count, parse_day, parse_month
from library.web.i18n import format_school_year
from library.web.navigation import place

blueprint = Blueprint("promotion", __name__, template_folder="templates")
place(blueprint, "promotion", "promotion.month")

HITS = 8


@blueprint.context_processor
def _labels() -> dict[str, Any]:
    return {
        "slot_labels": SLOT_LABELS,
        "form_labels": FORM_LABELS,
        "status_labels": STATUS_LABELS,
        "period_labels": PERIOD_LABELS,
    }


def _actor() -> Actor:
    return as_actor(current_staff())


def _neighbours(year: int, month: int) -> tuple[str, str]:
    before = (year, month - 1) if month > 1 else (year - 1, 12)
    after = (year, month + 1) if month < 12 else (year + 1, 1)
    return f"{before[0]}-{before[1]:02d}", f"{after[0]}-{after[1]:02d}"


def _label(text: str | None) -> str:
    try:
        return parse_label(text or "")
    except ValueError:
        return label_for(clock.today())


@staff_page(blueprint, "/staff/promotion")
def month() -> str:
    """One month: both slots, every session, and the year around it."""
    today = clock.today()
    year, number = parse_month(request.args.get("month"), today)
    from_on, until_on = queries.month_bounds(year, number)
    sessions = queries.list_sessions(from_on, until_on)
    label = label_for(from_on)
    before, after = _neighbours(year, number)
    return render_template(
        "promotion/month.html",
        year=year,
        number=number,
        month_key=f"{year}-{number:02d}",
        theme=queries.theme_of(year, number),
        key_days=KEY_DAYS[number],
        quota=queries.month_quota(year, number),
        sessions=sessions,
        slots=[(slot, [session for session in sessions if session.slot is slot]) for slot in QUOTA_SLOTS],
        days_left=(until_on - today).days if from_on <= today <= until_on else None,
        is_past=until_on < today,
        before=before,
        after=after,
        label=label,
        months=queries.year_view(label, today),
    )


@staff_page(blueprint, "/staff/promotion/new", role="assistant", methods=("GET", "POST"))
def new() -> str | Response:
    """Log a session or plan one."""
    if request.method == "GET":
        held_on = parse_day(request.args.get("day", "")) or clock.today()
        planned = held_on > clock.today()
        # Unless the address says which, the slot the month still lacks: that is why the form is opened.
        missing = queries.month_quota(held_on.year, held_on.month).missing
        slot = request.args.get("slot") or (missing[0].value if missing else Slot.THEME.value)
        state = FormState(
            {
                "held_on": held_on.isoformat(),
                "slot": slot if slot in set(Slot) else Slot.THEME.value,
                "form": "flag_salute",
                "theme": queries.theme_of(held_on.year, held_on.month),
                "status": "planned" if planned or request.args.get("plan") else "held",
            }
        )
        return _session_page(state)
    state = forms.session_form(request.form)
    return _handle_session(state, None)


@staff_page(blueprint, "/staff/promotion/<int:session_id>", methods=("GET",))
def show(session_id: int) -> str:
    """One session as it was."""
    session = queries.get_session(session_id)
    return render_template(
        "promotion/session.html",
        session=session,
        loans_after=queries.count_loans_after(session),
        effect_days=queries.EFFECT_DAYS,
        month_key=f"{session.held_on:%Y-%m}",
    )


@staff_page(blueprint, "/staff/promotion/<int:session_id>/edit", role="assistant", methods=("GET", "POST"))
def edit(session_id: int) -> str | Response:
    """Put a session right."""
    if request.method == "GET":
        return _session_page(forms.session_state(queries.get_session(session_id)), session_id)
    return _handle_session(forms.session_form(request.form), session_id)


def _handle_session(state: FormState, session_id: int | None) -> str | Response:
    """Save, or help to choose books: the same form with everything kept."""
    removed = request.form.get("remove", "")
    if removed:
        state.record_ids = [record_id for record_id in state.record_ids if str(record_id) != removed]
        return _session_page(state, session_id)
    added = request.form.get("add", "")
    if added.isascii() and added.isdigit() and len(added) < 10:
        _add_book(state, int(added))
        return _session_page(state, session_id, focus_book=True)
    wanted = request.form.get("book", "").strip()
    if wanted and request.form.get("do") != "save":
        return _find_book(state, session_id, wanted)
    draft = forms.session_draft(state)
    if draft is None:
        return _session_page(state, session_id)
    try:
        if session_id is None:
            session_id = service.log_session(draft, _actor())
        else:
            service.edit_session(session_id, draft, _actor())
    except KesachError as error:
        state.errors[error.params.get("field", "held_on")] = word(error.code, error.params)
        return _session_page(state, session_id)
    planned = draft.status is SessionStatus.PLANNED
    flash("Đã lưu kế hoạch buổi giới thiệu sách." if planned else "Đã ghi buổi giới thiệu sách.", "good")
    return redirect(url_for("promotion.month", month=f"{draft.held_on:%Y-%m}"))


def _find_book(state: FormState, session_id: int | None, wanted: str) -> str:
    scanned = queries.find_scanned_record(wanted)
    if scanned is not None:
        _add_book(state, scanned)
        return _session_page(state, session_id, focus_book=True)
    search = current_app.extensions["kesach_search"]
    page = search.search(SearchRequest(query=wanted[:200], per_page=HITS))
    hits = queries.list_record_cards(page.record_ids)
    if not hits:
        state.errors["book"] = f"Không tìm thấy sách “{wanted[:60]}”. Gõ vài chữ của tên sách, hoặc quét mã trên sách."
    return _session_page(state, session_id, hits=hits, wanted=wanted, focus_book=True)


def _add_book(state: FormState, record_id: int) -> None:
    if record_id not in state.record_ids and len(state.record_ids) < forms.MOST_BOOKS:
        state.record_ids.append(record_id)


def _session_page(
    state: FormState, session_id: int | None = None, hits: Any = (), wanted: str = "", focus_book: bool = False
) -> str:
    held_on = parse_day(state.values.get("held_on", "")) or clock.today()
    return render_template(
        "promotion/form.html",
        state=state,
        values=state.values,
        errors=state.errors,
        session_id=session_id,
        books=queries.list_record_cards(state.record_ids),
        hits=[hit for hit in hits if hit.id not in state.record_ids],
        wanted=wanted,
        focus_book=focus_book,
        departments=queries.list_departments(),
        month_theme=queries.theme_of(held_on.year, held_on.month),
        month_key=f"{held_on:%Y-%m}",
        statuses=[(status.value, STATUS_LABELS[status]) for status in (SessionStatus.HELD, SessionStatus.PLANNED)],
    )


@staff_page(blueprint, "/staff/promotion/<int:session_id>/held", role="assistant", methods=("POST",))
def held(session_id: int) -> Response:
    """A planned session has taken place."""
    attendance = parse_count(request.form.get("attendance", ""))
    return _then_month(
        session_id, lambda: service.mark_held(session_id, attendance, _actor()), "Đã ghi là đã thực hiện."
    )


@staff_page(blueprint, "/staff/promotion/<int:session_id>/cancel", role="assistant", methods=("POST",))
def cancel(session_id: int) -> Response:
    """A planned session will not take place."""
    reason = request.form.get("reason", "")
    return _then_month(session_id, lambda: service.cancel_session(session_id, reason, _actor()), "Đã huỷ kế hoạch.")


@staff_page(blueprint, "/staff/promotion/<int:session_id>/delete", role="librarian", methods=("POST",))
def delete(session_id: int) -> Response:
    """Take out one written by mistake."""
    return _then_month(session_id, lambda: service.delete_session(session_id, _actor()), "Đã xoá buổi ghi nhầm.")


def _then_month(session_id: int, act: Any, done: str) -> Response:
    day = queries.get_session(session_id).held_on
    try:
        act()
    except KesachError as error:
        flash(word(error.code, error.params), "bad")
    else:
        flash(done, "good")
    return redirect(url_for("promotion.month", month=f"{day:%Y-%m}"))


@staff_page(blueprint, "/staff/promotion/year")
def year() -> str:
    """A school year at a glance: twelve months × two slots."""
    label = _label(request.args.get("year"))
    first = int(label[:4])
    months = queries.year_view(label, clock.today())
    sessions = queries.list_sessions(date(first, 8, 1), date(first + 1, 7, 31), statuses=(SessionStatus.HELD,))
    return render_template(
        "promotion/year.html",
        label=label,
        before=f"{first - 1}-{first}",
        after=f"{first + 1}-{first + 2}",
        months=months,
        slots=QUOTA_SLOTS,
        sessions=len(sessions),
        attendance=sum(session.attendance or 0 for session in sessions),
        books=len({book.record_id for session in sessions for book in session.books}),
        missing=sum(cell.missing for entry in months for cell in entry.cells.values()),
    )


@staff_page(blueprint, "/staff/promotion/register")
def register() -> str:
    """Sổ theo dõi giới thiệu sách of a school year, for the printer."""
    label = _label(request.args.get("year"))
    first = int(label[:4])
    sessions = queries.list_sessions(date(first, 8, 1), date(first + 1, 7, 31), statuses=(SessionStatus.HELD,))
    return render_template("promotion/register.html", label=label, sessions=sessions)


@staff_page(blueprint, "/staff/promotion/themes", role="librarian", methods=("GET", "POST"))
def themes() -> str | Response:
    """The school's own themes of a school year."""
    label = _label(request.values.get("year"))
    kept = queries.list_themes(label)
    errors: dict[str, str] = {}
    if request.method == "POST":
        typed = {number: request.form.get(f"theme_{number}", kept[number]) for number in kept}
        try:
            service.set_themes(label, typed, _actor())
        except KesachError as error:
            errors[error.params.get("field", "theme_9")] = word(error.code, error.params)
            kept = typed
        else:
            flash(f"Đã lưu chủ điểm năm học {format_school_year(label)}.", "good")
            return redirect(url_for("promotion.year", year=label))
    return render_template("promotion/themes.html", label=label, themes=kept, errors=errors, key_days=KEY_DAYS)


@staff_page(blueprint, "/staff/promotion/reading", role="assistant", methods=("GET", "POST"))
def reading() -> str | Response:
    """The log of reading periods and lessons in the library."""
    today = clock.today()
    year_, number = parse_month(request.values.get("month"), today)
    errors: dict[str, str] = {}
    values: dict[str, str] = {"held_on": today.isoformat(), "kind": "reading"}
    if request.method == "POST":
        values = {name: request.form.get(name, "") for name in
                  ("held_on", "period", "school_class", "teacher", "kind", "content", "pupils")}  # fmt: skip
        draft = forms.period_draft(values, errors)
        if draft is not None:
            try:
                service.log_reading_period(draft, _actor())
            except KesachError as error:
                errors[error.params.get("field", "held_on")] = word(error.code, error.params)
            else:
                flash("Đã ghi tiết đọc.", "good")
                return redirect(url_for("promotion.reading", month=f"{draft.held_on:%Y-%m}"))
    from_on, until_on = queries.month_bounds(year_, number)
    rows = queries.list_reading_periods(from_on, until_on)
    before, after = _neighbours(year_, number)
    return render_template(
        "promotion/reading.html",
        year=year_,
        number=number,
        before=before,
        after=after,
        rows=rows,
        pupils=sum(row.pupils for row in rows),
        values=values,
        errors=errors,
        classes=queries.list_classes(label_for(today)),
        teachers=queries.list_teachers(),
    )


@staff_page(blueprint, "/staff/promotion/reading/<int:period_id>/delete", role="librarian", methods=("POST",))
def delete_reading(period_id: int) -> Response:
    """Take out a reading period written by mistake."""
    service.delete_reading_period(period_id, _actor())
    flash("Đã xoá tiết đọc ghi nhầm.", "good")
    month_key = request.form.get("month", "")
    return redirect(url_for("promotion.reading", month=month_key) if month_key else url_for("promotion.reading"))
