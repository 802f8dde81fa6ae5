"""`kesach-kiosk check`: is everything there that the kiosk needs, and if not, what to do.

Each part is tried for real: the scanner is opened, the printer asked, the core greeted. While the kiosk runs
it holds scanner and printer and knows the time, so it is asked instead (`/report`). Nothing is printed on
paper and nothing is lent. Next: `cli.py`.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import urllib.request
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from hardware.errors import HardwareError
from hardware.scan import ScannerState
from kiosk.api_client import OTHER_SCHOOL, ApiClient, CoreRefused, Unreachable
from kiosk.cause_words import say_cause, say_certificate
from kiosk.clock import SCHOOL_ZONE_HOURS, KioskClock
from kiosk.config import BadConfig, Config
from kiosk.device_access import refused_printer, refused_scanner
from kiosk.devices import open_printer, open_scanner
from kiosk.housekeeping import SCHOOL_ID
from kiosk.journal import ActJournal, Damage, JournalUnavailable
from kiosk.system_units import SYSTEM, list_outdated
from library.version import VERSION

_MIN_FREE_MB = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` False: somebody should do what `said` says."""

    part: str
    ok: bool
    said: str


def check_all(config: Config, system: Path = SYSTEM) -> list[Finding]:
    """Every part, in the order in which one would look. `system`: where install.sh put units and rules."""
    clock = KioskClock()
    running = ask_running(config)
    server = _check_server(config, clock)
    return [
        server,
        _check_clock(clock, running),
        _check_journal(config),
        _check_scanner(config, running),
        _check_printer(config, running),
        *_check_units(system),
    ]


def ask_running(config: Config) -> dict[str, Any] | None:
    """What the kiosk that runs on this machine says of itself (Kiosk.report()); None where none answers."""
    if not config.screen_port:
        return None
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{config.screen_port}/report", timeout=3) as answer:
            found = json.load(answer)
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "clock_ok" in found else None


def to_json(findings: list[Finding]) -> dict[str, object]:
    return {"ok": all(one.ok for one in findings), "parts": [asdict(one) for one in findings]}


def _check_server(config: Config, clock: KioskClock) -> Finding:
    try:
        api = ApiClient(
            config.server_url, config.read_token(), ca_file=config.ca_file, find_school=lambda: _known_school(config)
        )
    except BadConfig as error:
        return Finding("server", False, error.problems[0])
    except OSError as error:
        return Finding("server", False, f"Không đọc được tệp chứng chỉ {config.ca_file}: {say_certificate(error)}")
    try:
        asked_at = clock.monotonic()
        hello = api.hello()
        clock.hear(hello.server_time, asked_at)
    except Unreachable as error:
        if error.foreign == OTHER_SCHOOL:
            said = (
                f"Máy chủ ở {config.server_url} là của trường khác, quầy không gửi gì tới đó. Xem lại địa chỉ ở trang"
                " Thiết bị của trường mình, rồi chạy lại install.sh với địa chỉ ấy và một mã cài đặt mới."
            )
            return Finding("server", False, said)
        if error.foreign:
            said = f"Máy trả lời ở {config.server_url} không phải Kệ Sách. Kiểm tra địa chỉ máy chủ và dây mạng."
            return Finding("server", False, said)
        said = f"Không liên lạc được {config.server_url}. Kiểm tra dây mạng, địa chỉ, và máy chủ có đang chạy không."
        return Finding("server", False, said)
    except CoreRefused as error:
        if error.is_about_device:
            said = f"Máy chủ ở {config.server_url} không nhận mã thiết bị này."
            said += " Đúng máy chủ của trường thì bấm Cài lại ở trang Thiết bị để lấy mã mới."
            return Finding("server", False, said)
        if error.problem.detail:  # the core's own sentence
            return Finding("server", False, f"Máy chủ trả lời: {error.problem.detail}")
        said = f"Máy chủ trả lời lỗi {error.problem.status}. Thử lại sau một phút; vẫn vậy thì khởi động lại máy chủ."
        return Finding("server", False, said)
    finally:
        api.close()
    return Finding("server", True, f"{hello.school or 'Thư viện'} – thiết bị “{hello.device}”.")


def _known_school(config: Config) -> str:
    """The id of the school whose kiosk this is; empty before its first meeting with the core."""
    path = config.state_dir / "journal.db"
    if not path.exists():
        return ""
    try:
        with closing(ActJournal(path, owner=False)) as journal:
            return journal.recall(SCHOOL_ID) or ""
    except (JournalUnavailable, sqlite3.Error):
        return ""  # said by the journal's own line


def _check_clock(clock: KioskClock, running: dict[str, Any] | None) -> Finding:
    local = clock.now() + timedelta(hours=SCHOOL_ZONE_HOURS)
    if clock.trusted:
        return Finding("clock", True, f"Giờ đúng: {local:%H:%M %d/%m/%Y}.")
    if running is not None and running["clock_ok"]:
        return Finding("clock", True, "Quầy đang chạy biết giờ đúng, hạn trả vẫn in được.")
    if running is not None:
        said = "Quầy chưa biết giờ đúng, nên chưa in hạn trả. Nối mạng tới máy chủ một lần là đủ."
        return Finding("clock", False, said)
    said = "Chưa hỏi được giờ máy chủ, và quầy không chạy. Sửa điều ghi ở dòng Máy chủ rồi chạy lại lệnh này."
    return Finding("clock", False, said)


def _check_journal(config: Config) -> Finding:
    try:
        journal = ActJournal(config.state_dir / "journal.db", owner=False)
    except JournalUnavailable as error:
        said = (
            f"Không mở được sổ nhật ký ở {config.state_dir} ({say_cause(error)}). Kiểm tra quyền ghi và chỗ trống, rồi"
            " khởi động lại quầy: sổ hỏng được cất riêng, việc đọc được sang sổ mới."
        )
        return Finding("journal", False, said)
    pending = journal.count_pending()
    damages = [one for one in journal.list_damages() if not one.seen]
    journal.close()
    free = shutil.disk_usage(config.state_dir).free // 1_000_000
    if free < _MIN_FREE_MB:
        return Finding("journal", False, f"Đĩa chỉ còn {free} MB. Xoá bớt tệp không cần.")
    words = [f"{pending} việc đang đợi gửi về máy chủ." if pending else "Mọi việc trong sổ đã gửi về máy chủ."]
    words += [_damage_words(one) for one in damages]
    return Finding("journal", not any(one.lost for one in damages), " ".join(words))


def _damage_words(one: Damage) -> str:
    if not one.lost:
        return f"Sổ cũ bị hỏng, cứu được đủ {one.saved} việc; tệp hỏng cất ở {one.file}."
    return (
        f"Sổ cũ bị hỏng ({one.file}): cứu được {one.saved} việc, có thể còn việc bị mất. So sách trên kệ và trong hộp"
        " trả với máy chủ, rồi bấm Đã xem ở trang Thiết bị. Giữ tệp này."
    )


def _check_scanner(config: Config, running: dict[str, Any] | None) -> Finding:
    if config.is_simulator:
        return Finding("scanner", True, f"Máy quét giả lập ({config.scanner.driver}).")
    if running is not None:
        if running.get("scanner") == str(ScannerState.CONNECTED):
            return Finding("scanner", True, "Quầy đang chạy thấy máy quét.")
        if running.get("scanner") == "starting":
            return Finding("scanner", True, "Quầy vừa khởi động, đang tìm máy quét. Chạy lại lệnh này sau vài giây.")
        said = f"Quầy đang chạy không thấy máy quét {config.scanner.device}. Kiểm tra dây USB."
        return Finding("scanner", False, said)
    try:
        scanner = open_scanner(config.scanner)
        scanner.read(0.3)
        state, described = scanner.state, scanner.description
        scanner.close()
    except HardwareError as error:
        return Finding("scanner", False, error.message)
    if state is ScannerState.CONNECTED:
        return Finding("scanner", True, f"Thấy máy quét: {described}.")
    refused = refused_scanner(config.scanner)
    return Finding("scanner", False, refused or f"Không thấy máy quét {config.scanner.device}. Kiểm tra dây USB.")


def _check_units(system: Path) -> list[Finding]:
    """An update from the core renews the program, not what root owns: said where these differ from the program's."""
    old = list_outdated(system)
    if not old:
        return []
    said = (
        f"Bản {VERSION} cần dịch vụ của máy mới hơn ({', '.join(old)} còn của bản trước). Quầy vẫn chạy;"
        f" chạy lại install.sh của bản {VERSION} một lần, không cần mã cài đặt."
    )
    return [Finding("units", False, said)]


_PRINTER_SAYS = {
    "ok": (True, "Máy in sẵn sàng."),
    "paper_low": (True, "Máy in sắp hết giấy. Chuẩn bị cuộn mới."),
    "paper_out": (False, "Máy in hết giấy. Lắp cuộn mới."),
    "cover_open": (False, "Nắp máy in đang mở. Đóng lại."),
    "offline": (False, "Không liên lạc được máy in. Kiểm tra dây và nguồn điện."),
    "starting": (True, "Quầy vừa khởi động, chưa hỏi xong máy in. Chạy lại lệnh này sau vài giây."),
    "unknown": (True, "Máy in không báo trạng thái (loại rẻ thường vậy). In thử để chắc chắn."),
}


def _check_printer(config: Config, running: dict[str, Any] | None) -> Finding:
    if config.printer.driver == "none":
        return Finding("printer", True, "Quầy này không dùng máy in.")
    if running is not None and running.get("printer") in _PRINTER_SAYS:
        # It remembers that the head used to answer; to us a hung one looks like one that never does.
        return Finding("printer", *_PRINTER_SAYS[running["printer"]])
    try:
        printer = open_printer(config.printer, config.state_dir / "receipts")
    except HardwareError as error:
        return Finding("printer", False, error.message)
    status = str(printer.status())
    printer.close()
    if status == "offline" and (refused := refused_printer(config.printer)):
        return Finding("printer", False, refused)
    return Finding("printer", *_PRINTER_SAYS[status])
