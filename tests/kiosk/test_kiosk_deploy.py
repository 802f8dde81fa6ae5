"""Setting a kiosk up: the installer, the releases it can go back to, units and rules, its dependencies on a Pi."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from kiosk_world import Core

from kiosk.page_services import SCREEN_RESTART
from kiosk.update_request import WANTED
from library.access.enrolment import create_code
from library.foundation.audit import SYSTEM

REPOSITORY = Path(__file__).resolve().parents[2]
DEPLOY = REPOSITORY / "kiosk" / "deploy"
BASH = shutil.which("bash") or ""
pytestmark = pytest.mark.skipif(not BASH or os.name == "nt", reason="the installer is for Debian and Raspberry Pi OS")


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command], capture_output=True, encoding="utf-8", timeout=300, stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHON": sys.executable, "PIP_DISABLE_PIP_VERSION_CHECK": "1", **environment},
    )  # fmt: skip


def everything_under(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


# ---------------------------------------------------------------- install.sh


def install(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return run(BASH, DEPLOY / "install.sh", *arguments, **environment)


@pytest.mark.parametrize("script", sorted(DEPLOY.glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_programs_without_syntax_errors(script: Path) -> None:
    assert run(BASH, "-n", script).returncode == 0
    assert os.access(script, os.X_OK)


def test_check_says_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    done = install("--check", "--root", tmp_path, "http://192.168.1.10:8000/", "k7qm 3xna")
    assert done.returncode == 0, done.stderr
    for words in ("sẽ dựng bản", "sẽ đổi mã cài đặt", "http://192.168.1.10:8000,", "etc/systemd/system", "Chưa thay đổi gì"):
        assert words in done.stdout
    assert "không mã hoá" in done.stdout, "plain http is a choice, with its warning"
    assert everything_under(tmp_path) == []
    quiet = install("--check", "--root", tmp_path, "https://thuvien.truong.vn", "K7QM3XNA")
    assert quiet.returncode == 0 and "không mã hoá" not in quiet.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ftp://x", "K7QM-3XNA"], "phải bắt đầu bằng http://"),
        (["http://10.0.0.2:8000", "K7QM"], "8 chữ và số"),
        (["http://10.0.0.2:8000", "K7QM-3XN!"], "8 chữ và số"),
        (["http://10.0.0.2:8000"], "Thiếu mã cài đặt"),
        ([], "chưa nối vào thư viện"),
        (["--scanner", "05e0", "http://10.0.0.2", "K7QM-3XNA"], "VID:PID"),
        (["--package", "/nowhere", "http://10.0.0.2", "K7QM-3XNA"], "Không thấy bản cài"),
        (["--ca", "/etc/hostname", "https://10.0.0.2", "K7QM-3XNA"], "không phải tệp chứng chỉ"),
        (["--sudo"], "Không có tuỳ chọn --sudo"),
        (["http://a", "K7QM-3XNA", "thừa"], "Thừa: thừa"),
    ],
)
def test_what_is_wrong_is_said_before_anything_changes(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = install("--root", tmp_path, *arguments)
    assert done.returncode in (1, 2) and said in done.stderr
    assert everything_under(tmp_path) == []


@pytest.mark.parametrize(
    ("program", "prints", "said"),
    [("uname", "echo armv7l", "64-bit"), ("old-python", "exit 1", "Cần Python 3.11")],
)
def test_an_unfit_machine_is_refused(tmp_path: Path, program: str, prints: str, said: str) -> None:
    tools, root = tmp_path / "bin", tmp_path / "root"
    tools.mkdir()
    root.mkdir()
    (tools / program).write_text(f"#!/bin/sh\n{prints}\n")
    (tools / program).chmod(0o755)
    python = str(tools / "old-python") if program == "old-python" else sys.executable
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"
    done = install("--root", root, "http://10.0.0.2:8000", "K7QM-3XNA", PATH=path, PYTHON=python)
    assert done.returncode == 1 and said in done.stderr
    assert everything_under(root) == []


@pytest.mark.slow
def test_a_whole_installation_in_a_folder(core: Core, tmp_path: Path) -> None:
    code = create_code("Quầy thư viện", "kiosk", SYSTEM)
    url = f"http://127.0.0.1:{core.port}"
    done = install("--root", tmp_path, "--scanner", "05e0:1200", url, code)
    if done.returncode and re.search("No matching distribution|Connection", done.stderr):
        pytest.skip("no package index within reach: nothing can be installed here")
    assert done.returncode == 0, done.stdout + done.stderr
    program = tmp_path / "opt/kesach/current/bin/kesach-kiosk"
    config = tmp_path / "etc/kesach/kiosk.toml"
    found = json.loads(run(program, "check", "--config", config, "--json").stdout)
    parts = {part["part"]: part for part in found["parts"]}
    assert parts["server"]["ok"] and "Quầy thư viện" in parts["server"]["said"]
    assert parts["journal"]["ok"] and (tmp_path / "var/lib/kesach-kiosk/journal.db").exists()
    settings = tomllib.loads(config.read_text("utf-8"))
    assert settings["scanner"]["device"] == "05e0:1200"
    assert (tmp_path / "etc/systemd/system/kesach-kiosk.service").exists()
    installed = run(tmp_path / "opt/kesach/current/bin/python", "-m", "pip", "list", "--format", "json").stdout
    names = {one["name"].lower() for one in json.loads(installed)}
    assert {"evdev", "python-escpos", "pillow"} <= names and not names & {"flask", "peewee", "whoosh", "pymarc"}

    token = (tmp_path / "etc/kesach/token").read_text()
    again = install("--root", tmp_path)
    assert again.returncode == 0, again.stderr
    assert "đã có trong" in again.stdout, "nothing is built twice"
    assert (tmp_path / "etc/kesach/token").read_text() == token

    (tmp_path / "opt/kesach/releases" / "0.0.1").mkdir()
    (tmp_path / "etc/systemd/system/kesach-kiosk.service").unlink()
    spent = install("--root", tmp_path, url, code)
    assert spent.returncode == 0 and "giữ mã thiết bị" in spent.stderr, "the same line again takes nothing away"
    assert (tmp_path / "etc/systemd/system/kesach-kiosk.service").exists(), "and goes on to the end"
    assert (tmp_path / "etc/kesach/token").read_text() == token
    (tmp_path / "etc/kesach/token").write_text("mot-ma-khac\n")
    spent = install("--root", tmp_path, url, code)
    assert spent.returncode == 1 and "lấy mã mới" in spent.stderr and "giữ mã" not in spent.stderr
    (tmp_path / "etc/kesach/token").write_text(token)
    assert (tmp_path / "etc/kesach/token").read_text() == token, "a refused code takes nothing away"


# ---------------------------------------------------------------- use-release.sh

SYSTEMCTL = """#!/bin/sh
# systemd as seen from the script: release "bad" does not come up, "shaky" is restarted soon after.
current="$(basename "$(readlink "$KESACH_ROOT/opt/kesach/current")")"
echo "$current $1" >>"$KESACH_ROOT/systemctl.log"
case "$1" in
    restart) [ "$current" != bad ] ;;
    show) if [ "$current" = shaky ]; then wc -l <"$KESACH_ROOT/systemctl.log"; else echo 0; fi ;;
esac
"""


def releases(root: Path, *names: str) -> None:
    for name in names:
        program = root / "opt/kesach/releases" / name / "bin" / "kesach-kiosk"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        (program.parents[1] / ".complete").touch()
    (root / "bin").mkdir()
    (root / "bin" / "systemctl").write_text(SYSTEMCTL)
    (root / "bin" / "systemctl").chmod(0o755)


def use(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = (BASH, DEPLOY / "use-release.sh", "--root", root, "--watch", "0", *arguments)
    return run(*command, PATH=path, KESACH_ROOT=str(root))


def current(root: Path) -> str:
    return os.readlink(root / "opt/kesach/current")


def test_a_release_that_runs_stays(tmp_path: Path) -> None:
    releases(tmp_path, "0.1.0", "0.2.0")
    for name in ("0.1.0", "0.2.0"):
        assert use(tmp_path, name).returncode == 0
        assert current(tmp_path) == f"releases/{name}"
    assert use(tmp_path).stdout.split() == ["0.1.0", "*", "0.2.0"]


@pytest.mark.parametrize("name", ["bad", "shaky"])
def test_a_release_that_does_not_run_well_gives_way_to_the_one_before(tmp_path: Path, name: str) -> None:
    releases(tmp_path, "0.1.0", name)
    assert use(tmp_path, "0.1.0").returncode == 0
    done = use(tmp_path, name)
    assert done.returncode == 1 and "Đã quay về bản 0.1.0" in done.stderr
    assert current(tmp_path) == "releases/0.1.0"
    assert "0.1.0 restart" in (tmp_path / "systemctl.log").read_text().split(f"{name} ")[-1]


def test_the_first_release_has_nothing_to_go_back_to(tmp_path: Path) -> None:
    releases(tmp_path, "bad")
    done = use(tmp_path, "bad")
    assert done.returncode == 1 and "Chưa có bản nào khác" in done.stderr


def test_half_built_and_unknown_releases_are_refused(tmp_path: Path) -> None:
    releases(tmp_path, "0.1.0", "half")
    (tmp_path / "opt/kesach/releases/half/.complete").unlink()
    assert use(tmp_path, "0.1.0").returncode == 0
    for name in ("half", "9.9.9", "../.."):
        assert use(tmp_path, name).returncode == 2
        assert current(tmp_path) == "releases/0.1.0"


# ---------------------------------------------------------------- units, rules, browser


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # systemd's names have capitals
    parser.read(DEPLOY / name, encoding="utf-8")
    return parser


def test_the_kiosk_is_watched_and_never_given_up() -> None:
    kiosk = unit("kesach-kiosk.service")
    service = dict(kiosk["Service"])
    assert (service["Type"], service["WatchdogSec"], service["Restart"]) == ("notify", "30", "always")
    assert kiosk["Unit"]["StartLimitIntervalSec"] == "0"
    text = (DEPLOY / "kesach-kiosk.service").read_text("utf-8")
    assert "network-online.target" not in text, "it starts without a network"
    classes = re.findall(r"^DeviceAllow=(\S+)", text, re.MULTILINE)
    assert {"char-input", "char-usb", "char-usb_device", "char-ttyACM"} <= set(classes)
    assert all(one.startswith("char-") for one in classes), "by class: replugging changes the number"


def test_the_kiosk_may_sound_loudspeaker_and_buzzer() -> None:
    service = dict(unit("kesach-kiosk.service")["Service"])
    assert {"audio", "input"} <= set(service["SupplementaryGroups"].split())
    text = (DEPLOY / "kesach-kiosk.service").read_text("utf-8")
    assert "DeviceAllow=char-alsa rw\n" in text and "DeviceAllow=char-input rw\n" in text
    assert re.search(r"wanted=\(.*\balsa-utils\b.*\)", (DEPLOY / "install.sh").read_text("utf-8"))
    rules = (DEPLOY / "71-kesach.rules").read_text("utf-8")
    [buzzer] = [line for line in rules.splitlines() if "capabilities/snd" in line]
    assert 'ENV{KESACH_SCANNER}!="1"' in buzzer and 'GROUP="input", MODE="0660"' in buzzer
    [scanner] = [line for line in rules.splitlines() if 'MODE="0640"' in line]
    assert 'ENV{KESACH_SCANNER}=="1"' in scanner, "nobody may inject keys"


def test_units_and_installer_speak_of_the_same_places() -> None:
    installer = (DEPLOY / "install.sh").read_text("utf-8")
    text = "".join(path.read_text("utf-8") for path in DEPLOY.glob("*.service"))
    for path in ("/opt/kesach/current", "/opt/kesach/bin/screen.sh", "/etc/kesach/kiosk.toml", "/etc/kesach/token"):
        assert path in text
    for mentioned in ('base="$root/opt/kesach" etc="$root/etc/kesach" state="$root/var/lib/kesach-kiosk"',
                      '"$here"/screen.sh "$base/bin/"'):  # fmt: skip
        assert mentioned in installer
    assert "StateDirectory=kesach-kiosk" in text
    for account in set(re.findall(r"^User=(\S+)", text, re.MULTILINE)):
        assert re.search(rf"useradd .*\b{account}$", installer, re.MULTILINE), account


def test_the_file_that_asks_for_a_screen_is_the_one_that_is_watched() -> None:
    watched = unit("kesach-screen-restart.path")["Path"]["PathChanged"]
    runtime = unit("kesach-kiosk.service")["Service"]["RuntimeDirectory"]
    assert watched == f"/run/{runtime}/{SCREEN_RESTART}"
    assert unit("kesach-update.path")["Path"]["PathChanged"] == f"/run/{runtime}/{WANTED}"


def test_only_the_installing_half_may_write_programs() -> None:
    update = dict(unit("kesach-update.service")["Service"])
    assert update["ReadWritePaths"] == "/opt/kesach" and "User" not in update
    assert update["ExecStart"].startswith("/opt/kesach/current/bin/kesach-kiosk update ")
    kiosk = dict(unit("kesach-kiosk.service")["Service"])
    assert kiosk["ProtectSystem"] == "strict" and "ReadWritePaths" not in kiosk and kiosk["User"] == "kesach"
    installer = (DEPLOY / "install.sh").read_text("utf-8")
    for name in ("kesach-update.path", "kesach-update.service", "kesach-screen-restart.path"):
        assert f'"$here"/{name}' in installer
    assert "update-key" not in installer, "it stays root's alone, as enrol wrote it"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
@pytest.mark.parametrize("path", sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer"), *DEPLOY.glob("*.path")]), ids=lambda path: path.name)
def test_systemd_understands_every_line(path: Path) -> None:
    done = run("systemd-analyze", "verify", "--man=no", path)
    complaints = [line for line in done.stderr.splitlines() if path.name in line]
    assert [line for line in complaints if "is not executable" not in line] == []


def test_udev_rules_are_well_formed() -> None:
    item = r'[A-Z_]+(?:\{[A-Za-z_/]+\})?(?:==|!=|\+=|=)"[^"]*"'
    goto = r'(?:GOTO|LABEL)="[a-z_]+"'
    for line in (DEPLOY / "71-kesach.rules").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.fullmatch(rf"(?:{item}|{goto})(?:, (?:{item}|{goto}))*", line), line


def test_the_browser_may_open_the_kiosk_only() -> None:
    script = (DEPLOY / "screen.sh").read_text("utf-8")
    [page] = re.findall(r"http://\S+?/(?=})", script)
    policy = json.loads((DEPLOY / "chromium-policy.json").read_text("utf-8"))
    assert policy["URLBlocklist"] == ["*"] and [f"{one}/" for one in policy["URLAllowlist"]] == [page]
    assert page == "http://127.0.0.1:8080/", "the default screen_port of kiosk.toml"
    flags = set(re.findall(r"--[a-z-]+", script))
    dead = {"--disable-session-crashed-bubble", "--disable-restore-session-state", "--disable-translate",
            "--ozone-platform-hint", "--remote-debugging-port"}  # fmt: skip
    assert {"--kiosk", "--incognito", "--autoplay-policy", "--user-data-dir"} <= flags and not flags & dead


# ---------------------------------------------------------------- what a Raspberry Pi can install


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.13"])
def test_every_dependency_but_evdev_has_a_wheel_for_the_pi(version: str, tmp_path: Path) -> None:
    setup = configparser.ConfigParser()
    setup.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    lines = setup["options.extras_require"]["kiosk"].split("\n")
    wanted = [line.split(";")[0].strip() for line in lines if line.strip() and not line.startswith("#")]
    # pip judges markers by this machine, so the one that is for the Pi alone is named here.
    assert [line for line in wanted if line.startswith("evdev")] == ["evdev>=2.0,<3"]
    done = run(
        sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--implementation", "cp",
        "--platform", "manylinux_2_28_aarch64", "--platform", "manylinux2014_aarch64", "--only-binary=:all:",
        "--python-version", version, "--target", tmp_path / "pi", "--report", "-",
        *[line for line in wanted if not line.startswith("evdev")],
    )  # fmt: skip
    if done.returncode and "Connection" in done.stderr:
        pytest.skip("no package index within reach: nothing can be resolved here")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    files = [item["download_info"]["url"].rsplit("/", 1)[1] for item in report["install"]]
    assert any(re.match(r"pillow-.*aarch64\.whl", name) for name in files)
    assert [name for name in files if not name.endswith(("aarch64.whl", "none-any.whl"))] == []
