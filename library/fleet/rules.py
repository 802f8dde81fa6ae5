"""How a kiosk is, judged by what it last said: parts in words, and alerts with what to do. Pure.

Whatever a device sends, only words from here are shown. Next: upgrades.py for old programs, queries.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from library.contract.kiosk_release import update_facts
from library.fleet.model import Alert, KioskFacts, KioskState, Part, Tone
from library.foundation.clock import local_time

SILENT_AFTER = timedelta(minutes=15)
"""A kiosk tells how it is every minute; after this long something is wrong with it or its cable."""
OLD_SNAPSHOT = timedelta(days=1)
MANY_WAITING = 20
"""Acts that a kiosk holds though it is in touch: one busy class; more says that something keeps them there."""

_UNKNOWN = Part("", "chưa rõ")
PRINTER: dict[str, Part] = {
    "ok": Part("good", "tốt"),
    "none": Part("", "không dùng"),
    "starting": Part("", "vừa khởi động"),
    "paper_low": Part("notice", "sắp hết giấy"),
    "paper_out": Part("bad", "hết giấy"),
    "cover_open": Part("bad", "nắp đang mở"),
    "error": Part("bad", "báo lỗi"),
    "offline": Part("bad", "không trả lời"),
}
SCANNER: dict[str, Part] = {
    "connected": Part("good", "tốt"),
    "disconnected": Part("bad", "bị rút"),
    "starting": Part("", "vừa khởi động"),
}
SOUND: dict[str, Part] = {
    "page": Part("good", "màn hình phát"),
    "ok": Part("good", "loa ở quầy phát"),
    "missing": Part("notice", "chưa có gì để phát"),
    "failed": Part("notice", "không phát được"),
    "none": Part("", "đã tắt"),
}

_PRINTER_ALERTS: dict[str, tuple[str, str]] = {
    "paper_low": ("Máy in sắp hết giấy", "Mang sẵn một cuộn giấy mới tới quầy."),
    "paper_out": ("Máy in hết giấy", "Lắp cuộn giấy mới. Mượn trả vẫn chạy, chỉ không có phiếu."),
    "cover_open": ("Nắp máy in đang mở", "Đóng nắp cho tới khi nghe tiếng khớp."),
    "error": ("Máy in báo lỗi", "Tắt máy in, gỡ giấy kẹt, bật lại."),
    "offline": ("Máy in không trả lời", "Xem dây và nguồn điện của máy in, rồi in thử ở quầy."),
}

_UPGRADE_ADVICE: dict[str, str] = {
    "no_wheels": "Máy chủ đã lên bản {version}. Người quản trị thêm gói bản này ở trang Cập nhật quầy, rồi đưa.",
    "no_key": "Đã có bản {version}, quầy chưa nhận được từ máy chủ. Lấy mã cài đặt mới rồi chạy lại install.sh ở quầy.",
    "not_offered": "Đã có bản {version}. Người quản trị đưa bản này cho quầy ở trang Cập nhật quầy.",
    "not_taken": "Bản {version} đưa từ {since} mà quầy chưa cài. Khởi động lại quầy, đưa lại ở trang Cập nhật quầy.",
}

_UPDATE_ALERTS: dict[str, tuple[str, str]] = {
    "fell_back": ("Bản {version} không chạy được", "Quầy tự quay về bản trước, vẫn dùng tốt. Đừng đưa bản này nữa."),
    "bad_file": ("Tải bản {version} bị hỏng", "Quầy giữ bản đang chạy. Đưa lại bản này ở trang Cập nhật quầy."),
    "install_failed": ("Không cài được bản {version}", "Quầy vẫn chạy bản cũ. Thường do thiếu gói: thêm rồi đưa lại."),
    "no_room": ("Quầy hết chỗ để cập nhật", "Quầy giữ bản đang chạy. Thay thẻ nhớ lớn hơn."),
}  # fmt: skip


def judge(facts: KioskFacts, now: datetime) -> KioskState:
    """The kiosk in words at `now`."""
    status = facts.status
    alerts = tuple(_alerts(facts, now))
    version = status.get("version")
    return KioskState(
        facts=facts,
        printer=PRINTER.get(str(status.get("printer")), _UNKNOWN),
        scanner=SCANNER.get(str(status.get("scanner")), _UNKNOWN),
        sound=SOUND.get(str(status.get("sound")), _UNKNOWN),
        overall=_overall(facts, alerts, now),
        waiting=_count(status.get("journal_length")),
        version=version[:20] if isinstance(version, str) else "",
        alerts=alerts,
    )


def gather_alerts(kiosks: Iterable[KioskState]) -> list[tuple[Alert, list[KioskFacts]]]:
    """What is wrong, worst first, and where; the same wrong at several kiosks is one."""
    found: dict[Alert, list[KioskFacts]] = {}
    for kiosk in kiosks:
        for alert in kiosk.alerts:
            found.setdefault(alert, []).append(kiosk.facts)
    return sorted(found.items(), key=lambda one: one[0].tone != "bad")


def _overall(facts: KioskFacts, alerts: tuple[Alert, ...], now: datetime) -> Part:
    if facts.last_seen_at is None:
        return Part("notice", "Chưa cài xong")
    if not alerts and now - facts.last_seen_at > SILENT_AFTER:
        return Part("", "Đang ở ngoài mạng trường")
    for tone in ("bad", "notice"):
        for alert in alerts:
            if alert.tone == tone:
                return Part(alert.tone, alert.title)
    return Part("good", "Đang dùng")


def _alerts(facts: KioskFacts, now: datetime) -> list[Alert]:
    if facts.last_seen_at is None:
        return []
    found: list[Alert] = []
    if facts.twins is not None:
        places = " và ".join(facts.twins.addresses) or "hai nơi"
        both = f"{local_time(facts.twins.seen_at):%H:%M ngày %d/%m}"
        found.append(
            Alert(
                "twins", "bad", "Hai máy cùng dùng một mã",
                f"Gọi từ {places}, cả hai gần nhất lúc {both}. Giữ một máy; máy kia thêm ở trang Thiết bị với tên khác,"
                " cài bằng mã mới. Báo này tự hết sau nửa ngày.",
            )
        )  # fmt: skip
    if now - facts.last_seen_at > SILENT_AFTER:
        if facts.profile == "mobile":
            return found  # at a campus for the day, or in its drawer
        since = local_time(facts.last_seen_at)
        found.append(
            Alert(
                "silent", "bad", "Mất liên lạc",
                f"Từ {since:%H:%M} ngày {since:%d/%m}. Xem quầy có điện không, dây mạng có cắm không.",
            )
        )  # fmt: skip
        return found  # what it said before that is no news any more
    return [*found, *_of_parts(facts.status, facts.seen_damages), *_of_upgrade(facts)]


def _of_upgrade(facts: KioskFacts) -> list[Alert]:
    """An old program; nothing where the kiosk said how the newer one failed, which stands there already."""
    upgrade, tried = facts.upgrade, update_facts(facts.status.get("update"))
    if upgrade is None or (tried and tried["outcome"] in _UPDATE_ALERTS and tried["version"] == upgrade.version):
        return []
    since = f"{local_time(upgrade.offered_at):%d/%m}" if upgrade.offered_at else ""
    advice = _UPGRADE_ADVICE[upgrade.hindrance].format(version=upgrade.version, since=since)
    return [Alert("version", "notice", f"Đang chạy bản cũ {facts.status['version']}", advice)]


def _of_parts(status: dict[str, Any], seen_damages: frozenset[str]) -> list[Alert]:
    found: list[Alert] = []
    if status.get("scanner") == "disconnected":
        found.append(Alert("scanner", "bad", "Máy quét bị rút", "Cắm lại dây máy quét; quầy tự nhận trong hai giây."))
    printer = str(status.get("printer"))
    if printer in _PRINTER_ALERTS:
        tone: Tone = "notice" if printer == "paper_low" else "bad"
        found.append(Alert("printer", tone, *_PRINTER_ALERTS[printer]))
    update = update_facts(status.get("update"))
    if update and update["outcome"] in _UPDATE_ALERTS:
        title, advice = _UPDATE_ALERTS[update["outcome"]]
        found.append(Alert("update", "notice", title.format(**update), advice))
    old_units = status.get("units_old")
    if isinstance(old_units, list) and old_units:
        version = status.get("version")
        of = f" của bản {version[:20]}" if isinstance(version, str) else ""
        advice = f"Quầy vẫn chạy. Ở quầy, chạy lại install.sh{of} một lần, không cần mã cài đặt."
        found.append(Alert("units", "notice", "Phần cài trên máy còn của bản trước", advice))
    waiting = _count(status.get("journal_length"))
    if waiting is not None and waiting >= MANY_WAITING:
        advice = "Quầy tự gửi lại. Đừng tắt quầy cho tới khi gửi xong."
        found.append(Alert("waiting", "notice", f"{waiting} lượt chưa gửi về", advice))
    if status.get("journal_ok") is False:
        advice = "Thẻ nhớ đầy hoặc hỏng. Có mạng vẫn mượn trả được, mất mạng thì không. Dọn chỗ hoặc thay thẻ."
        found.append(Alert("journal", "bad", "Quầy không ghi được vào thẻ nhớ", advice))
    found += _of_damage(status, seen_damages)
    if status.get("clock_ok") is False:
        advice = "Quầy không in hạn trả. Xem dây mạng, rồi khởi động lại."
        found.append(Alert("clock", "notice", "Chưa biết giờ đúng", advice))
    age = _count(status.get("snapshot_age_seconds"))
    if age is not None and age > OLD_SNAPSHOT.total_seconds():
        advice = "Khởi động lại chương trình ở quầy để tải lại."
        found.append(Alert("snapshot", "notice", f"Dữ liệu ngoại tuyến cũ {age // 86400} ngày", advice))
    return found


def _of_damage(status: dict[str, Any], seen: frozenset[str]) -> list[Alert]:
    """A journal that was set aside. A kiosk of before says only how many there are, not what was saved."""
    damage = status.get("journal_damage")
    file = damage.get("file") if isinstance(damage, dict) else None
    if not isinstance(damage, dict) or not isinstance(file, str):
        if not _count(status.get("journal_set_aside")):
            return []
        advice = "Có thể còn việc bị mất: so sách trên kệ với máy chủ. Giữ tệp hỏng ở quầy, thay thẻ nhớ."
        return [Alert("journal_aside", "notice", "Sổ nhật ký ở quầy từng bị hỏng", advice)]
    if file in seen:
        return []
    saved = _count(damage.get("saved")) or 0
    if damage.get("lost") is False:
        advice = f"Cứu được đủ {saved} việc, không mất việc nào. Thay thẻ nhớ, rồi mở quầy này, bấm Đã xem."
        return [Alert("journal_aside", "notice", "Sổ nhật ký ở quầy từng bị hỏng", advice, file[:200])]
    advice = (
        f"{saved} việc cứu được, có thể còn việc bị mất. So sách trên kệ và trong hộp trả với danh sách đang mượn."
        " Giữ tệp hỏng ở quầy, thay thẻ nhớ, rồi mở quầy này, bấm Đã xem."
    )
    return [Alert("journal_aside", "bad", "Sổ nhật ký ở quầy từng bị hỏng", advice, file[:200])]


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
