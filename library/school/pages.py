"""The school's day, settings and audit: the pages that look across every feature.

Parses forms, asks queries, renders. Next: queries.py, library/foundation/preferences.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from catalog_imports.jobs import running_sources
from library.contract.codes import word
from library.fleet.model import KioskState
from library.fleet.queries import list_kiosks
from library.fleet.rules import gather_alerts
from library.foundation import clock, outbox
from library.foundation.audit import Actor
from library.foundation.errors import KesachError
from library.foundation.preferences import (
    PREFERENCES,
    PreferenceKind,
    check_preference,
    get_preference,
    set_preferences,
)
from library.lending.units.queries import count_old_corners, list_late_stops, list_missed_stops
from library.lending.units.rotation_queries import list_due_rounds
from library.promotion.model import SLOT_LABELS
from library.promotion.queries import missing_slots
from library.school import queries
from library.school.audit_facts import describe_facts
from library.school.audit_names import find_names, name_subjects
from library.school.model import Task
from library.school.settings_layout import preview_symbol, read_symbol, show_symbol, split_group
from library.school.words import SUBJECTS, action_words, actor_words, subject_words
from library.web.access import current_staff, may, staff_page
from library.web.form_values import parse_id
from library.web.i18n import format_number, format_short_date
from library.web.navigation import place

blueprint = Blueprint("school", __name__, template_folder="templates")
place(blueprint, "today", "school.today")
place(
    blueprint,
    "settings",
    "school.settings",
    role="librarian",
    also=("/staff/audit", "/staff/policies", "/staff/calendar", "/staff/accounts"),
)

_WEEKDAYS = tuple(
    enumerate(("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật"), start=1)
)
_MONTHS = tuple((month, f"Tháng {month}") for month in (9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8))
LIST_CHOICES = {"weekly_closed_days": _WEEKDAYS, "promotion_months": _MONTHS}


def actor() -> Actor:
    """Whoever is signed in, as the audit names them."""
    staff = current_staff()
    return Actor("staff", staff.display_name, staff.id)


@staff_page(blueprint, "/staff/")
def today() -> str:
    """Today's work."""
    day = clock.today()
    overdue = queries.overdue_by_class(day)
    kiosks = list_kiosks()
    by_day = queries.loans_by_day(day)
    return render_template(
        "school/today.html",
        day=day,
        figures=queries.day_figures(day),
        yesterday=queries.day_figures(day - timedelta(days=1)),
        due_today=queries.count_due(day),
        tasks=[*_kiosk_tasks(kiosks), *_tasks(day, sum(row.loans for row in overdue))],
        overdue=overdue[:8],
        overdue_loans=sum(row.loans for row in overdue),
        overdue_readers=sum(row.readers for row in overdue),
        kiosks=kiosks,
        by_day=by_day,
        chart_points=[(format_short_date(when), float(count)) for when, count in by_day],
        has_endpoint=lambda name: name in current_app.view_functions,
    )


def _kiosk_tasks(kiosks: list[KioskState]) -> list[Task]:
    """What is wrong with a kiosk, worst first: a child may be standing there."""
    tasks = []
    for alert, where in gather_alerts(kiosks):
        url, action = f"/staff/devices/{where[0].device_id}" if len(where) == 1 else "/staff/devices", "Mở thiết bị"
        if alert.code in ("version", "update") and may("admin"):
            url, action = "/staff/devices/releases", "Mở cập nhật"
        names = ", ".join(facts.name for facts in where)
        tasks.append(Task("tablet", alert.tone, f"{names}: {alert.title}", alert.advice, url, action))
    return tasks


def _tasks(day: date, overdue: int) -> list[Task]:
    tasks: list[Task] = []
    working = running_sources()
    for batch in queries.unfinished_imports():
        if batch.source in working:
            continue  # this server is bringing it in at this moment
        tasks.append(
            Task(
                "file-input", "bad", "Một đợt nhập dừng giữa chừng",
                f"{batch.source} mới đến mục {format_number(batch.done_until)}. Nhập tiếp hoặc hoàn tác.",
                "/staff/imports", "Mở đợt nhập",
            )
        )
    missing = missing_slots(day)
    if missing:
        names = " và ".join(SLOT_LABELS[slot].lower() for slot in missing)
        tasks.append(
            Task(
                "megaphone", "notice", f"Tháng {day.month} còn thiếu {len(missing)} buổi giới thiệu sách",
                f"Chưa có buổi {names}. Mỗi tháng cần đủ hai buổi.",
                "/staff/promotion", "Ghi buổi giới thiệu",
            )
        )
    if overdue:
        tasks.append(
            Task(
                "clock", "bad", f"{format_number(overdue)} cuốn quá hạn",
                "In danh sách theo lớp gửi giáo viên chủ nhiệm.", "/staff/overdue", "Xem theo lớp",
            )
        )
    for shelf, place_name, planned_on in list_late_stops(day):
        tasks.append(
            Task(
                "truck", "notice", f"{shelf} chưa rời {place_name}",
                f"Hẹn đến hết ngày {planned_on:%d/%m/%Y}.", "/staff/shelves", "Mở lịch luân chuyển",
            )
        )
    for name, number, planned_on in list_due_rounds(day):
        late = (day - planned_on).days
        tasks.append(
            Task(
                "refresh-cw", "bad" if late else "notice",
                f"Vòng {number} luân chuyển “{name}” " + (f"trễ {late} ngày" if late else "hẹn hôm nay"),
                "Quét sách trong các thùng, đổi cả vòng một lần.", "/staff/corners/rotations", "Mở lịch",
            )
        )
    for shelf, place_name, planned_on in list_missed_stops(day):
        tasks.append(
            Task(
                "truck", "notice", f"{shelf} chưa đến {place_name}",
                f"Hẹn từ {planned_on:%d/%m/%Y}. Ghi tủ đã đến, hoặc huỷ chặng.",
                "/staff/shelves", "Mở lịch luân chuyển",
            )
        )
    old_corners = count_old_corners(day)
    if old_corners:
        tasks.append(
            Task(
                "graduation-cap", "notice", f"{old_corners} góc lớp còn của năm học trước",
                "Chuyển theo lớp mới, hoặc đóng.", "/staff/corners/new-year", "Sang năm học mới",
            )
        )
    corners = queries.corners_due(day)
    if corners:
        tasks.append(
            Task(
                "school", "notice", f"{corners} góc lớp đến hạn đổi sách", "Quét sách nhận về hoặc gia hạn cho lớp.",
                "/staff/corners", "Mở góc lớp",
            )
        )
    conflicts = queries.count_conflicts()
    if conflicts:
        tasks.append(
            Task(
                "tablet", "notice", f"{conflicts} việc từ quầy tự phục vụ chờ xử lý",
                "Quầy đã ghi lại khi mất mạng nhưng chưa khớp.", "/staff/kiosk-conflicts", "Xử lý",
            )
        )
    for batch in queries.recent_refusals(day - timedelta(days=7)):
        tasks.append(
            Task(
                "file-input", "info", f"{batch.counts['rejected']} mục không nhận được từ {batch.source}",
                "Xem lý do từng mục, sửa tệp rồi nhập lại.", f"/staff/imports/{batch.number}", "Xem lý do",
            )
        )
    due_day = int(get_preference("report_due_day"))
    late = 0 if queries.report_is_sent(day.year, day.month) else day.day - due_day
    if day.day >= due_day - 3 and not (late == 0 and day.day > due_day):
        tasks.append(
            Task(
                "chart-column", "notice" if late > 0 else "info",
                f"Báo cáo tháng {day.month} nộp ngày {due_day:02d}" + (f", đã trễ {late} ngày" if late > 0 else ""),
                f"Gửi {get_preference('report_recipient')}.", "/staff/reports", "Xem báo cáo",
            )
        )
    waiting = outbox.count_pending()
    if waiting > 200:
        tasks.append(
            Task(
                "search", "info", f"{format_number(waiting)} biểu ghi đang chờ vào chỉ mục",
                "Việc này chạy ngầm, tìm kiếm sẽ đầy đủ sau ít phút.", "/staff/settings", "Xem",
            )
        )
    return tasks


@staff_page(blueprint, "/staff/settings", role="librarian")
def settings() -> str:
    return _settings_page({}, {})


def _settings_page(given: dict[str, Any], errors: dict[str, str]) -> str:
    groups: dict[str, list[PreferenceKind]] = {}
    for kind in PREFERENCES:
        groups.setdefault(kind.group, []).append(kind)
    values = {kind.key: get_preference(kind.key) for kind in PREFERENCES} | given
    symbol = str(values["report_symbol"])
    return render_template(
        "school/settings.html", values=values | {"report_symbol": show_symbol(symbol)}, errors=errors,
        groups={group: split_group(group, kinds) for group, kinds in groups.items()}, list_choices=LIST_CHOICES,
        symbol_preview=preview_symbol(symbol, get_preference("school_short")),
    )  # fmt: skip


@staff_page(blueprint, "/staff/settings", role="librarian", methods=("POST",))
def save_settings() -> Response | tuple[str, int]:
    """Save one group of settings; nothing is kept when any of them is wrong."""
    group = request.form.get("group", "")
    given: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for kind in PREFERENCES:
        if kind.group != group:
            continue
        value = _read(kind)
        given[kind.key] = value
        try:
            check_preference(kind.key, value)
        except KesachError as error:
            errors[kind.key] = word(error.code, error.params)
    if errors:
        return _settings_page(given, errors), 422
    set_preferences(given, actor())
    flash(f"Đã lưu cài đặt {group}.", "good")
    return redirect(url_for("school.settings") + f"#{anchor(group)}")


def anchor(group: str) -> str:
    return "nhom-" + str([kind.group for kind in PREFERENCES].index(group)) if group else ""


def _read(kind: PreferenceKind) -> Any:
    raw = request.form.get(kind.key, "")
    if kind.kind is bool:
        return raw == "1"
    if kind.kind is int:
        cleaned = raw.strip().replace(".", "")
        return int(cleaned) if cleaned.lstrip("-").isdecimal() else raw
    if kind.kind is list:
        return [int(item) for item in request.form.getlist(kind.key) if item.isdecimal()]
    return read_symbol(raw) if kind.key == "report_symbol" else raw


@staff_page(blueprint, "/staff/audit", role="librarian")
def audit() -> str:
    """Who changed what."""
    before = parse_id(request.args.get("before"))
    chosen_kind = request.args.get("kind", "")
    chosen_actor = request.args.get("actor", "")
    loan_id, reader_id = parse_id(request.args.get("loan")), parse_id(request.args.get("reader"))
    rows = queries.list_audit(before, chosen_kind, chosen_actor, loan_id=loan_id, reader_id=reader_id)
    about = {"loan": loan_id} if loan_id is not None else {"reader": reader_id} if reader_id is not None else {}
    asked = [(kind, str(number)) for kind, number in about.items()]
    return render_template(
        "school/audit.html",
        rows=rows,
        names=find_names(row for _, row in rows),
        about=about,
        about_words=" và ".join(subject_words(*one, name_subjects([one])) for one in asked),
        action_words=action_words,
        actor_words=actor_words,
        subject_words=subject_words,
        describe_facts=describe_facts,
        subjects=SUBJECTS,
        chosen_kind=chosen_kind,
        chosen_actor=chosen_actor,
        actors=queries.list_actors(),
        next_before=rows[-1][0] if len(rows) == queries.AUDIT_PAGE else None,
        is_first=before is None,
    )


@blueprint.app_template_global("settings_anchor")
def settings_anchor(group: str) -> str:
    return anchor(group)
