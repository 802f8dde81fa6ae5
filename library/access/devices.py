"""Device tokens: adding, knowing, revoking a device, and when it was seen. Staff accounts: service.py."""

from __future__ import annotations

import secrets
from typing import Any

from library.access.model import DEVICE_PROFILES, DeviceInfo
from library.access.rules import (
    SEEN_EVERY,
    hash_token,
)
from library.access.tables import Device
from library.contract.codes import register_errors
from library.foundation.audit import Actor, record_audit
from library.foundation.clock import now
from library.foundation.database import transaction
from library.foundation.errors import Conflict, InvalidInput, NotFound
from library.foundation.rows import PreparedSelect, slot
from library.foundation.vietnamese import nfc

register_errors(
    {
        "device_unknown": "Không có thiết bị tên {name}.",
        "device_name_bad": "Tên thiết bị dài 1–64 ký tự.",
        "profile_bad": "Không có loại thiết bị {profile}. Chọn một trong: {known}.",
    }
)



def _as_device(row: Device) -> DeviceInfo:
    return DeviceInfo(
        row.id, row.name, row.profile, row.created_at, row.created_by, row.revoked_at, row.last_seen_at,
        row.status, row.status_at,
    )


def add_device(name: str, profile: str, actor: Actor, *, replace: bool = False) -> str:
    """A new device; returns its token, which is shown this once. The name of a revoked device may be
    used again and gets a new token; that of a working one only with `replace` (its old token stops).
    Conflict: name_taken; InvalidInput: device_name_bad, profile_bad."""
    clean = nfc(name)
    if not 1 <= len(clean) <= 64:
        raise InvalidInput("device_name_bad", field="name")
    if profile not in DEVICE_PROFILES:
        raise InvalidInput("profile_bad", field="profile", profile=profile, known=", ".join(DEVICE_PROFILES))
    token = secrets.token_urlsafe(32)
    with transaction():
        row = Device.get_or_none(Device.name == clean)
        if row is not None and row.revoked_at is None and not replace:
            raise Conflict("name_taken", field="name", name=clean)
        if row is None:
            row = Device(name=clean)
        row.profile, row.token_hash, row.created_at, row.created_by = profile, hash_token(token), now(), actor.name
        row.revoked_at = row.last_seen_at = row.status = row.status_at = None
        row.save()
        record_audit(actor, "device.add", "device", row.id, None, {"name": clean, "profile": profile})
    return token


def find_device(token: str) -> DeviceInfo | None:
    """The device with this token; None when there is none or it was revoked."""
    if not token or len(token) > 200:
        return None
    rows = _DEVICE.rows(token_hash=hash_token(token))
    return DeviceInfo(**rows[0]) if rows else None


_DEVICE = PreparedSelect(
    lambda: Device.select(
        Device.id, Device.name, Device.profile, Device.created_at, Device.created_by, Device.revoked_at,
        Device.last_seen_at, Device.status, Device.status_at,
    ).where(Device.token_hash == slot("token_hash"), Device.revoked_at.is_null())
)  # fmt: skip


def list_devices() -> list[DeviceInfo]:
    """All devices, working ones first."""
    return [_as_device(row) for row in Device.select().order_by(Device.revoked_at.is_null(False), Device.name)]


def revoke_device(name: str, actor: Actor) -> DeviceInfo:
    """The token stops working at once. The row stays: loans point at it. NotFound: device_unknown."""
    with transaction():
        row = Device.get_or_none(Device.name == nfc(name))
        if row is None:
            raise NotFound("device_unknown", name=name)
        if row.revoked_at is None:
            row.revoked_at = now()
            row.save(only=[Device.revoked_at])
            record_audit(actor, "device.revoke", "device", row.id, {"revoked": False}, {"revoked": True})
    return _as_device(row)


def touch_device(device: DeviceInfo, status: dict[str, Any] | None = None) -> None:
    """Write down that the device was seen (at most every 5 minutes), and what it says about itself."""
    instant = now()
    if status is None and device.last_seen_at is not None and instant - device.last_seen_at < SEEN_EVERY:
        return
    changes: dict[str, Any] = {"last_seen_at": instant}
    if status is not None:
        changes.update(status=status, status_at=instant)
    with transaction():
        Device.update(changes).where(Device.id == device.id).execute()
