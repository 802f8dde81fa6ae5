"""The demo school's own kiosk at a satellite campus, and what its receipts say.

One device that no token opens, with a report of yesterday afternoon: so the pages show a kiosk that needs somebody.
The simulated kiosk of `make run` comes beside it.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, timedelta

from library.access.tables import Device
from library.demo.circulation import LIBRARIAN
from library.fleet.tables import DeviceOrder, ReceiptTemplate
from library.foundation.clock import at_local
from library.foundation.database import transaction

NAME = "Quầy điểm Ấp 4"
MESSAGE = "Thứ Sáu này máy in thay giấy, em mượn trả bình thường nhé."


def fill_kiosks(until: date) -> None:
    """As of `until`, the demo's last day."""
    told = at_local(until, 16, 30)
    with transaction():
        device = Device.create(
            name=NAME, profile="kiosk", token_hash=hashlib.sha256(f"no token: {NAME}".encode()).hexdigest(),
            created_at=at_local(until - timedelta(days=40), 8), created_by=LIBRARIAN, last_seen_at=told, status_at=told,
            status={
                "version": "0.1.0", "printer": "paper_low", "scanner": "connected", "journal_length": 0,
                "clock_ok": True, "snapshot_age_seconds": 60, "mode": "borrow_and_return", "receipt_template": 1,
            },
        )  # fmt: skip
        DeviceOrder.create(
            device=device, key=str(uuid.uuid5(uuid.NAMESPACE_URL, NAME)), kind="message", text=MESSAGE,
            until_at=at_local(until + timedelta(days=7), 17), expires_at=at_local(until + timedelta(days=7), 17),
            created_at=at_local(until, 16, 45), created_by=LIBRARIAN,
        )  # fmt: skip
        ReceiptTemplate.create(
            settings={
                "closing_loan": "Thư viện mở cửa 7 giờ đến 16 giờ 30, thứ Hai đến thứ Bảy.",
                "closing_hand_over": "Thiếu cuốn nào, báo thư viện trong ba ngày.",
            },
            logo="", created_at=at_local(until - timedelta(days=40), 8, 15), created_by=LIBRARIAN,
        )  # fmt: skip
