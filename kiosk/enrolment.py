"""`kesach-kiosk enrol URL CODE`: the one-time code from the core's page of devices becomes this kiosk's token.

Writes the token's file (readable by its owner and group only) and, where there is none yet, a kiosk.toml
to begin with. Everything that can be wrong on this side is found before the code is used up. Standard
library only. Next: cli.py, deploy/install.sh.
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from kiosk.cause_words import say_certificate
from kiosk.config import BadConfig, load_config, make_config
from kiosk.journal_copy import sync_folder
from kiosk.update_result import KEY_FILE

PATH = "/api/v1/enrol"
TIMEOUT = 15.0
MAX_ANSWER = 65_536
_ROOM = 4096
"""Bytes kept free for a file that is written once the code is spent: more than any of them takes."""
_TROUBLE = (500, 502, 503, 504)
"""Without the core's own words these may still be the core, behind a proxy."""

_TEMPLATE = """\
# Cài đặt của quầy. Ý nghĩa từng dòng: docs/kiosk-setup.md
[server]
url = {url}
token_file = {token_file}
{ca_line}
[kiosk]
name = {name}
state_dir = {state_dir}
mode = {mode}

[scanner]
driver = "evdev"
device = "auto"

[printer]
driver = "usb"
width_dots = 384
receipts = "ask"
"""


class EnrolmentFailed(Exception):
    """One Vietnamese sentence: what happened and what to do. `code_refused`: the core itself said no to this code."""

    def __init__(self, said: str, *, code_refused: bool = False) -> None:
        super().__init__(said)
        self.code_refused = code_refused


def enrol(url: str, code: str, config_path: Path, *, ca: str = "", state_dir: str = "kiosk-state") -> str:
    """Exchange the code, write the token and, if there is none, kiosk.toml. Returns the device's name.

    EnrolmentFailed: core not there, code refused, answer unusable. BadConfig: the present kiosk.toml is
    unusable or belongs to another core. OSError: the files cannot be written. The token never shows.
    """
    url = url.rstrip("/")
    ca = str(Path(ca).resolve()) if ca else ""
    config_path = config_path.resolve()
    is_new = not config_path.exists()
    if is_new:
        settings = {"server": {"url": url, "token_file": "token", "ca_file": ca}, "kiosk": {"state_dir": state_dir}}
        config = make_config(settings, config_path.parent)
    else:
        config = load_config(config_path)
        if config.server_url.rstrip("/") != url:
            raise BadConfig(
                [f"{config_path} ghi máy chủ {config.server_url}, không phải {url}. Sửa dòng url rồi chạy lại."]
            )
        ca = config.ca_file or ca
    if config.token_file is None:
        raise BadConfig([f'Ghi [server] token_file trong {config_path}, ví dụ token_file = "token".'])
    if urlsplit(url).scheme == "http":
        print("Lưu ý: http không mã hoá, ai nghe được mạng này đọc được mã thiết bị.", file=sys.stderr)
    made = _make_folders(config_path.parent, config.token_file.parent)
    try:
        with (  # made before the code is spent: a full disk shows here
            _private_file(config_path) as settings_file,
            # For the part that installs updates alone: not even the kiosk's own program may read it.
            _private_file(config_path.parent / KEY_FILE, 0o600) as key_file,
            _private_file(config.token_file) as token_file,
        ):
            given = _exchange(url, code, ca)
            if is_new:
                settings_file.keep(_settings_text(given, url, config.token_file.name, state_dir, ca))
            if given["update_key"]:
                key_file.keep(given["update_key"] + "\n")
            token_file.keep(given["token"] + "\n")  # last: where it is, the others are
    except BaseException:
        for folder in reversed(made):
            with suppress(OSError):  # not empty any more
                folder.rmdir()
        raise
    return given["device"]


def _settings_text(given: dict[str, str], url: str, token_file: str, state_dir: str, ca: str) -> str:
    return _TEMPLATE.format(
        mode=_toml("mobile_desk" if given["profile"] == "mobile" else "borrow_and_return"),
        url=_toml(url), token_file=_toml(token_file), name=_toml(given["device"]),
        state_dir=_toml(state_dir), ca_line=f"ca_file = {_toml(ca)}\n" if ca else "",
    )  # fmt: skip


def _make_folders(*wanted: Path) -> list[Path]:
    """Those that were not there, outermost first."""
    made: list[Path] = []
    for folder in wanted:
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        made += reversed(missing)
    return made


def _toml(text: str) -> str:
    """A TOML basic string: JSON's escapes are a subset, once what is not printable is escaped too."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


class _private_file:
    """A temporary file beside `target` that replaces it whole, on the disk, and only when `keep` was called."""

    def __init__(self, target: Path, mode: int = 0o640) -> None:
        self._target, self._mode = target, mode

    def __enter__(self) -> _private_file:
        handle, name = tempfile.mkstemp(dir=self._target.parent, prefix=".token-")
        self._file, self._path = os.fdopen(handle, "w", encoding="utf-8"), Path(name)
        self._file.write(" " * _ROOM)
        self._file.flush()
        os.fsync(self._file.fileno())
        return self

    def keep(self, text: str) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.write(text)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._path.chmod(self._mode)
        self._path.replace(self._target)
        with suppress(OSError):  # the code is spent: what cannot be made surer is kept as it is
            sync_folder(self._target.parent)

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def _exchange(url: str, code: str, ca: str) -> dict[str, str]:
    body = json.dumps({"code": code}).encode()
    request = urllib.request.Request(url + PATH, body, {"Content-Type": "application/json"}, method="POST")
    try:
        tls = ssl.create_default_context(cafile=ca or None)
        # No proxy: the core stands on the school's own network.
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls))
        with urllib.request.build_opener(*handlers).open(request, timeout=TIMEOUT) as response:
            answer = json.loads(response.read(MAX_ANSWER))
    except urllib.error.HTTPError as error:
        raise _refusal(error, url) from error
    except ssl.SSLError as error:
        raise EnrolmentFailed(f"Không đọc được tệp chứng chỉ {ca}: {say_certificate(error)}") from error
    except (OSError, http.client.HTTPException) as error:
        said = (
            f"Không liên lạc được {url}. Kiểm tra dây mạng, địa chỉ, và máy chủ có đang chạy không; lấy mã mới nếu mã"
            " vừa rồi đã bị dùng."
        )
        raise EnrolmentFailed(said) from error
    except ValueError as error:
        raise EnrolmentFailed(f"{url} trả lời lạ. Đó có phải máy chủ Kệ Sách không?") from error
    given = {name: answer.get(name) for name in ("device", "token")} if isinstance(answer, dict) else {}
    if not all(isinstance(value, str) and value for value in given.values()) or len(given) != 2:
        raise EnrolmentFailed(f"{url} trả lời lạ. Đó có phải máy chủ Kệ Sách không?")
    key = answer.get("update_key", "")  # a core from before updates gives none
    return {
        **{name: str(value) for name, value in given.items()},
        "update_key": key if isinstance(key, str) else "", "profile": str(answer.get("profile", "")),
    }  # fmt: skip


def _refusal(error: urllib.error.HTTPError, url: str) -> EnrolmentFailed:
    try:
        answer = json.loads(error.read(MAX_ANSWER))
    except (OSError, ValueError, http.client.HTTPException):
        answer = None
    if isinstance(answer, dict) and isinstance(answer.get("detail"), str) and answer["detail"]:
        return EnrolmentFailed(answer["detail"], code_refused=answer.get("code") == "enrolment_bad")
    if answer is None and error.code not in _TROUBLE:
        return EnrolmentFailed(f"Máy trả lời ở {url} không phải Kệ Sách. Kiểm tra địa chỉ máy chủ và dây mạng.")
    return EnrolmentFailed(f"Máy chủ trả lời {error.code}. Kiểm tra địa chỉ và phiên bản máy chủ.")


def find_kept(url: str, config_path: Path) -> str | None:
    """The name under which the core at `url` knows the token that is here already; None where it takes none.

    Asked when a code was refused: the same line typed a second time then takes nothing away. Raises nothing.
    """
    from kiosk.api_client import ApiClient, CoreRefused, Unreachable

    try:
        config = load_config(config_path)
        if config.server_url.rstrip("/") != url.rstrip("/"):
            return None
        api = ApiClient(config.server_url, config.read_token(), ca_file=config.ca_file)
    except (BadConfig, OSError):
        return None
    try:
        return api.hello().device
    except (CoreRefused, Unreachable):
        return None
    finally:
        api.close()
