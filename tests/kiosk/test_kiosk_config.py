"""kiosk.toml: what is right is read, what is wrong is named, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.config import BadConfig, load_config

FULL = """
[server]
url = "http://192.168.1.10:8000"
token_file = "token"
[kiosk]
state_dir = "state"
mode = "borrow_and_return"
idle_seconds = 20
screen_port = 8080
[scanner]
driver = "evdev"
device = "/dev/input/by-id/usb-x-event-kbd"
[printer]
driver = "network"
host = "127.0.0.1"
port = 9100
width_dots = 384
receipts = "ask"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_documented_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc123\n")
    config = load_config(write(tmp_path, FULL))
    assert config.state_dir == tmp_path / "state" and config.read_token() == "abc123"
    assert config.rules.idle_seconds == 20 and config.rules.receipts == "ask"
    assert (config.printer.host, config.printer.port, config.printer.width_dots) == ("127.0.0.1", 9100, 384)
    assert not config.is_simulator


def test_only_the_server_must_be_given(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, '[server]\nurl = "http://thuvien.local:8000"\n'))
    assert config.scanner.driver == "stdin" and config.rules.receipts == "never"  # no printer, no question


def test_every_bad_value_is_named_at_once(tmp_path: Path) -> None:
    text = (
        FULL.replace("http://192.168.1.10:8000", "192.168.1.10")
        .replace("borrow_and_return", "muon")
        .replace("idle_seconds = 20", "idle_seconds = true")
        .replace("8080", "99999")
        .replace("evdev", "usb-scanner")
        .replace("384", "385")
        + 'reciepts = "never"\n[may_in]\n'
    )
    with pytest.raises(BadConfig) as caught:
        load_config(write(tmp_path, text))
    said = "\n".join(caught.value.problems)
    for name in ("[server] url", "[kiosk] mode", "idle_seconds", "screen_port", "[scanner] driver", "width_dots",
                 "reciepts", "[may_in]"):  # fmt: skip
        assert name in said, name
    assert len(caught.value.problems) == 8


def test_sounds_by_the_head_need_a_head_with_a_buzzer(tmp_path: Path) -> None:
    server = '[server]\nurl = "http://thuvien.local:8000"\n'
    assert load_config(write(tmp_path, server)).sound.way == "speaker"
    head = '[printer]\ndriver = "usb"\nbuzzer = true\n'
    assert load_config(write(tmp_path, f'{server}{head}[sound]\nway = "printer"\n')).printer.buzzer
    for printer in ("", '[printer]\ndriver = "usb"\n', '[printer]\ndriver = "png"\nbuzzer = true\n'):
        with pytest.raises(BadConfig, match="máy in có còi"):
            load_config(write(tmp_path, f'{server}{printer}[sound]\nway = "printer"\n'))
    with pytest.raises(BadConfig, match=r"\[sound\] when"):
        load_config(write(tmp_path, f'{server}[sound]\nwhen = "sometimes"\n'))


@pytest.mark.parametrize("text", ["url = ", "[server\n", "kiosk = 3\n[server]\nurl = 'http://a'\n"])
def test_broken_file_is_said(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadConfig):
        load_config(write(tmp_path, text))


@pytest.mark.parametrize("content", [None, "", "two words", "\n\n"])
def test_missing_or_empty_token_is_said(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "token").write_text(content)
    config = load_config(write(tmp_path, FULL))
    with pytest.raises(BadConfig, match="mã thiết bị"):
        config.read_token()
