"""How long the long runs are: short in `make test`, whole with KESACH_LONG=1 (docs/kiosk-setup.md)."""

from __future__ import annotations

import os


def runs(short: int, whole: int) -> int:
    return whole if os.environ.get("KESACH_LONG") == "1" else short
