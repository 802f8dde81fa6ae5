"""Reads about kiosks: how each is, what it was asked to do. Never commits. Next: rules.py for the judgement."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from library.access.tables import Device
from library.fleet.model import KioskFacts, KioskState, Offer, Order, Twins, Upgrade
from library.fleet.rules import judge
from library.fleet.tables import DeviceKey, DeviceOrder, DeviceRun, KioskRelease, ReleaseOffer
from library.fleet.upgrades import decide_upgrade
from library.foundation.clock import now
from library.version import VERSION

TWINS_FRESH = timedelta(hours=12)
"""Twins are spoken of until one of the two has been silent this long."""


def list_kiosks() -> list[KioskState]:
    """Devices that were not revoked, by name, judged as of now."""
    instant = now()
    twins = find_twins(instant)
    rows = list(Device.select().where(Device.revoked_at.is_null()).order_by(Device.name))
    upgrades = _find_upgrades(rows, instant)
    seen = _find_seen_damages()
    return [judge(_facts(row, twins.get(row.id), upgrades.get(row.id), seen[row.id]), instant) for row in rows]


def _facts(row: Device, twins: Twins | None, upgrade: Upgrade | None, seen: set[str]) -> KioskFacts:
    status = row.status if isinstance(row.status, dict) else {}
    return KioskFacts(row.name, row.profile, row.last_seen_at, status, twins, upgrade, row.id, frozenset(seen))


def _find_seen_damages() -> defaultdict[int, set[str]]:
    """Device id -> damaged journals that staff have read of."""
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in DeviceOrder.select(DeviceOrder.device, DeviceOrder.text).where(DeviceOrder.kind == "damage_seen"):
        found[row.device_id].add(row.text)
    return found


def _find_upgrades(devices: list[Device], instant: datetime) -> dict[int, Upgrade]:
    """Device id -> what is newer than the program it runs."""
    added = {row.version: row.added_at for row in KioskRelease.select(KioskRelease.version, KioskRelease.added_at)}
    with_key = {row.device_id for row in DeviceKey.select(DeviceKey.device)}
    offers: dict[int | None, list[Offer]] = defaultdict(list)
    standing = ReleaseOffer.select(ReleaseOffer, KioskRelease).join(KioskRelease)
    for row in standing.where(ReleaseOffer.withdrawn_at.is_null()):
        offers[row.device_id].append(Offer(row.release.version, row.serial, row.created_at))
    found = {}
    for device in devices:
        running = device.status.get("version") if isinstance(device.status, dict) else None
        mine = max(offers[None] + offers[device.id], key=lambda offer: offer.serial, default=None)
        upgrade = decide_upgrade(
            running, core_version=VERSION, added=added, offer=mine, has_key=device.id in with_key, now=instant
        )
        if upgrade is not None:
            found[device.id] = upgrade
    return found


def find_twins(instant: datetime) -> dict[int, Twins]:
    """Device id -> two runs that overlapped and are both still fresh. A restart never overlaps: the old
    run has ended when the new one is first seen."""
    by_device: dict[int, list[DeviceRun]] = defaultdict(list)
    fresh = DeviceRun.select().where(DeviceRun.last_seen_at > instant - TWINS_FRESH).order_by(DeviceRun.first_seen_at)
    for run in fresh:
        by_device[run.device_id].append(run)
    found: dict[int, Twins] = {}
    for device_id, runs in by_device.items():
        for earlier, later in zip(runs, runs[1:], strict=False):
            if earlier.last_seen_at > later.first_seen_at:
                addresses = tuple(sorted({earlier.address, later.address}))
                found[device_id] = Twins(addresses, min(earlier.last_seen_at, later.last_seen_at))
    return found


def list_orders(device_id: int, limit: int = 20) -> list[Order]:
    """What a kiosk was asked lately, newest first."""
    rows = DeviceOrder.select(DeviceOrder, Device).join(Device).where(DeviceOrder.device == device_id)
    orders = [as_order(row) for row in rows.order_by(DeviceOrder.id.desc()).limit(limit)]
    starts = DeviceRun.select(DeviceRun.first_seen_at).where(DeviceRun.device == device_id)
    began = sorted(run.first_seen_at for run in starts)
    return [replace(one, back_at=_next_start(one, began)) for one in orders]


def _next_start(order: Order, began: list[datetime]) -> datetime | None:
    """The run that took the order was heard of when it was delivered, at the latest."""
    taken = order.delivered_at
    if order.kind != "restart_program" or order.outcome != "done" or taken is None:
        return None
    return next((start for start in began if start > taken), None)


def list_messages() -> list[Order]:
    """Messages that stand on a kiosk's screen, or will once it has heard of them."""
    rows = (
        DeviceOrder.select(DeviceOrder, Device)
        .join(Device)
        .where(
            DeviceOrder.kind == "message",
            DeviceOrder.cancelled_at.is_null(),
            DeviceOrder.until_at > now(),
            Device.revoked_at.is_null(),
        )
        .order_by(Device.name, DeviceOrder.id)
    )
    return [as_order(row) for row in rows]


def as_order(row: DeviceOrder) -> Order:
    return Order(
        key=row.key, device_name=row.device.name, kind=row.kind, text=row.text, until_at=row.until_at,
        created_at=row.created_at, created_by=row.created_by, expires_at=row.expires_at,
        delivered_at=row.delivered_at, done_at=row.done_at, outcome=row.outcome, cancelled_at=row.cancelled_at,
        device_id=row.device_id,
        is_open=row.done_at is None and row.cancelled_at is None and row.expires_at > now(),
    )  # fmt: skip
