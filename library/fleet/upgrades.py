"""Whether a kiosk runs an old program, and what keeps it from a newer one. Pure. Next: rules.py for the words.

The newest there is: what has been added for kiosks, or the core's own version where that is newer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from library.contract.kiosk_release import VERSION_PATTERN
from library.fleet.model import Offer, Upgrade

TAKES_AT_MOST = timedelta(days=1)
"""A kiosk takes an offer when no child is there and nothing waits to be sent: within a day it has had the night."""


def decide_upgrade(
    running: Any, *, core_version: str, added: Mapping[str, datetime], offer: Offer | None, has_key: bool, now: datetime
) -> Upgrade | None:
    """`running`: what the device says it runs (anything); `added`: releases for kiosks and since when; `offer`: what
    this kiosk is to run. None: it is as new as can be, is on its way there, or the school chose its older release
    after the newer one had come."""
    if not isinstance(running, str) or not VERSION_PATTERN.fullmatch(running):
        return None
    newest = max([core_version, *added], key=version_key)
    if version_key(running) >= version_key(newest):
        return None
    if newest not in added:
        return Upgrade(newest, "no_wheels")
    if not has_key:
        return Upgrade(newest, "no_key")
    if offer is None or (offer.version != newest and offer.created_at < added[newest]):
        return Upgrade(newest, "not_offered")
    if offer.version == newest and now - offer.created_at > TAKES_AT_MOST:
        return Upgrade(newest, "not_taken", offer.created_at)
    return None


def version_key(version: str) -> tuple[tuple[int, ...], bool, str]:
    """Sorts 0.9.0 before 0.10.0, and 0.2.0rc1 before 0.2.0 as 0.2."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    parts = [int(one) for one in numbers[0].split(".")] if numbers else []
    while parts and not parts[-1]:
        parts.pop()
    rest = version[numbers.end() :] if numbers else version
    is_before = re.match(r"\.?(a|b|rc|dev)", rest) is not None
    return tuple(parts), not is_before, rest
