"""The devices as staff see them: how each kiosk is, messages, restarts; adding and revoking (admin).

Parses the form, calls a service, renders. No rules here. Next: service.py, rules.py, templates/fleet/.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access import enrolment
from library.access.devices import add_device, list_devices
from library.access.devices import revoke_device as revoke
from library.access.model import DEVICE_PROFILES, DeviceInfo
from library.access.service import as_actor
from library.access.setup_sheet import render_setup_sheet
from library.contract.codes import word
from library.fleet import queries, service
from library.fleet.model import MESSAGE_LENGTH, ORDER_WORDS
from library.fleet.rules import gather_alerts
from library.fleet.slips import order_state
from library.foundation.clock import VIETNAM, local_time, now
from library.foundation.errors import KesachError
from library.web.access import current_staff, staff_page
from library.web.navigation import place

blueprint = Blueprint("fleet", __name__, template_folder="templates")
place(blueprint, "devices", "fleet.devices")

READY_MESSAGES = (
    "Máy in hết giấy. Em mượn trả bình thường nhé.",
    "Hôm nay thư viện nghỉ từ 15 giờ.",
    "Em trả hết sách trước ngày nghỉ hè nhé.",
)


@staff_page(blueprint, "/staff/devices")
def devices() -> str:
    """All devices, what is wrong with them, what stands on their screens."""
    return _page({}, {})


def _page(errors: dict[str, str], form: dict[str, str], made: dict[str, str] | None = None) -> str:
    kiosks = queries.list_kiosks()
    return render_template(
        "fleet/devices.html",
        alerts=gather_alerts(kiosks),
        kiosks=[(kiosk, row) for kiosk, row in zip(kiosks, _rows(kiosks), strict=True)],
        revoked=[device for device in list_devices() if device.revoked],
        messages=queries.list_messages(),
        profiles=list(DEVICE_PROFILES.items()),
        profile_labels=DEVICE_PROFILES,
        ready_messages=READY_MESSAGES,
        message_length=MESSAGE_LENGTH,
        evening=_evening(),
        hours=[(f"{hour:02d}:00", f"{hour} giờ") for hour in range(7, 22)],
        errors=errors,
        form=form,
        made=made,
        server_url=_address_for_devices(),
        order_state=order_state,
    )


def _rows(kiosks: list[Any]) -> list[DeviceInfo]:
    by_name = {device.name: device for device in list_devices()}
    return [by_name[kiosk.facts.name] for kiosk in kiosks]


def _evening() -> datetime:
    """Today at 17:00, or tomorrow where that has passed: when a message mostly has done its work."""
    local = local_time(now())
    end = local.replace(hour=17, minute=0, second=0, microsecond=0)
    return end if end > local else end + timedelta(days=1)


@staff_page(blueprint, "/staff/devices/<int:device_id>")
def device(device_id: int) -> str:
    """One device: every part of it, and what it was asked."""
    info = next((one for one in list_devices() if one.id == device_id), None)
    if info is None:
        abort(404)
    kiosk = next((one for one in queries.list_kiosks() if one.facts.name == info.name), None)
    return render_template(
        "fleet/device.html",
        device=info,
        kiosk=kiosk,
        profile_labels=DEVICE_PROFILES,
        order_words=ORDER_WORDS,
        order_state=order_state,
        orders=queries.list_orders(device_id=device_id),
    )


# ---------------------------------------------------------------- asking kiosks


@staff_page(blueprint, "/staff/devices/message", role="librarian", methods=("POST",))
def send_message() -> Any:
    """Put a message on the idle screens."""
    form = {name: request.form.get(name, "") for name in ("text", "until", "until_hour", "device")}
    until = _local(f"{form['until']}T{form['until_hour']}")
    try:
        count = service.send_message(form["text"], until, _actor(), form["device"] or None)
    except KesachError as error:
        return _page({str(error.params.get("field") or "text"): word(error.code, error.params)}, form), 422
    flash(f"Đã gửi lời nhắn tới {count} quầy. Quầy hiện trong khoảng một phút, khi không có em nào đứng đó.", "good")
    return redirect(url_for("fleet.devices"), 303)


def _local(text: str) -> datetime | None:
    """A day and an hour of the form as an instant; None for anything else."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)
    except ValueError:
        return None


@staff_page(blueprint, "/staff/devices/message/withdraw", role="librarian", methods=("POST",))
def withdraw_message() -> Response:
    service.withdraw_message(request.form.get("key", ""), _actor())
    flash("Đã gỡ lời nhắn.", "good")
    return redirect(url_for("fleet.devices"), 303)


@staff_page(blueprint, "/staff/devices/restart", role="librarian", methods=("POST",))
def restart() -> Response:
    """Start a kiosk's program or screen anew."""
    kind = request.form.get("kind", "")
    if kind not in ("restart_program", "restart_screen"):
        abort(400)
    name = request.form.get("name", "")
    service.order_restart(name, kind, _actor())
    flash(f"{name}: {ORDER_WORDS[kind].lower()} trong khoảng một phút, khi không có em nào đứng đó.", "good")
    found = next(one.id for one in list_devices() if one.name == name)
    return redirect(url_for("fleet.device", device_id=found), 303)


@staff_page(blueprint, "/staff/devices/damage-seen", role="librarian", methods=("POST",))
def see_damage() -> Response:
    """Staff have read of a damaged journal."""
    name = request.form.get("name", "")
    service.note_damage_seen(name, request.form.get("file", ""), _actor())
    flash(f"{name}: đã ghi là đã xem. Tệp hỏng vẫn cất ở quầy.", "good")
    found = next(one.id for one in list_devices() if one.name == name)
    return redirect(url_for("fleet.device", device_id=found), 303)


def _actor() -> Any:
    return as_actor(current_staff())


# ---------------------------------------------------------------- adding and revoking


def _address_for_devices() -> str:
    """This core's address to type on another machine; a placeholder where the browser used this machine's own."""
    parts = urlsplit(request.url_root)
    if parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return f"{parts.scheme}://ĐỊA-CHỈ-MÁY-CHỦ" + (f":{parts.port}" if parts.port else "")
    return request.url_root.rstrip("/")


def _new_device_form() -> dict[str, str]:
    return {"name": request.form.get("name", ""), "profile": request.form.get("profile", "kiosk")}


def _name_errors(error: KesachError) -> dict[str, str]:
    return {str(error.params.get("field") or "name"): word(error.code, error.params)}


@staff_page(blueprint, "/staff/devices", role="admin", methods=("POST",))
def create_device() -> Any:
    form = _new_device_form()
    try:
        token = add_device(form["name"], form["profile"], _actor())
    except KesachError as error:
        return _page(_name_errors(error), form), 422
    return _page({}, {}, {"name": form["name"], "token": token})


@staff_page(blueprint, "/staff/devices/code", role="admin", methods=("POST",))
def create_enrolment_code() -> Any:
    """A one-time code for the kiosk's installer; for a new name, or to set up a known one anew."""
    form = _new_device_form()
    try:
        code = enrolment.create_code(form["name"], form["profile"], _actor())
    except KesachError as error:
        return _page(_name_errors(error), form), 422
    return _page({}, {}, {"name": form["name"], "code": code, "profile": form["profile"]})


@staff_page(blueprint, "/staff/devices/setup-sheet.pdf", role="librarian")
def setup_sheet() -> Response:
    """The page of barcodes to try a scanner with."""
    headers = {"Content-Disposition": 'inline; filename="to-thu-may-quet.pdf"'}
    return current_app.response_class(render_setup_sheet(), mimetype="application/pdf", headers=headers)


@staff_page(blueprint, "/staff/devices/revoke", role="admin", methods=("POST",))
def revoke_device() -> Any:
    name = request.form.get("name", "")
    revoke(name, _actor())
    flash(f"Đã thu hồi mã của {name}. Thiết bị này không còn mượn trả được.", "good")
    return redirect(url_for("fleet.devices"), 303)
