"""The buzzer in a receipt head: ESC B, as most 80-mm heads for kitchens and many cheap ones have it.

A head without one prints two odd letters or nothing: which it is, is a setting. `StreamPrinter.beep` sends it.
"""

from __future__ import annotations

PATTERNS: dict[str, tuple[int, int]] = {"hello": (1, 1), "ok": (1, 1), "attention": (2, 1), "no": (1, 6)}
"""Times and length (in 50 ms) of each sound: a yes is one short, a no one long, "look here" two short. Good-bye has
none: the receipt's cut is heard."""


def beep_command(times: int, length: int) -> bytes:
    """ESC B n t, both 1 to 9."""
    if not (1 <= times <= 9 and 1 <= length <= 9):
        raise ValueError(f"1 to 9 beeps of 1 to 9, not {times} of {length}")
    return b"\x1bB" + bytes([times, length])
