"""What the page /sim offers to try: cards and books of the school, and the demo's staff card where it opens.

Only a kiosk whose scans are typed has this page. The staff card is shown where it is the demo's, and nowhere else:
whether it is, the verifiers of the snapshot say.
"""

from __future__ import annotations

from typing import Any

from kiosk.snapshot import SnapshotStore
from library.contract.staff_pin import DEMO_CARD, DEMO_PIN, check_verifier


def list_samples(snapshot: SnapshotStore) -> dict[str, Any]:
    """For sim.js and `make run`: cards, books, staff (None outside the demo)."""
    demo = any(check_verifier(one.verifier, DEMO_CARD, DEMO_PIN) for one in snapshot.staff)
    return {**snapshot.list_samples(), "staff": {"card": DEMO_CARD, "pin": DEMO_PIN} if demo else None}
