"""kiosk.toml -> frozen settings. Every bad value is named, all of them at once, in Vietnamese.

The names are fixed by docs/kiosk-setup.md. A name nobody knows is an error too: a misspelt setting that
is silently ignored costs an afternoon.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kiosk.cause_words import say_cause
from kiosk.device_config import PrinterConfig, ScannerConfig, SoundConfig
from kiosk.session_rules import Rules


class BadConfig(Exception):
    """`problems`: one Vietnamese sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


_INSTALL = "chạy install.sh với địa chỉ máy chủ và mã ấy."


@dataclass(frozen=True, slots=True)
class Config:
    """Times in seconds. `state_dir` and `token_file` are absolute."""

    server_url: str
    token_file: Path | None
    token: str
    ca_file: str | None
    name: str
    state_dir: Path
    screen_port: int
    rules: Rules
    snapshot_seconds: float
    unit: str
    scanner: ScannerConfig
    printer: PrinterConfig
    sound: SoundConfig

    @property
    def is_simulator(self) -> bool:
        """Scans may be typed on the page."""
        return self.scanner.driver in ("stdin", "web")

    def read_token(self) -> str:
        """The device's token. Raises BadConfig where the file is missing or empty."""
        if self.token:
            return self.token
        token_file = self.token_file
        if credentials := os.environ.get("CREDENTIALS_DIRECTORY"):  # LoadCredential=token: of systemd
            given = Path(credentials) / "token"
            token_file = given if given.is_file() else token_file
        if token_file is None:
            raise BadConfig([f"Thiếu mã thiết bị. Lấy mã cài đặt ở trang Thiết bị, rồi {_INSTALL}"])
        try:
            text = token_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfig(
                [
                    f"Không đọc được tệp mã thiết bị {token_file}: {say_cause(error)}."
                    f" Lấy mã cài đặt mới ở trang Thiết bị (nút Cài lại), rồi {_INSTALL}"
                ]
            ) from error
        if not text or any(char.isspace() for char in text):
            raise BadConfig([f"Tệp {token_file} phải chứa đúng một mã thiết bị trên một dòng."])
        return text


Check = Callable[[Any], str | None]


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else "phải là một chuỗi trong dấu nháy"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "phải là true hoặc false"


def _one_of(*choices: str) -> Check:
    return lambda value: None if value in choices else "phải là một trong: " + ", ".join(choices)


def _whole(least: int, most: int) -> Check:
    def check(value: Any) -> str | None:
        good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if good else f"phải là số nguyên từ {least} đến {most}"

    return check


def _seconds(least: float, most: float) -> Check:
    def check(value: Any) -> str | None:
        good = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
        return None if good else f"phải là số giây từ {least:g} đến {most:g}"

    return check


def _address(value: Any) -> str | None:
    wrong = 'phải là địa chỉ máy chủ, ví dụ "http://192.168.1.10:8000"'
    if not isinstance(value, str):
        return wrong
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return wrong
    return None if good and not parts.query else wrong


def _width(value: Any) -> str | None:
    good = isinstance(value, int) and not isinstance(value, bool) and 256 <= value <= 1024 and value % 2 == 0
    return None if good else "phải là số chẵn từ 256 đến 1024 (giấy 58 mm: 384, giấy 80 mm: 576)"


# section -> name -> (default, check). A default of None: must be given.
_SETTINGS: dict[str, dict[str, tuple[Any, Check]]] = {
    "server": {
        "url": (None, _address),
        "token_file": ("", _text),
        "token": ("", _text),
        "ca_file": ("", _text),
    },
    "kiosk": {
        "name": ("QUAY", _text),
        "state_dir": ("kiosk-state", _text),
        "mode": ("borrow_and_return", _one_of("borrow_and_return", "borrow_only", "return_only", "mobile_desk")),
        "idle_seconds": (30, _seconds(5, 600)),
        "screen_port": (8080, _whole(0, 65535)),
        "confirm_returns": (False, _flag),
        "name_list": (False, _flag),
        "unit": ("", _text),
        "snapshot_seconds": (120, _seconds(5, 86400)),
    },
    "scanner": {
        "driver": ("stdin", _one_of("evdev", "serial", "stdin", "web")),
        "device": ("", _text),
        "baud": (9600, _whole(300, 4_000_000)),
    },
    "printer": {
        "driver": ("none", _one_of("usb", "network", "serial", "file", "png", "none")),
        "device": ("", _text),
        "host": ("127.0.0.1", _text),
        "port": (9100, _whole(1, 65535)),
        "width_dots": (384, _width),
        "receipts": ("ask", _one_of("always", "ask", "never")),
        "cut": ("partial", _one_of("partial", "full", "tear")),
        "status": ("auto", _one_of("auto", "none")),
        "baud": (115200, _whole(300, 4_000_000)),
        "buzzer": (False, _flag),
    },
    "sound": {
        "way": ("speaker", _one_of("speaker", "buzzer", "printer", "page", "none")),
        "when": ("no_page", _one_of("no_page", "always")),
        "device": ("", _text),
        "program": ("aplay", _text),
    },
}


def load_config(path: Path) -> Config:
    """Read and check the file. Raises BadConfig with every problem found."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadConfig([f"Không đọc được tệp {path}: {say_cause(error)}."]) from error
    except UnicodeDecodeError as error:
        raise BadConfig([f"Tệp {path} không phải UTF-8. Lưu lại bằng bảng mã UTF-8."]) from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        where = f"dòng {line[1]}" if line else "cuối tệp"
        said = f"Tệp {path} viết sai ở {where}. Xem lại dấu bằng, dấu ngoặc kép và dấu ngoặc vuông."
        raise BadConfig([said]) from error
    return make_config(data, path.resolve().parent)


def make_config(data: dict[str, Any], base: Path) -> Config:
    """Settings from parsed TOML; relative paths are relative to `base`."""
    problems: list[str] = []
    found = {section: _read_section(section, data.get(section, {}), problems) for section in _SETTINGS}
    problems += [f"Không có mục [{name}]. Các mục: {', '.join(_SETTINGS)}." for name in data if name not in _SETTINGS]
    server, kiosk, scanner, printer, sound = (found[name] for name in _SETTINGS)
    if scanner["driver"] == "serial" and not scanner["device"]:
        problems.append('[scanner] device: cần đường dẫn cổng nối tiếp khi driver = "serial".')
    if printer["driver"] in ("serial", "file") and not printer["device"]:
        problems.append(f"[printer] device: cần đường dẫn khi driver = \"{printer['driver']}\".")
    if sound["way"] == "printer" and not (printer["buzzer"] and printer["driver"] in ("usb", "network", "serial")):
        problems.append('[sound] way = "printer": cần máy in có còi; đặt [printer] buzzer = true, hoặc chọn way khác.')
    if problems:
        raise BadConfig(problems)
    receipts: Any = printer["receipts"] if printer["driver"] != "none" else "never"
    return Config(
        server_url=server["url"],
        token_file=(base / server["token_file"]) if server["token_file"] else None,
        token=server["token"],
        ca_file=str(base / server["ca_file"]) if server["ca_file"] else None,
        name=kiosk["name"],
        state_dir=base / kiosk["state_dir"],
        screen_port=kiosk["screen_port"],
        rules=Rules(
            mode=kiosk["mode"],
            idle_seconds=float(kiosk["idle_seconds"]),
            receipts=receipts,
            confirm_returns=kiosk["confirm_returns"],
            name_list=kiosk["name_list"],
        ),
        snapshot_seconds=float(kiosk["snapshot_seconds"]),
        unit=kiosk["unit"].strip(),
        scanner=ScannerConfig(scanner["driver"], scanner["device"] or "auto", scanner["baud"]),
        printer=PrinterConfig(
            printer["driver"], printer["device"] or "/dev/usb/lp*", printer["host"], printer["port"],
            printer["width_dots"], printer["cut"], printer["status"], printer["baud"], printer["buzzer"],
        ),
        sound=SoundConfig(sound["way"], sound["when"], sound["device"], sound["program"] or "aplay"),
    )  # fmt: skip


def _read_section(section: str, given: Any, problems: list[str]) -> dict[str, Any]:
    known = _SETTINGS[section]
    values = {name: default for name, (default, _) in known.items()}
    if not isinstance(given, dict):
        problems.append(f"[{section}] phải là một mục, viết trên dòng riêng.")
        return values
    for name in given:
        if name not in known:
            problems.append(f"[{section}] {name}: không có cài đặt này. Có: {', '.join(known)}.")
    for name, (default, check) in known.items():
        value = given.get(name, default)
        if value is None:
            problems.append(f"[{section}] {name}: chưa đặt; {check(None)}.")
            continue
        wrong = check(value)
        if wrong is not None:
            problems.append(f"[{section}] {name} = {value!r}: {wrong}.")
        else:
            values[name] = value
    return values
