"""`kesach-kiosk` as a program of its own: scans on standard input, receipts as PNG files."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from kiosk_world import Core, RunningKiosk
from PIL import Image

from hardware.emulator.head import EmulatedHead, Fault
from hardware.emulator.server import NetworkPrinterEmulator
from kiosk.check import check_all
from kiosk.commands import main
from kiosk.config import load_config
from kiosk.journal import Act, ActJournal
from library.access.enrolment import create_code
from library.foundation.audit import SYSTEM
from library.lending.tables import Loan
from library.version import VERSION

REPOSITORY = Path(__file__).resolve().parents[2]


def write_config(folder: Path, core: Core, **kiosk: object) -> Path:
    (folder / "token").write_text(core.token + "\n")
    path = folder / "kiosk.toml"
    path.write_text(
        f'[server]\nurl = "http://127.0.0.1:{core.port}"\ntoken_file = "token"\n'
        '[kiosk]\nstate_dir = "state"\nscreen_port = 0\nidle_seconds = 5\n'
        '[scanner]\ndriver = "stdin"\n'
        '[printer]\ndriver = "png"\nwidth_dots = 384\nreceipts = "always"\n',
        encoding="utf-8",
    )
    return path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk.cli", *arguments], cwd=REPOSITORY, capture_output=True, encoding="utf-8",
        timeout=60, stdin=subprocess.DEVNULL, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip


def test_card_and_book_on_stdin_make_a_loan_and_a_receipt(core: Core, tmp_path: Path) -> None:
    [book] = core.world.add_title("Dế Mèn phiêu lưu ký")
    path = write_config(tmp_path, core)
    process = subprocess.Popen(
        [sys.executable, "-m", "kiosk.cli", "run", "--config", str(path)], cwd=REPOSITORY, stdin=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8", env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    try:
        assert process.stdin is not None and process.stderr is not None
        address = ""
        for line in process.stderr:
            if line.startswith("Màn hình quầy: "):
                address = line.split()[-1]
                break
        process.stdin.write(f"{core.card('Trần Minh An')}\n{book}\n")
        process.stdin.flush()
        # Nobody taps: the session ends by itself after five seconds and prints.
        with urllib.request.urlopen(f"{address}events", timeout=30) as events:
            for raw in events:
                if raw.startswith(b"data: ") and json.loads(raw[6:])["receipt"] == "Em nhớ lấy phiếu nhé.":
                    break
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
    [receipt] = (tmp_path / "state" / "receipts").glob("*.png")
    with Image.open(receipt) as image:
        assert image.width == 384 and image.height > 300
    assert Loan.select().count() == 1
    listed = run("journal", "list", "--config", str(path), "--json")
    assert [one["status"] for one in json.loads(listed.stdout)["acts"]] == ["applied"]


def test_check_names_every_part(core: Core, tmp_path: Path) -> None:
    path = write_config(tmp_path, core)
    done = run("check", "--config", str(path), "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0 and found["ok"], done.stdout
    assert [part["part"] for part in found["parts"]] == ["server", "clock", "journal", "scanner", "printer"]
    path.write_text(path.read_text().replace(f":{core.port}", ":9"))
    done = run("check", "--config", str(path))
    assert done.returncode == 1 and "Không liên lạc được" in done.stdout
    assert "✗ Máy chủ" in done.stdout and "✓ Máy in" in done.stdout and "UTC" not in done.stdout


def test_check_says_what_the_running_kiosk_knows(start_kiosk: Callable[..., RunningKiosk]) -> None:
    """The core gone, the head hung: the same words as on the kiosk's own status page."""
    with NetworkPrinterEmulator(EmulatedHead()) as head:
        one = start_kiosk(printer={"driver": "network", "host": head.host, "port": head.port})
        one.until(lambda view: view["online"] and one.is_ready and one.kiosk.printing.status == "ok")
        head.head.strike(Fault.HANG)
        one.kiosk.printing.ask_status()  # as its own round does every half minute
        one.until(lambda view: one.kiosk.printing.status == "offline")
        port = int(one.kiosk.address.rstrip("/").rpartition(":")[2])
        config = replace(one.kiosk.config, server_url="http://127.0.0.1:9", screen_port=port)
        found = {finding.part: finding for finding in check_all(config)}
    assert not found["server"].ok and found["clock"].ok
    assert not found["printer"].ok and "Không liên lạc được máy in" in found["printer"].said


def test_a_device_that_may_not_be_opened_is_no_matter_of_cables(
    core: Core, capsys: pytest.CaptureFixture[str]
) -> None:
    """By hand without the group lp: the cause is said, and what mends it."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        path = write_config(Path(name), core)
        device = Path(name) / "lp0"
        os.mkfifo(device, 0)
        text = path.read_text(encoding="utf-8").replace('driver = "png"', f'driver = "usb"\ndevice = "{name}/lp*"')
        text = text.replace(f":{core.port}", ":9")  # it runs in this process, and would lose its own files below
        path.write_text(text.replace('"stdin"', f'"serial"\ndevice = "{device}"'), encoding="utf-8")
        config = load_config(path)
        is_root = os.geteuid() == 0
        if is_root:  # root may open everything; what is loaded when first used is loaded by then
            assert "không có quyền" not in {one.part: one for one in check_all(config)}["printer"].said
            main(["print", "ruler", "--config", str(path)])
            os.seteuid(65534)
        try:
            capsys.readouterr()
            found = {one.part: one for one in check_all(config)}
            printed = main(["print", "ruler", "--config", str(path)])
        finally:
            if is_root:
                os.seteuid(0)
    said = f"Tài khoản chạy quầy không có quyền mở máy in {device}: chạy lại sudo ./install.sh"
    assert (found["printer"].ok, found["printer"].said) == (False, said)
    assert not found["scanner"].ok and f"không có quyền mở máy quét {device}" in found["scanner"].said
    assert printed == 1 and capsys.readouterr().err.strip() == said


@pytest.mark.parametrize(("profile", "mode"), [("mobile", "mobile_desk"), ("kiosk", "borrow_and_return")])
def test_enrol_writes_the_mode_of_what_was_asked_for(core: Core, tmp_path: Path, profile: str, mode: str) -> None:
    code = create_code("Máy tủ xe", profile, SYSTEM)
    done = run("enrol", f"http://127.0.0.1:{core.port}", code, "--config", str(tmp_path / "kiosk.toml"))
    assert done.returncode == 0, done.stderr
    assert load_config(tmp_path / "kiosk.toml").rules.mode == mode


def test_a_core_that_is_not_there_is_said_in_words_and_leaves_nothing(core: Core, tmp_path: Path) -> None:
    path = write_config(tmp_path, core)
    path.write_text(path.read_text().replace(f":{core.port}", ":9"))
    checked = run("check", "--config", str(path)).stdout
    new = tmp_path / "new"
    tried = run("enrol", "http://127.0.0.1:9", "K7QM-3XNA", "--config", str(new / "kiosk.toml"))
    assert tried.returncode == 1
    for said in (checked, tried.stderr):
        assert "Không liên lạc được http://127.0.0.1:9." in said and "Errno" not in said and "refused" not in said
    assert not new.exists()


def test_journal_export(tmp_path: Path, core: Core) -> None:
    path = write_config(tmp_path, core)
    journal = ActJournal(tmp_path / "state" / "journal.db")
    journal.write(Act(key="k1", kind="return", barcode="S1", occurred_at="2026-11-23T02:00:00Z", title="Mắt biếc"))
    journal.close()
    target = tmp_path / "so.json"
    assert run("journal", "export", str(target), "--config", str(path)).returncode == 0
    assert json.loads(target.read_text(encoding="utf-8"))["acts"][0]["title"] == "Mắt biếc"
    listed = run("journal", "list", "--config", str(path))
    assert "trả" in listed.stdout and "đợi gửi" in listed.stdout and "09:00 23/11/2026" in listed.stdout


@pytest.mark.parametrize("command", [["run"], ["check"], ["journal", "list"]])
def test_bad_settings_are_named_and_nothing_starts(tmp_path: Path, command: list[str]) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text('[server]\nurl = "máy chủ"\n[kiosk]\nmode = "x"\n', encoding="utf-8")
    done = run(*command, "--config", str(path))
    assert done.returncode == 2
    assert "[server] url" in done.stderr and "[kiosk] mode" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == [path]


def test_units_of_an_older_release_are_said_and_those_of_this_one_are_not(core: Core, tmp_path: Path) -> None:
    """An update from the core brings a program whose units install.sh has yet to renew."""
    system, config = tmp_path / "etc", load_config(write_config(tmp_path, core))
    for folder, name in (("systemd/system", "kesach-kiosk.service"), ("udev/rules.d", "71-kesach.rules")):
        (system / folder).mkdir(parents=True)
        (system / folder / name).write_bytes((REPOSITORY / "kiosk" / "deploy" / name).read_bytes())
    assert "units" not in {one.part for one in check_all(config, system)}
    unit = system / "systemd/system/kesach-kiosk.service"
    unit.write_text(unit.read_text(encoding="utf-8").replace("WatchdogSec=30", "WatchdogSec=60"), encoding="utf-8")
    [found] = [one for one in check_all(config, system) if one.part == "units"]
    assert not found.ok and f"chạy lại install.sh của bản {VERSION} một lần" in found.said
    assert "kesach-kiosk.service" in found.said and "71-kesach.rules" not in found.said
    assert not ENGLISH.search(sentences(re.sub(r"kesach-kiosk\.service", "", found.said)))


ENGLISH = re.compile(
    r"\b(error|errno|file|directory|database|disk|unable|denied|certificate|found|not|expected|key|value|ssl|x509"
    r"|unreachable|unauthorised|forbidden|url)\b",
    re.IGNORECASE,
)


def sentences(text: str) -> str:
    """Without addresses, paths, names of files and options: what is left is read as a sentence."""
    return re.sub(r"\S*[/_]\S*|\S+\.(toml|sh|pem|db)|--\w+|kesach-kiosk", "", text)


def spoil_certificate(folder: Path, text: str) -> str:
    (folder / "ca.pem").write_text("không phải chứng chỉ\n", encoding="utf-8")
    return text.replace("http://", "https://").replace('token_file', 'ca_file = "ca.pem"\ntoken_file')


def lose_certificate(folder: Path, text: str) -> str:
    return text.replace("http://", "https://").replace('token_file', 'ca_file = "ca.pem"\ntoken_file')


def lose_token(folder: Path, text: str) -> str:
    (folder / "token").unlink()
    return text


def break_journal(folder: Path, text: str) -> str:
    (folder / "state").mkdir()
    (folder / "state" / "journal.db").write_bytes(b"giay " * 2000)
    return text


def put_file_for_folder(folder: Path, text: str) -> str:
    (folder / "state").write_text("")
    return text


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_certificate, "không chứa chứng chỉ nào. Chép lại tệp chứng chỉ gốc từ máy chủ"),
        (lose_certificate, "không có tệp này. Chép lại tệp chứng chỉ gốc từ máy chủ"),
        (lose_token, "không có tệp này. Lấy mã cài đặt mới ở trang Thiết bị (nút Cài lại), rồi chạy install.sh"),
        (break_journal, "(tệp bị hỏng). Kiểm tra quyền ghi và chỗ trống, rồi khởi động lại quầy"),
        (put_file_for_folder, "Không mở được sổ nhật ký"),
    ],
)
def test_check_says_what_is_wrong_and_what_to_do_in_vietnamese(
    core: Core, tmp_path: Path, spoil: Callable[[Path, str], str], said: str
) -> None:
    path = write_config(tmp_path, core)
    path.write_text(spoil(tmp_path, path.read_text(encoding="utf-8")), encoding="utf-8")
    done = run("check", "--config", str(path))
    assert done.returncode == 1 and said in done.stdout, done.stdout + done.stderr
    assert not ENGLISH.search(sentences(done.stdout)) and "device add" not in done.stdout


@pytest.mark.parametrize("content", ["[server\n", "[server]\nurl 5\n", '[server]\nurl = "http://a', "\x00"])
def test_a_settings_file_written_wrongly_names_the_place(tmp_path: Path, content: str) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_text(content, encoding="utf-8")
    done = run("check", "--config", str(path))
    assert done.returncode == 2 and ("viết sai ở dòng" in done.stderr or "viết sai ở cuối tệp" in done.stderr)
    assert not ENGLISH.search(sentences(done.stderr))


def test_a_port_that_is_taken_is_said_in_words(core: Core, tmp_path: Path) -> None:
    path = write_config(tmp_path, core)
    path.write_text(path.read_text().replace("screen_port = 0", f"screen_port = {core.port}"))
    done = run("run", "--config", str(path))
    assert done.returncode == 3
    last = done.stderr.strip().splitlines()[-1]
    assert last == "Không chạy được: cổng của màn hình đang có chương trình khác dùng."
