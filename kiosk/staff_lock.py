"""How long the PIN pad stays closed after wrong PINs (L182). Pure.

One count for the whole kiosk, not one a card: a card that is tried may be any card. It is kept in the
journal, so that pulling the plug does not begin it anew.
"""

from __future__ import annotations

FREE_FAILURES = 5
_PAUSES = (0.0, 2.0, 4.0, 8.0, 15.0)
_FIRST_LOCK, _LONGEST_LOCK = 15 * 60.0, 4 * 3600.0


def pause_after(failures: int) -> float:
    """Seconds without a try after so many wrong PINs in a row: 2, 4, 8, 15 s, then 15 min, doubling to 4 h."""
    if failures < FREE_FAILURES:
        return _PAUSES[max(failures, 0)]
    return min(_FIRST_LOCK * 2.0 ** min(failures - FREE_FAILURES, 10), _LONGEST_LOCK)
