"""Asking kiosks to do something, and taking what they say of themselves: one function per use case.

An order has a key of its own. It goes out with every answer until the kiosk says that it is done, or until
it expires; the kiosk does each key once. So a lost answer neither loses an order nor does it twice.
Next: rules.py, library/kiosk_api/routes.py, kiosk/orders.py for the other side.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from library.access.devices import touch_device
from library.access.model import DeviceInfo
from library.access.tables import Device
from library.contract.codes import register_errors
from library.contract.kiosk_api import DeviceOrderSent
from library.fleet.model import LONGEST_MESSAGE, MESSAGE_LENGTH, RESTART_LIFE, SEEN_LIFE, SLIP_LIFE
from library.fleet.slips import find_open_slip, get_slip_document, make_slip, read_outcome
from library.fleet.tables import DeviceOrder, DeviceRun
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import iso_instant, now
from library.foundation.database import transaction
from library.foundation.errors import InvalidInput, NotFound
from library.foundation.vietnamese import nfc

MAX_ORDERS = 20
"""Handed out in one answer."""
KEEP_RUNS = 20

register_errors(
    {
        "message_missing": "Ghi lời nhắn, nhiều nhất {length} chữ.",
        "message_long": "Lời nhắn dài {given} chữ; màn hình quầy đọc được nhiều nhất {length}.",
        "message_until_bad": "Chọn lúc gỡ lời nhắn: sau bây giờ, không quá 31 ngày.",
        "no_kiosk": "Chưa có quầy nào để gửi.",
        "slip_waiting": "Phiếu này đang chờ in ở {device}. Bấm Thôi in trước khi chọn quầy khác.",
        "damage_unknown": "Quầy không còn báo sổ hỏng này. Mở lại trang của quầy.",
        "slip_kind": "Phiếu này không in ở quầy được. In khổ A4.",
    }
)


# ---------------------------------------------------------------- what staff ask for


def send_message(text: str, until_at: datetime | None, actor: Actor, device_name: str | None = None) -> int:
    """Show `text` on the idle screen of one kiosk, or of all (`device_name` None), until `until_at`. It takes
    the place of an earlier message. Returns how many kiosks. InvalidInput: message_missing, message_long,
    message_until_bad, no_kiosk; NotFound: device_unknown."""
    words = " ".join(nfc(text).split())
    if not words:
        raise InvalidInput("message_missing", field="text", length=MESSAGE_LENGTH)
    if len(words) > MESSAGE_LENGTH:
        raise InvalidInput("message_long", field="text", given=len(words), length=MESSAGE_LENGTH)
    instant = now()
    if until_at is None or not instant < until_at <= instant + LONGEST_MESSAGE:
        raise InvalidInput("message_until_bad", field="until")
    with transaction():
        devices = _devices(device_name)
        for device in devices:
            _cancel(_open(device, ("message", "clear_message")), instant)
            _order(device, "message", instant, until_at, actor, text=words, until_at=until_at)
            facts = {"device": device.name, "message": words, "until": iso_instant(until_at)}
            record_audit(actor, "device.message", "device", device.id, None, facts)
    return len(devices)


def withdraw_message(key: str, actor: Actor) -> None:
    """Take a message off the screen before its time. Nothing happens to one that is gone already."""
    instant = now()
    with transaction():
        row = DeviceOrder.get_or_none(DeviceOrder.key == key[:36], DeviceOrder.kind == "message")
        if row is None or row.cancelled_at is not None:
            return
        _cancel([row], instant)
        if row.delivered_at is not None:
            _order(row.device, "clear_message", instant, row.until_at or instant, actor)
        record_audit(actor, "device.message_withdraw", "device", row.device_id, {"message": row.text}, None)


def order_restart(device_name: str, kind: str, actor: Actor) -> None:
    """Ask a kiosk to start its program (`restart_program`) or its screen (`restart_screen`) anew, as soon as no
    child stands there. Asking twice is asking once. NotFound: device_unknown; ValueError for another kind."""
    if kind not in ("restart_program", "restart_screen"):
        raise ValueError(kind)
    instant = now()
    with transaction():
        [device] = _devices(device_name)
        if any(order.expires_at > instant for order in _open(device, (kind,))):
            return
        _order(device, kind, instant, instant + RESTART_LIFE, actor)
        record_audit(actor, f"device.{kind}", "device", device.id, None, {"device": device.name})


def note_damage_seen(device_name: str, file: str, actor: Actor) -> None:
    """Staff have read that a kiosk's journal was damaged, and seen to it: the alert goes, the file stays there. Twice
    is once. NotFound: device_unknown, damage_unknown where the kiosk's last report names no such file."""
    instant = now()
    with transaction():
        device = Device.get_or_none(Device.name == nfc(device_name), Device.revoked_at.is_null())
        if device is None:
            raise NotFound("device_unknown", field="device", name=device_name)
        damage = device.status.get("journal_damage") if isinstance(device.status, dict) else None
        if not isinstance(damage, dict) or not file or damage.get("file") != file:
            raise NotFound("damage_unknown", field="device")
        seen = DeviceOrder.select().where(
            DeviceOrder.device == device, DeviceOrder.kind == "damage_seen", DeviceOrder.text == file[:200]
        )
        if seen.exists():
            return
        _order(device, "damage_seen", instant, instant + SEEN_LIFE, actor, text=file[:200])
        facts = {"device": device.name, "file": file[:200]}
        record_audit(actor, "device.damage_seen", "device", device.id, None, facts)


def order_slip(hand_over_id: int, device_name: str, actor: Actor) -> None:
    """Print a hand-over document at a kiosk's receipt printer, once no child stands there. While one waits, asking
    again for the same kiosk is asking once; InvalidInput(slip_waiting) for another. NotFound: device_unknown,
    document_unknown; InvalidInput(slip_kind) for a document that is no hand-over."""
    instant = now()
    with transaction():
        get_slip_document(hand_over_id)
        [device] = _devices(device_name)
        waiting = find_open_slip(hand_over_id, instant)
        if waiting is not None:
            if waiting.device_id != device.id:
                raise InvalidInput("slip_waiting", field="device", device=waiting.device.name)
            return
        _order(device, "print_slip", instant, instant + SLIP_LIFE, actor, text=str(hand_over_id))
        facts = {"device": device.name, "hand_over": hand_over_id}
        record_audit(actor, "device.print_slip", "device", device.id, None, facts)


def withdraw_slip(hand_over_id: int, actor: Actor) -> None:
    """Call a slip off. A kiosk that has begun to print says so all the same."""
    instant = now()
    with transaction():
        row = find_open_slip(hand_over_id, instant)
        if row is not None:
            _cancel([row], instant)
            record_audit(actor, "device.slip_withdraw", "device", row.device_id, {"hand_over": hand_over_id}, None)


def _devices(name: str | None) -> list[Device]:
    query = Device.select().where(Device.revoked_at.is_null(), Device.profile == "kiosk")
    if name is None:
        found = list(query.order_by(Device.name))
        if not found:
            raise InvalidInput("no_kiosk", field="device")
        return found
    row = query.where(Device.name == nfc(name)).first()
    if row is None:
        raise NotFound("device_unknown", field="device", name=name)
    return [row]


def _open(device: Device, kinds: tuple[str, ...]) -> list[DeviceOrder]:
    """Orders of those kinds that still go out, and messages that stand on the screen."""
    rows = DeviceOrder.select().where(
        DeviceOrder.device == device, DeviceOrder.kind.in_(kinds), DeviceOrder.cancelled_at.is_null()
    )
    return [row for row in rows if row.done_at is None or row.kind == "message"]


def _cancel(orders: Iterable[DeviceOrder], instant: datetime) -> None:
    for order in orders:
        order.cancelled_at = instant
        order.save(only=[DeviceOrder.cancelled_at])


def _order(
    device: Device, kind: str, instant: datetime, expires_at: datetime, actor: Actor, *,
    text: str = "", until_at: datetime | None = None,
) -> None:  # fmt: skip
    DeviceOrder.create(
        device=device, key=str(uuid.uuid4()), kind=kind, text=text, until_at=until_at, created_at=instant,
        created_by=actor.name, expires_at=expires_at,
    )  # fmt: skip


# ---------------------------------------------------------------- what a kiosk says


def receive_status(device: DeviceInfo, status: dict[str, Any], address: str) -> list[DeviceOrderSent]:
    """Keep what the device says of itself, note which orders it has done, and return those it has yet to do.
    `address`: where it called from. Anything in `status` that is not as it should be is kept and not acted on."""
    instant = now()
    with transaction():
        touch_device(device, {name: value for name, value in status.items() if name != "orders_done"})
        _note_run(device.id, status.get("run_id"), address, instant)
        _note_done(device.id, status.get("orders_done"), instant)
        waiting = (
            DeviceOrder.select()
            .where(
                DeviceOrder.device == device.id, DeviceOrder.done_at.is_null(), DeviceOrder.cancelled_at.is_null(),
                DeviceOrder.expires_at > instant,
            )
            .order_by(DeviceOrder.id)
            .limit(MAX_ORDERS)
        )  # fmt: skip
        sent = []
        for order in waiting:
            if order.delivered_at is None:
                order.delivered_at = instant
                order.save(only=[DeviceOrder.delivered_at])
            sent.append(
                DeviceOrderSent(
                    key=order.key, kind=order.kind, text=order.text, expires_at=iso_instant(order.expires_at),
                    until=iso_instant(order.until_at) if order.until_at else None,
                    slip=make_slip(order) if order.kind == "print_slip" else None,
                )
            )  # fmt: skip
    return sent


def _note_run(device_id: int, run_id: Any, address: str, instant: datetime) -> None:
    if not isinstance(run_id, str) or not 1 <= len(run_id) <= 36:
        return  # a kiosk from before runs were told apart
    row = DeviceRun.get_or_none(DeviceRun.device == device_id, DeviceRun.run == run_id)
    if row is not None:
        row.last_seen_at, row.address = instant, address[:64]
        row.save(only=[DeviceRun.last_seen_at, DeviceRun.address])
        return
    DeviceRun.create(
        device=device_id, run=run_id, address=address[:64], first_seen_at=instant, last_seen_at=instant
    )
    old = DeviceRun.select(DeviceRun.id).where(DeviceRun.device == device_id).order_by(DeviceRun.last_seen_at.desc())
    gone = [run.id for run in old][KEEP_RUNS:]
    if gone:
        DeviceRun.delete().where(DeviceRun.id.in_(gone)).execute()


def _note_done(device_id: int, done: Any, instant: datetime) -> None:
    for one in done[:100] if isinstance(done, list) else ():
        key = one.get("key") if isinstance(one, dict) else None
        if isinstance(key, str) and len(key) <= 36:
            outcome = read_outcome(one.get("outcome"))
            DeviceOrder.update(done_at=instant, outcome=outcome).where(
                DeviceOrder.device == device_id, DeviceOrder.key == key, DeviceOrder.done_at.is_null()
            ).execute()
