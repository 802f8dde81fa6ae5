"""Which device asks, and what its profile may call. Tokens are kept in library/access; here they are shown.

A revoked or unknown token is 401, a profile without the endpoint is 403.
"""

from __future__ import annotations

from flask import g, request

from library.access.devices import find_device, touch_device
from library.access.model import DeviceInfo
from library.foundation.audit import Actor
from library.foundation.errors import Forbidden, KesachError

_ALL = frozenset(
    {"hello", "reader", "checkouts", "returns", "renewals", "snapshot", "journal", "status", "receipt_template",
     "release", "release_file"}
)
ALLOWED: dict[str, frozenset[str]] = {"kiosk": _ALL, "mobile": _ALL}
"""Device profile -> endpoints of this blueprint. A profile that is not here may call nothing."""


class NoDevice(KesachError):
    """No token, or one that opens nothing."""


def require_device() -> None:
    """before_request of the blueprint. NoDevice (401) or Forbidden (403)."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    device = find_device(token.strip()) if scheme.lower() == "bearer" else None
    if device is None:
        raise NoDevice("unauthorised")
    endpoint = (request.endpoint or "").rpartition(".")[2]
    if endpoint not in ALLOWED.get(device.profile, frozenset()):
        raise Forbidden("forbidden")
    g.kesach_device = device
    if request.method == "GET":
        touch_device(device)  # writes at most every few minutes; never in the way of a loan


def current_device() -> DeviceInfo:
    device: DeviceInfo = g.kesach_device
    return device


def device_actor() -> Actor:
    """The device as the audit names it."""
    device = current_device()
    return Actor("device", device.name, device.id)


def device_scope() -> str:
    """Whose keys are looked up: no device is answered another's first answer."""
    return f"device:{current_device().id}"
