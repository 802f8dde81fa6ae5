"""A hand-over document: the sheet to sign, and its slip at a kiosk's receipt printer."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from library.fleet import queries as fleet_queries
from library.fleet import service as fleet
from library.fleet import slips
from library.fleet.model import KioskState
from library.foundation.errors import KesachError
from library.lending.pages import blueprint
from library.lending.pages.forms import staff_actor, words_of
from library.lending.units import queries as unit_queries
from library.lending.units.exchanges import find_twin
from library.web.access import staff_page


@staff_page(blueprint, "/staff/hand-overs/<int:hand_over_id>")
def sheet(hand_over_id: int) -> str:
    """The hand-over document, to print and sign."""
    document = unit_queries.get_document(hand_over_id)
    orders = slips.list_slip_orders(hand_over_id)
    return render_template(
        "lending/sheet.html", document=document, can_print=document.kind in slips.SLIP_KINDS, orders=orders,
        kiosks=_printing_kiosks(), last_used=orders[0].device_name if orders else "",
        waiting=next((order for order in orders if order.is_open), None), order_state=slips.order_state,
        twin=find_twin(hand_over_id),
    )  # fmt: skip


def _printing_kiosks() -> list[tuple[str, str]]:
    """(name, name with what is wrong) of kiosks that were set up and have a printer; who is silent comes last."""
    able = [
        kiosk
        for kiosk in fleet_queries.list_kiosks()
        if kiosk.facts.profile == "kiosk" and kiosk.facts.last_seen_at is not None
        and kiosk.facts.status.get("printer") != "none"
    ]  # fmt: skip
    return [(kiosk.facts.name, _described(kiosk)) for kiosk in sorted(able, key=_is_silent)]


def _is_silent(kiosk: KioskState) -> bool:
    return any(alert.code == "silent" for alert in kiosk.alerts)


def _described(kiosk: KioskState) -> str:
    if _is_silent(kiosk):
        return f"{kiosk.facts.name} (mất liên lạc)"
    if kiosk.printer.tone in ("bad", "notice"):
        return f"{kiosk.facts.name} (máy in: {kiosk.printer.words})"
    return kiosk.facts.name


@staff_page(blueprint, "/staff/hand-overs/<int:hand_over_id>/print", role="assistant", methods=("POST",))
def print_slip(hand_over_id: int) -> Response:
    """Ask a kiosk for the slip."""
    name = request.form.get("device", "")
    try:
        fleet.order_slip(hand_over_id, name, staff_actor())
        flash(f"{name} in phiếu trong khoảng một phút, khi không có em nào đứng đó.", "good")
    except KesachError as error:
        flash(words_of(error), "bad")
    return redirect(url_for("lending.sheet", hand_over_id=hand_over_id), 303)


@staff_page(blueprint, "/staff/hand-overs/<int:hand_over_id>/print/withdraw", role="assistant", methods=("POST",))
def withdraw_slip(hand_over_id: int) -> Response:
    fleet.withdraw_slip(hand_over_id, staff_actor())
    flash("Đã thôi in.", "good")
    return redirect(url_for("lending.sheet", hand_over_id=hand_over_id), 303)
