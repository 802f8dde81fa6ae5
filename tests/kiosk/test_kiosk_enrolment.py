"""`kesach-kiosk enrol`: a one-time code becomes a token, a key and a file of settings, and nothing is spent by mistake."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from kiosk_world import Core

from library.access.enrolment import create_code, tries
from library.foundation.audit import SYSTEM

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(
    not shutil.which("bash") or os.name == "nt", reason="the installer is for Debian and Raspberry Pi OS"
)


def kesach_kiosk(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk.cli", *map(str, arguments)], capture_output=True, encoding="utf-8", timeout=300,
        stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1"},
    )  # fmt: skip


def enrol(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return kesach_kiosk("enrol", *arguments)


def test_a_code_becomes_a_token_and_a_kiosk_that_is_known(core: Core, tmp_path: Path) -> None:
    tries.forget()
    code = create_code('Quầy "A" – tầng 1', "kiosk", SYSTEM)
    config = tmp_path / "etc" / "kiosk.toml"
    done = enrol(f"http://127.0.0.1:{core.port}/", code.lower(), "--config", config)
    assert done.returncode == 0, done.stderr
    token = config.with_name("token")
    assert token.stat().st_mode & 0o777 == 0o640
    assert token.read_text().strip() not in done.stdout + done.stderr
    key = config.with_name("update-key")
    assert key.stat().st_mode & 0o777 == 0o600 and key.read_text() != token.read_text()
    assert key.read_text().strip() not in done.stdout + done.stderr
    text = config.read_text("utf-8").replace('driver = "evdev"', 'driver = "stdin"').replace('"usb"', '"none"')
    config.write_text(text, "utf-8")
    checked = kesach_kiosk("check", "--config", config)
    assert checked.returncode == 0 and 'Quầy "A" – tầng 1' in checked.stdout, checked.stdout

    kept = token.read_text()
    again = enrol(f"http://127.0.0.1:{core.port}", code, "--config", config)
    assert again.returncode == 0 and 'với tên “Quầy "A" – tầng 1”: giữ mã thiết bị' in again.stderr
    assert token.read_text() == kept, "a refused code leaves the old token"
    token.write_text("mot-ma-khac\n")
    lost = enrol(f"http://127.0.0.1:{core.port}", code, "--config", config)
    assert lost.returncode == 1 and "Lấy mã mới" in lost.stderr and "Traceback" not in lost.stderr
    names = sorted(path.name for path in config.parent.iterdir())
    assert names == ["kiosk-state", "kiosk.toml", "token", "update-key"]


def test_nothing_is_spent_or_written_when_this_side_is_wrong(core: Core, tmp_path: Path) -> None:
    tries.forget()
    code = create_code("Quầy", "kiosk", SYSTEM)
    tmp_path = tmp_path / "quay"
    tmp_path.mkdir()
    config = tmp_path / "kiosk.toml"
    config.write_text('[server]\nurl = "http://10.9.9.9:8000"\ntoken_file = "token"\n', "utf-8")
    url = f"http://127.0.0.1:{core.port}"
    other = enrol(url, code, "--config", config)
    assert other.returncode == 2 and "10.9.9.9" in other.stderr
    nobody = enrol("http://127.0.0.1:9", code, "--config", tmp_path / "new.toml")
    assert nobody.returncode == 1 and "Không liên lạc được" in nobody.stderr
    blocked = enrol(url, code, "--config", config / "below" / "kiosk.toml")
    assert blocked.returncode == 3, "a file stands where a folder is needed"
    assert list(tmp_path.iterdir()) == [config]
    assert enrol(url, code, "--config", tmp_path / "new.toml").returncode == 0, "the code is still good"


def test_a_token_is_there_only_with_all_that_belongs_to_it(core: Core, tmp_path: Path) -> None:
    """Else the same line typed again would keep a kiosk without its key, and no update would ever be taken."""
    tries.forget()
    url, config = f"http://127.0.0.1:{core.port}", tmp_path / "kiosk.toml"
    (tmp_path / "update-key").mkdir()  # stands for a disk that fails between the two
    code = create_code("Quầy", "kiosk", SYSTEM)
    assert enrol(url, code, "--config", config).returncode == 3
    assert not (tmp_path / "token").exists()
    again = enrol(url, code, "--config", config)
    assert again.returncode == 1 and "Lấy mã mới" in again.stderr and "giữ mã thiết bị" not in again.stderr
    (tmp_path / "update-key").rmdir()
    assert enrol(url, create_code("Quầy", "kiosk", SYSTEM), "--config", config).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["kiosk.toml", "token", "update-key"]


def test_a_core_in_trouble_is_no_code_that_is_used_up(core: Core, tmp_path: Path) -> None:
    tries.forget()
    config = tmp_path / "etc" / "kiosk.toml"
    assert enrol(core.proxy.url, create_code("Quầy", "kiosk", SYSTEM), "--config", config).returncode == 0
    core.proxy.spoil = lambda path, said: (502, "text/html", b"") if path.endswith("/enrol") else (
        200, "application/json", said)  # fmt: skip
    done = enrol(core.proxy.url, create_code("Quầy", "kiosk", SYSTEM), "--config", config)
    assert done.returncode == 1 and "Máy chủ trả lời 502" in done.stderr and "không dùng được" not in done.stderr


class OtherServer(BaseHTTPRequestHandler):
    """A web server that is no Kệ Sách: http.server itself answers 501 to a POST."""

    def log_message(self, *_: object) -> None: ...


def test_another_web_server_is_not_taken_for_the_core(tmp_path: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), OtherServer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        done = enrol(url, "K7QM-3XNA", "--config", tmp_path / "quay" / "kiosk.toml")
        server.shutdown()
    assert done.returncode == 1 and f"Máy trả lời ở {url} không phải Kệ Sách" in done.stderr
    assert "501" not in done.stderr and not (tmp_path / "quay").exists()


def test_too_many_wrong_codes_are_said_in_words(core: Core, tmp_path: Path) -> None:
    tries.forget()
    url, config = f"http://127.0.0.1:{core.port}", tmp_path / "quay" / "kiosk.toml"
    said = [enrol(url, "AAAA-AAAA", "--config", config).stderr for _ in range(6)]
    tries.forget()
    assert "không đúng" in said[0] and "Đợi" in said[-1]
    assert not config.parent.exists()
