"""Technical settings: one typed OPTIONS table -> a frozen Settings.

Order: default < kesach.toml in the data folder < KESACH_* environment. A bad value refuses to start
and names itself. What the librarian decides (school name, report recipient…) is not here but in
library/foundation/preferences.py. docs/configuration.md is checked against this table by a test.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    kind: type
    default: Any
    help: str  # Vietnamese, for docs/configuration.md
    choices: tuple[Any, ...] = ()
    minimum: int | None = None


OPTIONS: tuple[Option, ...] = (
    Option("database_url", str, "", "Địa chỉ PostgreSQL (postgresql://…). Để trống: dùng tệp kesach.db trong thư mục dữ liệu."),
    Option("host", str, "127.0.0.1", "Địa chỉ máy chủ lắng nghe. Đặt 0.0.0.0 để các máy trong mạng LAN dùng được."),
    Option("port", int, 8000, "Cổng của máy chủ.", minimum=1),
    Option("threads", int, 8, "Số luồng phục vụ cùng lúc.", minimum=1),
    Option("https", bool, False, "Máy chủ đứng sau HTTPS: cookie chỉ gửi qua HTTPS."),
    Option("trusted_proxy", str, "", "Địa chỉ proxy đáng tin (nếu có), ví dụ 127.0.0.1."),
    Option("session_hours", int, 10, "Số giờ một lần đăng nhập còn hiệu lực khi không thao tác.", minimum=1),
    Option("max_upload_mb", int, 64, "Cỡ tệp lớn nhất được tải lên qua trang web (MB).", minimum=1),
    Option("max_import_mb", int, 512, "Cỡ tệp lớn nhất được nhập bằng lệnh (MB).", minimum=1),
    Option("keep_backups", int, 14, "Số bản sao lưu giữ lại.", minimum=1),
    Option("mail_server", str, "", "Tên máy chủ gửi thư (SMTP), không kèm cổng. Để trống: không gửi thư điện tử."),
    Option("mail_port", int, 587, "Cổng của máy chủ gửi thư.", minimum=1),
    Option("mail_security", str, "starttls", "Mã hoá khi gửi thư.", choices=("starttls", "tls", "none")),
    Option("mail_user", str, "", "Tên đăng nhập máy chủ gửi thư; để trống nếu không cần."),
    Option("mail_password", str, "", "Mật khẩu máy chủ gửi thư. Nên đặt bằng biến môi trường."),
    Option("mail_from", str, "", "Địa chỉ người gửi, ví dụ thuvien@truong.edu.vn."),
    Option("log_level", str, "INFO", "Mức ghi nhật ký.", choices=("DEBUG", "INFO", "WARNING", "ERROR")),
    Option("language", str, "vi", "Ngôn ngữ giao diện.", choices=("vi", "en")),
)


class SettingsError(Exception):
    """A setting cannot be used; the message (Vietnamese) names it and where it came from."""


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path
    database_url: str
    host: str
    port: int
    threads: int
    https: bool
    trusted_proxy: str
    session_hours: int
    max_upload_mb: int
    max_import_mb: int
    keep_backups: int
    mail_server: str
    mail_port: int
    mail_security: str
    mail_user: str
    mail_password: str = field(repr=False)  # never in a log
    mail_from: str
    log_level: str
    language: str

    @property
    def can_mail(self) -> bool:
        """A mail server and a sender are set: notices may be sent by e-mail."""
        return bool(self.mail_server and self.mail_from)

    @property
    def database(self) -> str:
        """What library.foundation.database.connect() takes: a URL or a file path."""
        return self.database_url or str(self.data_dir / "kesach.db")

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"

    @property
    def files_dir(self) -> Path:
        return self.data_dir / "files"

    @property
    def backups_dir(self) -> Path:
        return self.data_dir / "backups"

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"


_TRUE = {"1", "true", "yes", "on", "co", "có"}
_FALSE = {"0", "false", "no", "off", "khong", "không"}


def _convert(option: Option, value: Any, origin: str) -> Any:
    where = f"{option.name} ({origin})"
    if option.kind is bool:
        if isinstance(value, bool):
            return value
        text = str(value).strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise SettingsError(f"Cấu hình {where}: cần true hoặc false, đang là {value!r}.")
    if option.kind is int:
        if isinstance(value, bool) or not str(value).strip().lstrip("-").isdecimal():
            raise SettingsError(f"Cấu hình {where}: cần một số nguyên, đang là {value!r}.")
        number = int(value)
        if option.minimum is not None and number < option.minimum:
            raise SettingsError(f"Cấu hình {where}: nhỏ nhất là {option.minimum}, đang là {number}.")
        return number
    if not isinstance(value, str):
        raise SettingsError(f"Cấu hình {where}: cần một chuỗi, đang là {value!r}.")
    if option.choices and value not in option.choices:
        raise SettingsError(f"Cấu hình {where}: chọn một trong {', '.join(option.choices)}; đang là {value!r}.")
    return value


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the data folder's kesach.toml and the environment. SettingsError names the first bad value."""
    env = os.environ if environ is None else environ
    data_dir = Path(env.get("KESACH_DATA") or "data").absolute()
    values: dict[str, Any] = {option.name: option.default for option in OPTIONS}
    by_name = {option.name: option for option in OPTIONS}

    toml_path = data_dir / "kesach.toml"
    if toml_path.is_file():
        try:
            content = tomllib.loads(toml_path.read_text("utf-8-sig"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"Không đọc được {toml_path.name}: {error}. Sửa dòng đó rồi chạy lại.") from error
        for name, value in content.items():
            if name not in by_name:
                raise SettingsError(
                    f"{toml_path.name} có mục lạ {name!r}. Các mục dùng được: {', '.join(sorted(by_name))}."
                )
            values[name] = _convert(by_name[name], value, toml_path.name)
    for option in OPTIONS:
        variable = f"KESACH_{option.name.upper()}"
        if variable in env:
            values[option.name] = _convert(option, env[variable], variable)
    url = values["database_url"]
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError("Cấu hình database_url: phải bắt đầu bằng postgresql:// hoặc để trống.")
    _require_bare_host(values["mail_server"])
    return Settings(data_dir=data_dir, **values)


def _require_bare_host(server: str) -> None:
    """mail_server is a name or an address (IPv6 too) and nothing else: the port has an option of its own."""
    port = re.fullmatch(r"(?:[^:]*|\[.*\]):(\d+)", server)
    if port is not None:
        raise SettingsError(
            f"Cấu hình mail_server: chỉ ghi tên máy chủ, đang là {server!r}. Cổng ghi ở mục khác: mail_port = {port[1]}."
        )
    if re.search(r"[\s/@\[\]]", server):
        raise SettingsError(
            f"Cấu hình mail_server: cần tên máy chủ, ví dụ smtp.truong.edu.vn; đang là {server!r}."
        )
