"""What the journal keeps of the time, for a program that ends and starts again: the latest time that was known, and
how far it lay from the uptime (`clock.read_uptime`), which goes on until the machine is switched off.

The distance is good in the boot in which it was heard and in no other. Where a boot has no id (Windows) none is kept.
"""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta

from kiosk.clock import KioskClock, instant_text
from kiosk.journal import ActJournal

LAST_SEEN = "last_seen"
"""Name under which the journal remembers the latest trusted time: time never goes below it."""
HEARD = "heard_time"
"""Name under which it remembers the boot and its distance, as JSON."""
_NEWS_SECONDS = 1.0
"""A distance that changed by less is not written again: the card of a Pi wears out."""
_SEEN_AGAIN = timedelta(minutes=5)
"""Nor is the latest time sooner, though the core tells it twice a minute; but to a disk that took nothing the last
time (`journal.trouble`), so that its recovery is seen."""


def keep_time(journal: ActJournal, clock: KioskClock) -> None:
    """The core has just told the time (one that was not believed is not kept). Raises JournalUnavailable."""
    if not clock.trusted:
        return
    now, heard = clock.now(), clock.heard
    seen, kept = read_instant(journal.recall(LAST_SEEN)), _read(journal.recall(HEARD))
    is_news = heard is not None and (kept is None or kept[0] != clock.boot_id or abs(kept[1] - heard) >= _NEWS_SECONDS)
    if is_news or seen is None or now - seen >= _SEEN_AGAIN or journal.trouble:
        journal.remember(LAST_SEEN, instant_text(now))  # first: a distance is believed beside a time of its own boot
    if is_news:
        journal.remember(HEARD, json.dumps({"boot_id": clock.boot_id, "offset": heard}))


def resume_time(journal: ActJournal, clock: KioskClock) -> bool:
    """At a start: whether `clock` takes over what was heard earlier in this boot."""
    kept = _read(journal.recall(HEARD))
    seen = read_instant(journal.recall(LAST_SEEN))
    if kept is None or seen is None:
        return False
    last = journal.last_seq()
    written = read_instant(journal.known_times(last + 1, last)[0])
    return clock.resume(kept[0], kept[1], seen if written is None else max(seen, written), seen)


def read_instant(text: str | None) -> datetime | None:
    """An aware instant; None for what is none."""
    try:
        found = datetime.fromisoformat(text) if text else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _read(text: str | None) -> tuple[str, float] | None:
    try:
        kept = json.loads(text or "")
        boot_id, offset = str(kept["boot_id"]), float(kept["offset"])
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return (boot_id, offset) if math.isfinite(offset) else None
