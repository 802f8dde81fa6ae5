"""`kesach-kiosk check`: is everything there that the kiosk needs, and if not, what to do.

Each part is tried for real: the scanner is opened, the printer asked, the core greeted. Nothing is
printed on paper and nothing is lent. Next: `cli.py`.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass

from hardware.errors import HardwareError
from hardware.scan import ScannerState
from kiosk.api_client import ApiClient, CoreRefused, Unreachable
from kiosk.clock import KioskClock
from kiosk.config import BadConfig, Config
from kiosk.devices import open_printer, open_scanner
from kiosk.journal import ActJournal, JournalUnavailable

_MIN_FREE_MB = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` False: the kiosk cannot do its work until somebody does what `said` says."""

    part: str
    ok: bool
    said: str


def check_all(config: Config) -> list[Finding]:
    """Every part, in the order in which one would look."""
    clock = KioskClock()
    return [
        _check_server(config, clock),
        _check_clock(clock),
        _check_journal(config),
        _check_scanner(config),
        _check_printer(config),
    ]


def to_json(findings: list[Finding]) -> dict[str, object]:
    return {"ok": all(one.ok for one in findings), "parts": [asdict(one) for one in findings]}


def _check_server(config: Config, clock: KioskClock) -> Finding:
    try:
        api = ApiClient(config.server_url, config.read_token(), ca_file=config.ca_file)
    except BadConfig as error:
        return Finding("server", False, error.problems[0])
    except OSError as error:
        return Finding("server", False, f"Không đọc được tệp chứng chỉ {config.ca_file}: {error}.")
    try:
        asked_at = clock.monotonic()
        hello = api.hello()
        clock.hear(hello.server_time, asked_at)
    except Unreachable as error:
        said = f"Không liên lạc được {config.server_url} ({error}). Kiểm tra dây mạng và địa chỉ máy chủ."
        return Finding("server", False, said)
    except CoreRefused as error:
        if error.is_about_device:
            said = "Máy chủ không nhận mã thiết bị này. Tạo mã mới bằng: kesach device add TÊN"
            return Finding("server", False, said)
        return Finding("server", False, f"Máy chủ trả lời: {error}.")
    finally:
        api.close()
    return Finding("server", True, f"{hello.school or 'Thư viện'} – thiết bị “{hello.device}”.")


def _check_clock(clock: KioskClock) -> Finding:
    if clock.trusted:
        return Finding("clock", True, f"Giờ đúng: {clock.now():%Y-%m-%d %H:%M} UTC.")
    said = "Chưa biết giờ đúng, nên chưa in hạn trả. Nối mạng tới máy chủ một lần là đủ."
    return Finding("clock", False, said)


def _check_journal(config: Config) -> Finding:
    try:
        journal = ActJournal(config.state_dir / "journal.db")
    except JournalUnavailable as error:
        said = f"Không mở được sổ nhật ký ở {config.state_dir}: {error}. Kiểm tra quyền ghi và chỗ trống."
        return Finding("journal", False, said)
    pending = journal.count_pending()
    aside = journal.set_aside
    journal.close()
    free = shutil.disk_usage(config.state_dir).free // 1_000_000
    if free < _MIN_FREE_MB:
        return Finding("journal", False, f"Đĩa chỉ còn {free} MB. Xoá bớt tệp không cần.")
    said = f"{pending} việc đang đợi gửi về máy chủ." if pending else "Mọi việc đã gửi về máy chủ."
    if aside is not None:
        said += f" Sổ cũ bị hỏng đã cất ở {aside.name}."
    return Finding("journal", True, said)


def _check_scanner(config: Config) -> Finding:
    if config.is_simulator:
        return Finding("scanner", True, f"Máy quét giả lập ({config.scanner.driver}).")
    try:
        scanner = open_scanner(config.scanner)
        scanner.read(0.3)
        state, described = scanner.state, scanner.description
        scanner.close()
    except HardwareError as error:
        return Finding("scanner", False, error.message)
    if state is ScannerState.CONNECTED:
        return Finding("scanner", True, f"Thấy máy quét: {described}.")
    said = (
        f"Không thấy máy quét {config.scanner.device}. Kiểm tra dây USB; nếu quầy đang chạy thì nó đang giữ máy quét."
    )
    return Finding("scanner", False, said)


_PRINTER_SAYS = {
    "ok": (True, "Máy in sẵn sàng."),
    "paper_low": (True, "Máy in sắp hết giấy. Chuẩn bị cuộn mới."),
    "paper_out": (False, "Máy in hết giấy. Lắp cuộn mới."),
    "cover_open": (False, "Nắp máy in đang mở. Đóng lại."),
    "offline": (False, "Không liên lạc được máy in. Kiểm tra dây và nguồn điện."),
    "unknown": (True, "Máy in không báo trạng thái (loại rẻ thường vậy). In thử để chắc chắn."),
}


def _check_printer(config: Config) -> Finding:
    if config.printer.driver == "none":
        return Finding("printer", True, "Quầy này không dùng máy in.")
    try:
        printer = open_printer(config.printer, config.state_dir / "receipts")
    except HardwareError as error:
        return Finding("printer", False, error.message)
    ok, said = _PRINTER_SAYS[str(printer.status())]
    printer.close()
    return Finding("printer", ok, said)
