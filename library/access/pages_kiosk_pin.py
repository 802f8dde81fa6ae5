"""The librarian's own card and PIN for kiosks: parse the form, call kiosk_pins.py, render. No rules here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access import kiosk_pins, service
from library.contract.codes import word
from library.foundation.errors import Forbidden, KesachError
from library.foundation.preferences import get_preference
from library.web.access import current_staff, role_reaches, staff_page
from library.web.form_values import parse_id


def add_routes(blueprint: Blueprint) -> None:
    """The pages, on the blueprint of pages.py."""

    @staff_page(blueprint, "/staff/kiosk-pin", role="librarian")
    def kiosk_pin() -> str:
        return _page({})

    @staff_page(blueprint, "/staff/kiosk-pin", role="librarian", methods=("POST",))
    def save_kiosk_pin() -> Any:
        staff, pin = current_staff(), request.form.get("pin", "")
        if pin != request.form.get("again", ""):
            return _page({"again": "Hai lần nhập PIN chưa giống nhau."}), 422
        before = kiosk_pins.find_card(staff.id)
        try:
            card = kiosk_pins.set_pin(
                staff.id, request.form.get("password", ""), pin, new_card=bool(request.form.get("new_card"))
            )
        except KesachError as error:
            return _page({str(error.params.get("field") or "password"): word(error.code, error.params)}), 422
        made = card.number != before.number
        flash("Đã đặt PIN. In thẻ mới và cắt theo viền." if made else "Đã đổi PIN. Thẻ vẫn dùng như cũ.", "good")
        return redirect(url_for("access.kiosk_pin"), 303)

    @staff_page(blueprint, "/staff/kiosk-pin/drop", role="librarian", methods=("POST",))
    def drop_kiosk_pin() -> Any:
        staff = current_staff()
        chosen = parse_id(request.form.get("staff_id")) or staff.id
        if chosen != staff.id and not role_reaches(staff.role, "admin"):
            raise Forbidden("forbidden")
        kiosk_pins.remove_pin(chosen, service.as_actor(staff))
        flash("Thẻ và PIN đó không mở được quầy nào nữa.", "good")
        return redirect(url_for("access.kiosk_pin"), 303)

    @staff_page(blueprint, "/staff/kiosk-pin/card.pdf", role="librarian")
    def kiosk_card() -> Response:
        content = kiosk_pins.render_card(current_staff().id, get_preference("school_name"))
        headers = {"Content-Disposition": 'inline; filename="the-quay.pdf"'}
        return current_app.response_class(content, mimetype="application/pdf", headers=headers)


def _page(errors: dict[str, str]) -> str:
    staff = current_staff()
    admin = role_reaches(staff.role, "admin")
    return render_template(
        "access/kiosk_pin.html",
        card=kiosk_pins.find_card(staff.id),
        errors=errors,
        may_admin=admin,
        kiosk_staff=kiosk_pins.list_kiosk_staff() if admin else [],
    )
