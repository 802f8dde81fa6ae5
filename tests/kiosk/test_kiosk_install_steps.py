"""Steps of install.sh, each over stand-ins for the system's programs: wrapper, account, packages, scanner, port."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_kiosk_deploy import BASH, DEPLOY, install, run, unit
from test_kiosk_deploy import pytestmark as pytestmark

from library.version import VERSION


def installed_wrapper(folder: Path) -> Path:
    """What install.sh writes as /usr/local/bin/kesach-kiosk, its two absolute places moved into `folder`."""
    for place in ("etc/kesach", f"opt/kesach/releases/{VERSION}"):
        (folder / place).mkdir(parents=True)
    (folder / "etc/kesach/token").write_text("token\n")
    (folder / f"opt/kesach/releases/{VERSION}/.complete").touch()
    done = install("--root", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    wrapper = folder / "usr/local/bin/kesach-kiosk"
    text = wrapper.read_text("utf-8")
    wrapper.write_text(text.replace("/etc/kesach", f"{folder}/etc/kesach").replace("/opt/", f"{folder}/opt/"), "utf-8")
    return wrapper


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    path.chmod(0o755)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other accounts may enter; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def test_the_program_by_hand_needs_no_right_to_the_settings_folder(open_folder: Path) -> None:
    """`pi` may not enter /etc/kesach (0750 root:kesach); the kiosk's account, into which sudo changes, may."""
    wrapper, etc, asked = installed_wrapper(open_folder), open_folder / "etc/kesach", open_folder / "asked"
    executable(open_folder / "opt/kesach/current/bin/kesach-kiosk", '#!/bin/sh\npwd\nprintf "%s\\n" "$@"\n')
    executable(open_folder / "bin/sudo", f'#!/bin/sh\nprintf "%s\\0" "$@" >{asked}\n')
    pi = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    environment = {**os.environ, "PATH": f"{open_folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = [str(wrapper), "journal", "export", "sổ quầy.json"]
    etc.chmod(0)
    done = subprocess.run(
        command, env=environment, cwd="/", capture_output=True, encoding="utf-8", timeout=30, **pi  # type: ignore[call-overload]
    )  # fmt: skip
    etc.chmod(0o755)
    assert (done.returncode, done.stderr) == (0, "")
    words = asked.read_text("utf-8").removesuffix("\0").split("\0")
    assert words[:2] == ["-u", "kesach"]
    ran = run(words[2], *words[3:])
    assert ran.stdout.splitlines() == [str(etc), *command[1:]], ran.stderr


@pytest.mark.parametrize("order", [["scanner", "printer"], ["printer", "scanner"], ["scanner", "sound", "printer"]])
def test_another_scanner_is_named_without_a_new_code(tmp_path: Path, order: list[str]) -> None:
    installed_wrapper(tmp_path)
    config = tmp_path / "etc/kesach/kiosk.toml"
    device = {"scanner": "auto", "printer": "/dev/usb/lp0", "sound": "plughw:1"}
    config.write_text("\n".join(f'[{part}]\ndevice = "{device[part]}"\n' for part in order))
    for scanner in ("1a86:5456", "05e0:1200"):
        assert install("--root", tmp_path, "--scanner", scanner).returncode == 0
        settings = tomllib.loads(config.read_text("utf-8"))
        assert {part: settings[part]["device"] for part in order} == {part: device[part] for part in order} | {
            "scanner": scanner
        }
        assert scanner.split(":")[1] in (tmp_path / "etc/udev/rules.d/70-kesach-local.rules").read_text()


@pytest.mark.parametrize("exists", [True, False])
def test_the_kiosk_account_gets_the_groups_of_its_unit(tmp_path: Path, exists: bool) -> None:
    """Also an account from before; a group this system does not have (here dialout) is left out."""
    log = tmp_path / "log"
    passwd = "exit 0" if exists else "exit 2"
    executable(tmp_path / "getent", f'#!/bin/sh\n[ "$1" = group ] || {passwd}\n[ "$2" != dialout ]\n')
    for tool in ("useradd", "usermod"):
        executable(tmp_path / tool, f'#!/bin/sh\necho "{tool} $*" >>{log}\n')
    [body] = re.findall(r"^make_users\(\) \{.*?^\}", (DEPLOY / "install.sh").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    done = run(BASH, "-euc", f'screen=""\n{body}\nmake_users', PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    calls = log.read_text().splitlines()
    assert calls[-1] == "usermod --append --groups input,lp,audio kesach"
    assert [call.split()[0] for call in calls] == ([] if exists else ["useradd"]) + ["usermod"]
    wanted = set(unit("kesach-kiosk.service")["Service"]["SupplementaryGroups"].split())
    assert wanted == {"input", "lp", "dialout", "audio"} and all(f" {one}" in body for one in wanted)


def install_packages(tools: Path, *, installed: str, reachable: bool) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """That part of install.sh over a stand-in for dpkg and apt; what it asked apt-get for."""
    log = tools / "log"
    log.parent.mkdir(exist_ok=True)
    log.touch()
    executable(tools / "dpkg-query", f'#!/bin/sh\ncase " {installed} " in *" $3 "*) printf installed ;; *) exit 1 ;; esac\n')
    executable(tools / "apt-cache", "#!/bin/sh\n")
    executable(tools / "apt-get", f'#!/bin/sh\necho "$*" >>{log}\n{"exit 0" if reachable else "exit 100"}\n')
    text = (DEPLOY / "install.sh").read_text("utf-8")
    [say] = re.findall(r"^say\(\) .*$", text, re.MULTILINE)
    whole = text[text.index("is_installed() {") : text.index("make_users() {")]
    script = f"screen=yes\n{say}\n{whole}\ninstall_packages\necho went on"
    done = run(BASH, "-euo", "pipefail", "-c", script, PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    return done, log.read_text().splitlines()


PACKAGES = "python3-venv python3-dev gcc linux-libc-dev alsa-utils cage xwayland"


@pytest.mark.parametrize("browser", ["chromium", "chromium-browser"])
def test_a_machine_that_has_all_packages_asks_nobody(tmp_path: Path, browser: str) -> None:
    done, asked = install_packages(tmp_path / "bin", installed=f"{PACKAGES} {browser}", reachable=False)
    assert done.returncode == 0 and "went on" in done.stdout and asked == []


def test_only_what_is_missing_is_installed(tmp_path: Path) -> None:
    """Among it xwayland, without which Bookworm's cage ends at once."""
    done, asked = install_packages(tmp_path / "bin", installed=f"{PACKAGES} chromium".replace("xwayland ", ""), reachable=True)
    assert done.returncode == 0 and "went on" in done.stdout
    assert [line.split()[-1] for line in asked] == ["-qq", "xwayland"] and "cage" not in asked[-1]


def test_packages_that_cannot_be_had_are_named(tmp_path: Path) -> None:
    done, _ = install_packages(tmp_path / "bin", installed="gcc linux-libc-dev cage chromium", reachable=False)
    assert done.returncode == 1 and "went on" not in done.stdout
    assert "gói hệ thống: python3-venv python3-dev alsa-utils xwayland." in done.stderr
    assert "Lần cài đầu cần Internet" in done.stderr


def test_browser_and_policy_follow_the_port_of_the_settings(tmp_path: Path) -> None:
    installed_wrapper(tmp_path)
    for port in (8090, 8080):
        (tmp_path / "etc/kesach/kiosk.toml").write_text(f"[kiosk]\nscreen_port = {port}\n")
        assert install("--root", tmp_path).returncode == 0
        page = f"http://127.0.0.1:{port}"
        assert f"{page}/}}" in (tmp_path / "opt/kesach/bin/screen.sh").read_text("utf-8")
        for browser in ("chromium", "chromium-browser"):
            policy = json.loads((tmp_path / f"etc/{browser}/policies/managed/kesach.json").read_text("utf-8"))
            assert policy["URLAllowlist"] == [page]
