"""`kesach-kiosk update`: installs the release that the core offers. Run as root by kesach-update.service.

Only this part may write to /opt/kesach, and it trusts nothing but the seal made with this kiosk's own key: the
kiosk's program (an account without rights) can do no more than wake it up. Order of things: seal and serial, files by
SHA-256, a copy of the running release with the new wheels on top (no network, no compiler), a moment without
children, then use-release.sh, which goes back by itself. What came of it is in /opt/kesach/update.json.
Standard library only. Next: update_command.py, update_request.py, deploy/use-release.sh,
library/contract/kiosk_release.py.
"""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from kiosk.api_client import ApiClient, CoreRefused, Unreachable
from kiosk.config import Config
from kiosk.update_result import RESULT, read_result
from library.contract.kiosk_release import Release, is_sealed, is_sound

_log = logging.getLogger(__name__)
IDLE_SECONDS = 3600.0
"""How long a busy kiosk is waited for before the switch; after that the next status tries again."""


class UpdateFailed(Exception):
    """`outcome`: one of kiosk_release.OUTCOMES."""

    def __init__(self, outcome: str, why: str) -> None:
        super().__init__(why)
        self.outcome = outcome


def update(
    config: Config, key_file: Path, base: Path, *, wait_for_idle: Callable[[], bool] | None = None, watch: int = 20
) -> str:
    """Do the whole of it once; returns one sentence. Raises OSError only where the result cannot be written.
    `watch`: seconds for which a new release has to run well."""
    try:
        key = key_file.read_text(encoding="ascii").strip()
    except OSError:
        return f"Không có {key_file}: quầy này không nhận cập nhật từ máy chủ. Cài lại bằng mã cài đặt."
    api = ApiClient(config.server_url, config.read_token(), ca_file=config.ca_file, read_timeout=60.0)
    try:
        release = api.release()
        done = read_result(base)
        if is_sealed(key, release) and release.serial <= done.get("serial", 0):
            return "Bản này đã thử rồi."
    except (Unreachable, CoreRefused, ValueError) as error:
        return f"Chưa có gì để cài ({error})."
    try:
        if not is_sealed(key, release) or not is_sound(release):
            raise UpdateFailed("bad_seal", "con dấu của bản cập nhật không đúng")
        target = _install(api, release, base)
        idle = wait_for_idle or (lambda: _wait_for_idle(config.screen_port))
        if not idle():
            return "Quầy bận; thử lại sau."
        outcome = _switch(base, target.name, watch)
        note_result(base, release, outcome)
        _drop_old(base)
        ended = "đang chạy" if outcome == "running" else "không chạy tốt, đã quay về bản trước"
        return f"Bản {release.version} {ended}."
    except Unreachable as error:
        return f"Mất mạng giữa chừng ({error}); thử lại sau."
    except UpdateFailed as error:
        _log.error("update %s: %s", release.version, error)
        if error.outcome != "bad_seal":  # of an unsealed offer not even its number is believed
            note_result(base, release, error.outcome)
        return f"Không cài được bản {release.version}: {error}."
    finally:
        api.close()
        shutil.rmtree(base / "incoming", ignore_errors=True)


def note_result(base: Path, release: Release, outcome: str) -> None:
    unfinished = base / f".{RESULT}.part"
    facts = {"version": release.version, "serial": release.serial, "outcome": outcome}
    unfinished.write_text(json.dumps(facts), "utf-8")
    unfinished.chmod(0o644)
    unfinished.replace(base / RESULT)


def _install(api: ApiClient, release: Release, base: Path) -> Path:
    """The release in its folder, whole (.complete), nothing switched yet."""
    target = base / "releases" / release.version
    if (target / ".complete").exists():
        return target
    incoming = base / "incoming"
    try:
        shutil.rmtree(incoming, ignore_errors=True)
        incoming.mkdir()
        for file in release.files:
            try:
                data = api.release_file(file.name, file.size)
            except CoreRefused as error:
                raise UpdateFailed("bad_file", f"máy chủ không đưa {file.name}") from error
            if len(data) != file.size or hashlib.sha256(data).hexdigest() != file.sha256:
                raise UpdateFailed("bad_file", f"{file.name} không đúng như đã ghi")
            (incoming / file.name).write_bytes(data)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree((base / "current").resolve(), target, symlinks=True, ignore=lambda *_: [".complete"])
    except (OSError, shutil.Error) as error:
        room = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT)
        raise UpdateFailed("no_room" if room else "install_failed", str(error)) from error
    program = next(file.name for file in release.files if file.name.startswith("kesach-"))
    python = str(target / "bin" / "python")
    # Everything from the pinned files: what the copy has already is kept, the rest must be among them.
    _must([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--find-links",
           str(incoming), "--upgrade", "--force-reinstall", "--no-deps", str(incoming / program)])  # fmt: skip
    _must([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--find-links",
           str(incoming), f"kesach[kiosk]=={release.version}"])  # fmt: skip
    _must([str(target / "bin" / "kesach-kiosk"), "--help"])
    os.sync()  # a power cut now must not leave a release that says it is whole and has empty files
    (target / ".complete").touch()
    os.utime(target)  # a copy has the age of what it was copied from
    return target


def _must(command: list[str]) -> None:
    environment = {**os.environ, "PIP_CONFIG_FILE": os.devnull, "PYTHONDONTWRITEBYTECODE": ""}
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=900, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UpdateFailed("install_failed", str(error)) from error
    if done.returncode:
        raise UpdateFailed("install_failed", (done.stderr.strip().splitlines() or ["?"])[-1][:300])


def _switch(base: Path, name: str, watch: int) -> str:
    root = base.parents[1]
    elsewhere = ["--root", str(root)] if root != Path("/") else []
    script = [str(base / "bin" / "use-release.sh"), *elsewhere, "--watch", str(watch), name]
    done = subprocess.run(script, capture_output=True, encoding="utf-8")
    _log.info("%s", (done.stdout + done.stderr).strip())
    return "running" if done.returncode == 0 else "fell_back"


def _drop_old(base: Path) -> None:
    """The three newest releases stay, and the running one always."""
    running = (base / "current").resolve()
    folders = [folder for folder in (base / "releases").iterdir() if folder.is_dir() and folder != running]
    for old in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True)[2:]:
        shutil.rmtree(old, ignore_errors=True)


def _wait_for_idle(port: int) -> bool:
    """True once no child stands at the screen (or the program does not answer: then there is nothing to spoil)."""
    until = time.monotonic() + IDLE_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < until:
        try:
            with opener.open(f"http://127.0.0.1:{port}/state", timeout=5) as answer:
                screen = json.loads(answer.read(1_000_000)).get("screen")
        except (OSError, ValueError, AttributeError):
            return True
        if screen in ("idle", "out_of_order"):
            return True
        time.sleep(2.0)  # a program of its own that only waits for the screen to be free
    return False
