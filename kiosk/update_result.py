"""How the last update of this kiosk's program went, and where its seal's key lies: what both halves of an update read.

Apart from `updating.py`, which drags in what a running kiosk never needs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from library.contract.kiosk_release import update_facts

KEY_FILE = "update-key"
RESULT = "update.json"


def read_result(base: Path) -> dict[str, Any]:
    """{"version", "serial", "outcome"}, empty where there was no update."""
    try:
        return update_facts(json.loads((base / RESULT).read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}
