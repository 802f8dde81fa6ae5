"""The editor of receipts: words, logo, what is shown, and the receipt itself beside it, as the head prints it.

Parses the form, calls a service, renders. Next: receipts.py, preview.py, templates/fleet/receipts.html.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.access import service as access
from library.contract.codes import word
from library.contract.receipt_template import LENGTHS, MAX_LOGO_HEIGHT, MAX_LOGO_WIDTH, ReceiptTemplate
from library.fleet import preview, queries, receipts
from library.foundation.errors import KesachError
from library.foundation.preferences import get_preference
from library.web.access import current_staff, staff_page

blueprint = Blueprint("fleet_receipts", __name__, template_folder="templates")


@staff_page(blueprint, "/staff/devices/receipts", role="librarian")
def editor() -> str:
    """Edit the receipts; `kind` and `width` choose what the preview shows."""
    return _page(receipts.current_template(), {})


def _page(template: ReceiptTemplate, errors: dict[str, str], given: dict[str, Any] | None = None) -> str:
    values = given if given is not None else {name: getattr(template, name) for name in (*LENGTHS, *receipts.FLAGS)}
    kind, width = _chosen()
    shown = {name: value for name, value in values.items() if value and value is not True}
    shown |= {name: "1" for name in receipts.FLAGS if values[name]}
    kiosks = [kiosk for kiosk in queries.list_kiosks() if kiosk.facts.profile == "kiosk"]
    return render_template(
        "fleet/receipts.html",
        template=template,
        values=values,
        errors=errors,
        lengths=LENGTHS,
        kinds=list(preview.KINDS.items()),
        widths=list(preview.WIDTHS),
        kind=kind,
        width=width,
        preview_url=url_for("fleet_receipts.preview_image") + "?" + urlencode({**shown, "kind": kind, "width": width}),
        logo_width=MAX_LOGO_WIDTH,
        logo_height=MAX_LOGO_HEIGHT,
        greeting=get_preference("library_greeting"),
        school=get_preference("school_name"),
        behind=[kiosk.facts.name for kiosk in kiosks if kiosk.facts.status.get("receipt_template") != template.version],
        kiosks=len(kiosks),
    )


def _chosen() -> tuple[str, int]:
    kind, width = request.values.get("kind", ""), request.values.get("width", type=int)
    widths = [dots for dots, _ in preview.WIDTHS]
    return kind if kind in preview.KINDS else "loan", width if width in widths else widths[0]


@staff_page(blueprint, "/staff/devices/receipts/preview.png", role="librarian")
def preview_image() -> Response:
    """The receipt with what stands in the form at this moment; what is too long is shown as it was before."""
    template = receipts.current_template()
    try:
        template = replace(template, **receipts.clean_texts(request.args.to_dict()))
    except KesachError:
        current_app.logger.debug("preview of a text that is too long")
    kind, width = _chosen()
    drawn = preview.draw_preview(
        template, kind, width, get_preference("school_name"), get_preference("library_greeting")
    )
    made = current_app.response_class(drawn, mimetype="image/png")
    made.headers["Cache-Control"] = "no-store"
    return made


@staff_page(blueprint, "/staff/devices/receipts", role="librarian", methods=("POST",))
def save() -> Any:
    form: dict[str, Any] = {name: request.form.get(name, "") for name in LENGTHS}
    form |= {name: request.form.get(name) == "1" for name in receipts.FLAGS}
    try:
        saved = receipts.save_texts(form, _actor())
    except KesachError as error:
        errors = {str(error.params.get("field") or "heading"): word(error.code, error.params)}
        return _page(receipts.current_template(), errors, form), 422
    flash(f"Đã lưu mẫu phiếu, bản {saved.version}. Các quầy lấy về trong khoảng một phút.", "good")
    return _back()


@staff_page(blueprint, "/staff/devices/receipts/logo", role="librarian", methods=("POST",))
def save_logo() -> Any:
    """Put a logo on top, or take it away."""
    if request.form.get("act") == "remove":
        receipts.save_logo(b"", _actor())
        flash("Đã bỏ biểu trưng khỏi phiếu.", "good")
        return _back()
    upload = request.files.get("logo")
    try:
        # One byte more than allowed is enough to know.
        png = preview.make_logo(upload.stream.read(preview.MAX_UPLOAD + 1) if upload else b"")
        receipts.save_logo(png, _actor())
    except KesachError as error:
        return _page(receipts.current_template(), {"logo": word(error.code, error.params)}), 422
    flash("Đã đặt biểu trưng lên đầu phiếu.", "good")
    return _back()


@staff_page(blueprint, "/staff/devices/receipts/reset", role="librarian", methods=("POST",))
def reset() -> Response:
    receipts.reset_template(_actor())
    flash("Phiếu đã trở về mẫu có sẵn.", "good")
    return _back()


def _back() -> Response:
    kind, width = _chosen()
    return redirect(url_for("fleet_receipts.editor", kind=kind, width=width), 303)


def _actor() -> Any:
    return access.as_actor(current_staff())
