"""Answers what the staff menu asks: is this card and PIN right, what is kept, how is everything.

Works without a network: verifiers come with the snapshot (library/contract/staff_pin.py). Wrong PINs are
counted in the journal, over restarts. Not here: the menu itself (`staff_session.py`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from kiosk.api_client import FOREIGN, OTHER_SCHOOL
from kiosk.clock import SCHOOL_ZONE_HOURS
from kiosk.journal import ActJournal, JournalUnavailable
from kiosk.printing import ReceiptPrinting
from kiosk.receipt_content import ReceiptContent
from kiosk.session_events import Event
from kiosk.session_model import Effect
from kiosk.snapshot import SnapshotStore
from kiosk.staff_lock import pause_after
from kiosk.staff_model import (
    AskReceipts,
    AskStatus,
    CheckPin,
    KeptReceipt,
    PrintTest,
    Reprint,
    Restart,
    SetVolume,
    StaffKnown,
    StaffReceipts,
    StaffStatus,
    StaffUnknown,
    StatusRow,
)
from library.contract.staff_pin import check_verifier

FAILURES, VOLUME = "staff_failures", "volume"
"""Names under which the journal remembers the count of wrong PINs and how loud it is."""
_KEPT = 6
_PRINTER = {
    "ok": ("sẵn sàng", True), "paper_low": ("sắp hết giấy", False), "paper_out": ("hết giấy", False),
    "cover_open": ("nắp đang mở", False), "offline": ("không trả lời", False), "error": ("báo lỗi", False),
    "none": ("không dùng", None), "starting": ("vừa khởi động", None), "unknown": ("không báo trạng thái", None),
}  # fmt: skip
_SOUND = {
    "page": ("màn hình phát", True), "ok": ("loa ở quầy phát", True), "none": ("đã tắt trong cài đặt", None),
    "missing": ("chưa có gì để phát, xem hướng dẫn lắp quầy", False),
    "failed": ("không phát được, xem loa và dây", False),
    "unknown": ("chưa phát lần nào", None),
}  # fmt: skip

_NOT_OURS = {FOREIGN: "máy trả lời không phải Kệ Sách", OTHER_SCHOOL: "máy chủ của trường khác, không gửi gì tới đó"}
_SCANNER: dict[str, tuple[str, bool | None]] = {
    "connected": ("sẵn sàng", True), "starting": ("vừa khởi động", None),
}  # fmt: skip


class StaffDesk:
    """`do` what the menu wants; the core loop calls it. Checks of a PIN run in a thread of their own, for they
    are slow on purpose. `describe` gives what the status page says, `restart` asks the program to start anew."""

    def __init__(
        self,
        journal: ActJournal,
        snapshot: SnapshotStore,
        printing: ReceiptPrinting,
        tell: Callable[[Event], None],
        describe: Callable[[], tuple[StatusRow, ...]],
        restart: Callable[[], None],
    ) -> None:
        self._journal, self._snapshot, self._printing = journal, snapshot, printing
        self._tell, self._describe, self._restart = tell, describe, restart
        self._lock = threading.Lock()
        text = self._journal.recall(FAILURES) or "0"
        self._failures = int(text) if text.isdecimal() else 0

    @property
    def failures(self) -> int:
        """Wrong PINs in a row."""
        return self._failures

    def do(self, effect: Effect, school: str) -> Event | None:
        """Effects of staff_model.py; None for those whose answer comes later or not at all."""
        match effect:
            case CheckPin():
                work = threading.Thread(target=lambda: self._tell(self.check(effect)), name="pin", daemon=True)
                work.start()
            case AskStatus():
                self._printing.ask_status()  # its answer comes as PrinterHealth, and the page is told anew
                return StaffStatus(self._describe())
            case AskReceipts():
                return StaffReceipts(self.list_receipts())
            case Reprint():
                content = self.find_receipt(effect.number)
                if content is not None:
                    self._printing.print_again(effect.number, content)
            case PrintTest():
                self._printing.print_test(school)
            case SetVolume():
                self._remember(VOLUME, str(effect.percent))
            case Restart():
                self._restart()
        return None

    @property
    def first_pause(self) -> float:
        """Seconds that the pad stays closed after a start (L182)."""
        return pause_after(self.failures)

    def check(self, asked: CheckPin) -> StaffKnown | StaffUnknown:
        """The count is on the disk before the answer: pulling the plug in between gains nothing."""
        with self._lock:
            self._failures += 1
            self._remember(FAILURES, str(self._failures))
            found = None
            for one in self._snapshot.staff:
                if check_verifier(one.verifier, asked.card, asked.pin):
                    found = found or one
            if found is None:
                return StaffUnknown(asked.request, pause_after(self._failures))
            self._failures = 0
            self._remember(FAILURES, "0")
            return StaffKnown(asked.request, found.id, found.name)

    def recall_volume(self) -> int | None:
        text = self._journal.recall(VOLUME)
        return int(text) if text is not None and text.isdecimal() and int(text) <= 100 else None

    def list_receipts(self) -> tuple[KeptReceipt, ...]:
        """What may be printed again, newest first: time, what it is, first name and number of books."""
        kept = []
        for number, text in self._journal.list_receipts(_KEPT):
            try:
                content = ReceiptContent.from_json(text)
            except ValueError:
                continue
            kept.append(KeptReceipt(number, receipt_label(content, number)))
        return tuple(kept)

    def find_receipt(self, number: int) -> ReceiptContent | None:
        found = dict(self._journal.list_receipts(_KEPT)).get(number)
        try:
            return ReceiptContent.from_json(found) if found is not None else None
        except ValueError:
            return None

    def _remember(self, name: str, value: str) -> None:
        with suppress(JournalUnavailable):  # a full disk: the pad still answers, the count lives until the next start
            self._journal.remember(name, value)


def receipt_label(content: ReceiptContent, number: int) -> str:
    """ "25/11 09:41 · Mượn · Minh An 3A · 2 cuốn"; no line begins with a dot or a unit."""
    who = f"{content.name} {content.class_name}".strip()
    parts = [_when(content, number), _kind_words(content), who, f"{len(content.lines)}\u00a0cuốn"]
    return "\u00a0· ".join(filter(None, parts))


def _when(content: ReceiptContent, number: int) -> str:
    """ "25/11 09:41"; receipts are kept for two days, so the day belongs to it. Before the kiosk knew the time its
    place in the list says when, and its number which."""
    if not content.made_at:
        return f"Trước khi biết giờ, số\u00a0{number}"
    made = datetime.fromisoformat(content.made_at)
    return f"{made:%d/%m\u00a0%H:%M}"


_KINDS = {"checkout": "Mượn", "return": "Trả", "renewal": "Gia hạn"}


def _kind_words(content: ReceiptContent) -> str:
    """ "Mượn, Trả": what was done, as the receipt says it."""
    if content.kind == "holdings":
        return "Sách đang mượn"
    return ", ".join(dict.fromkeys(_KINDS[line.kind] for line in content.lines if line.kind in _KINDS))


def describe_status(
    report: Mapping[str, Any], *, online: bool, server: str, now: datetime, concerns: Collection[str] = ()
) -> tuple[StatusRow, ...]:
    """Everything that may be wrong, in words, for whoever stands at the kiosk. `report`: Kiosk.report()."""
    said, good = _PRINTER.get(str(report.get("printer")), ("chưa rõ", None))
    waiting = int(report.get("journal_length") or 0)
    age = report.get("snapshot_age_seconds")
    local = now + timedelta(hours=SCHOOL_ZONE_HOURS)
    clock_ok = bool(report.get("clock_ok"))
    network = "nối được máy chủ" if online else "chưa nối được máy chủ, quầy tự ghi lại"
    for code, words in _NOT_OURS.items():
        network = words if code in concerns else network
    rare = []  # rows that are there only when something is wrong
    if "twins" in concerns:
        rare.append(StatusRow("Mã thiết bị", "hai máy đang dùng chung, giữ một máy", False))
    if "journal" in concerns:
        rare.append(StatusRow("Sổ nhật ký", "không ghi được, xem thẻ nhớ và chỗ trống", False))
    elif report.get("journal_set_aside"):
        rare.append(StatusRow("Sổ nhật ký", _damage_words(report.get("journal_damage")), False))
    return (
        *rare,
        StatusRow("Mạng", network, online),
        StatusRow("Máy chủ", server),
        StatusRow("Máy quét", *_SCANNER.get(str(report.get("scanner")), ("không thấy, kiểm tra dây", False))),
        StatusRow("Máy in", said, good),
        StatusRow("Âm thanh", *_SOUND.get(str(report.get("sound")), ("chưa rõ", None))),
        StatusRow("Đợi gửi", f"{waiting} việc" if waiting else "không còn việc nào", waiting == 0),
        StatusRow("Dữ liệu", _age_words(age), isinstance(age, int) and age < 24 * 3600),
        StatusRow("Giờ", f"{local:%H:%M %d/%m/%Y}" if clock_ok else "chưa biết giờ đúng, chưa in hạn trả", clock_ok),
        StatusRow("Phiên bản", str(report.get("version", ""))),
    )


def _damage_words(damage: Any) -> str:
    if not isinstance(damage, Mapping):
        return "từng bị hỏng, sổ cũ đã cất riêng ở quầy"
    lost = "có thể còn việc bị mất" if damage.get("lost") else "không mất việc nào"
    return f"từng bị hỏng, cứu được {damage.get('saved', 0)} việc, {lost}"


def _age_words(seconds: Any) -> str:
    if not isinstance(seconds, int):
        return "chưa lấy lần nào"
    if seconds < 120:
        return "vừa cập nhật"
    if seconds < 7200:
        return f"cập nhật {seconds // 60} phút trước"
    return f"cập nhật {seconds // 3600} giờ trước" if seconds < 48 * 3600 else f"cập nhật {seconds // 86400} ngày trước"
