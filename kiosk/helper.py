"""`python -m kiosk.helper MODULE`: the door of the scanner's and the printer's process (worker_process.py)."""

from __future__ import annotations

import importlib
import sys

from kiosk.late import postpone

if __name__ == "__main__":
    postpone()
    sys.exit(importlib.import_module(sys.argv[1]).main())
