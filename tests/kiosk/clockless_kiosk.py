"""`python -m tests.kiosk.clockless_kiosk run --config FILE`: the kiosk's program on a machine without battery clock
and time service, whatever this one has."""

from __future__ import annotations

import sys
from pathlib import Path

import kiosk.clock
from kiosk.cli import main

if __name__ == "__main__":
    kiosk.clock._BATTERY_CLOCKS = kiosk.clock._SYNCHRONISED = Path(__file__).parent / "nowhere"
    sys.exit(main())
