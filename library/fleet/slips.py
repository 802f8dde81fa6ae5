"""Hand-over documents as slips for a kiosk's receipt printer: what they say, and what became of each.

A slip is an order of kind `print_slip` with the document's id as its text; what stands on it is read from the
database when the order goes out. Nothing is asked of a kiosk here: service.py. The other side: kiosk/slips.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from library.access.tables import Device
from library.contract.kiosk_api import CALLED_OFF, MAX_SLIP_LINES, SLIP_OUTCOMES, Slip, SlipLine
from library.fleet.model import RESTART_LIFE, Order
from library.fleet.queries import as_order
from library.fleet.tables import DeviceOrder
from library.foundation.clock import local_time, now
from library.foundation.errors import InvalidInput
from library.lending.model import UNIT_LABELS, UnitKind
from library.lending.units.queries import STAY_LABELS, Document, get_document

SLIP_KINDS = ("out", "exchange", "carry_over", "back")
"""Documents by which books change hands; a count changes none."""
_NOTED = ("missing", "lost", "damaged")

NOT_PRINTED: dict[str, str] = {
    "no_printer": "quầy này không có máy in",
    "offline": "máy in không trả lời",
    "paper_out": "máy in hết giấy",
    "cover_open": "nắp máy in đang mở",
    "printer_error": "máy in báo lỗi",
    "no_access": "quầy không mở được máy in",
    CALLED_OFF: "quầy bận suốt cho tới khi quá hạn",
}


def get_slip_document(hand_over_id: int) -> Document:
    """NotFound(document_unknown); InvalidInput(slip_kind)."""
    document = get_document(hand_over_id)
    if document.kind not in SLIP_KINDS:
        raise InvalidInput("slip_kind")
    return document


def make_slip(order: DeviceOrder) -> Slip:
    """What the kiosk prints for this order: at most MAX_SLIP_LINES copies, all of them counted."""
    document = get_slip_document(int(order.text))
    returned = document.kind == "back"
    return Slip(
        number=document.number,
        title=_title(document),
        place=document.unit.name,
        received_by=document.staff_name if returned else document.received_by,
        happened_on=document.happened_on.isoformat(),
        returned=returned,
        reprint=may_have_come_out(order),
        total=len(document.copies),
        lines=tuple(
            SlipLine(
                title=copy.title, number=copy.accession_number,
                note=STAY_LABELS[copy.outcome] if copy.outcome in _NOTED else "",
            )
            for copy in document.copies[:MAX_SLIP_LINES]
        ),
    )  # fmt: skip


def _title(document: Document) -> str:
    place = UNIT_LABELS[UnitKind(document.unit.kind)].lower().replace("sách ", "")  # no "sách" twice in one line
    return f"Nhận sách từ {place}" if document.kind == "back" else f"Giao sách {place}"


def may_have_come_out(order: DeviceOrder) -> bool:
    """Whether an earlier order for the same document put it on paper, or may have: whoever was sent it and did not
    say that nothing came out."""
    earlier = DeviceOrder.select(DeviceOrder.outcome).where(
        DeviceOrder.kind == "print_slip", DeviceOrder.text == order.text, DeviceOrder.id < order.id,
        DeviceOrder.delivered_at.is_null(False),
    )  # fmt: skip
    return any(not (one.outcome or "").startswith(("not_printed", "unknown")) for one in earlier)


def find_open_slip(hand_over_id: int, instant: datetime) -> DeviceOrder | None:
    """The order for this document that still goes out."""
    return (
        DeviceOrder.select(DeviceOrder, Device)
        .join(Device)
        .where(
            DeviceOrder.kind == "print_slip", DeviceOrder.text == str(hand_over_id), DeviceOrder.done_at.is_null(),
            DeviceOrder.cancelled_at.is_null(), DeviceOrder.expires_at > instant, Device.revoked_at.is_null(),
        )
        .first()
    )  # fmt: skip


def list_slip_orders(hand_over_id: int, limit: int = 5) -> list[Order]:
    """Where and when this document was printed, newest first."""
    rows = (
        DeviceOrder.select(DeviceOrder, Device)
        .join(Device)
        .where(DeviceOrder.kind == "print_slip", DeviceOrder.text == str(hand_over_id))
        .order_by(DeviceOrder.id.desc())
        .limit(limit)
    )
    return [as_order(row) for row in rows]


def read_outcome(said: Any) -> str:
    """What a kiosk says of an order, as it is kept: done, unknown, one of SLIP_OUTCOMES, not_printed:REASON."""
    if not isinstance(said, str):
        return "unknown"
    if said in ("done", *SLIP_OUTCOMES):
        return said
    name, _, reason = said.partition(":")
    if name != "not_printed":
        return "unknown"
    return f"{name}:{reason}" if reason in NOT_PRINTED else name


def order_state(order: Order) -> tuple[str, str]:
    """(tone, words): what became of an order of any kind."""
    if order.back_at is not None:
        return "good", f"Quầy đã chạy lại lúc {local_time(order.back_at):%H:%M %d/%m}"
    if _is_to_start_anew(order):
        taken = f"{local_time(order.done_at or order.created_at):%H:%M %d/%m}"
        return "notice", f"Quầy đã nhận lúc {taken}, chạy lại khi không có em nào đứng đó"
    if order.done_at is not None and (order.cancelled_at is None or order.outcome != f"not_printed:{CALLED_OFF}"):
        return _done_words(order.outcome or "", f"{local_time(order.done_at):%H:%M %d/%m}")
    if order.cancelled_at is not None:
        return "", "Đã thôi"
    if order.expires_at <= now():
        if order.kind == "print_slip" and order.delivered_at is not None:
            return "notice", "Quá hạn, quầy chưa báo lại: xem ở máy in trước khi in lại"
        return "bad", "Quá hạn, quầy chưa nhận"
    if order.kind == "print_slip" and order.delivered_at is not None:
        return "notice", "Quầy đã nhận, in khi không có em nào đứng đó"
    return "notice", "Chờ quầy nhận"


def _is_to_start_anew(order: Order) -> bool:
    """A restart that the kiosk took a moment ago, and no new run of its program was heard of."""
    taken = order.done_at if order.kind == "restart_program" and order.outcome == "done" else None
    return taken is not None and order.back_at is None and now() - taken < RESTART_LIFE


def _done_words(outcome: str, at: str) -> tuple[str, str]:
    name, _, reason = outcome.partition(":")
    if name == "done":
        return "good", f"Quầy đã nhận lúc {at}"
    if name == "printed":
        return "good", f"Đã in lúc {at}"
    if name == "not_printed":
        why = NOT_PRINTED.get(reason)
        return "bad", f"Chưa in: {why}" if why else "Chưa in được"
    if name == "partial":
        return "notice", f"In dở dang lúc {at}: bỏ tờ ấy, rồi in lại"
    if name == "unclear":
        return "notice", "Không rõ đã in chưa: xem ở máy in trước khi in lại"
    return "bad", "Quầy không hiểu: bản đang chạy đã cũ"
