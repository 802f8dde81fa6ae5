"""A release of the kiosk's program as the core offers it: wheels by name, size and SHA-256, sealed for one kiosk.

The seal is an HMAC under a key that a kiosk gets once, at enrolment, and that never goes over the wire again: who
listens on a plain LAN and knows the token still cannot make a kiosk install anything (docs/adr/0007-kiosk-updates.md).
Standard library only. Next: library/fleet/releases.py, kiosk/updating.py.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from library.contract.kiosk_api import Message

MAX_FILES = 60
MAX_FILE_BYTES = 60_000_000
VERSION_PATTERN = re.compile(r"[0-9][0-9A-Za-z.+!]{0,31}")
FILE_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+]*-[A-Za-z0-9][A-Za-z0-9._+!-]*\.whl")
OUTCOMES = ("running", "fell_back", "bad_seal", "bad_file", "install_failed", "no_room")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFile(Message):
    """One package of a release."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Message):
    """GET release. `serial` grows with every offer: an older offer is never taken again."""

    device: str
    version: str
    serial: int
    files: tuple[ReleaseFile, ...] = ()
    seal: str = ""


def make_seal(key: str, release: Release) -> str:
    """Hex HMAC-SHA256 over everything in `release` but its seal."""
    import hashlib  # the core and the updater seal; on a kiosk that runs, these weigh 4 MB
    import hmac

    content = {name: value for name, value in release.to_json().items() if name != "seal"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_sealed(key: str, release: Release) -> bool:
    import hmac

    return bool(key) and hmac.compare_digest(make_seal(key, release).encode(), release.seal.encode())


def is_sound(release: Release) -> bool:
    """Names and sizes that may be used as such: nothing that leads out of a folder or fills a card."""
    names = [file.name for file in release.files]
    return (
        VERSION_PATTERN.fullmatch(release.version) is not None
        and 1 <= len(names) <= MAX_FILES
        and len(set(names)) == len(names)
        and all(FILE_PATTERN.fullmatch(name) and len(name) <= 200 for name in names)
        and all(0 < file.size <= MAX_FILE_BYTES for file in release.files)
        and sum(name.startswith(f"kesach-{release.version}-") for name in names) == 1
    )


def update_facts(raw: Any) -> dict[str, Any]:
    """What a kiosk says of its last update, as plain known values; empty for anything else."""
    if not isinstance(raw, dict) or raw.get("outcome") not in OUTCOMES:
        return {}
    version, serial = raw.get("version"), raw.get("serial")
    if not isinstance(version, str) or not VERSION_PATTERN.fullmatch(version):
        return {}
    if isinstance(serial, bool) or not isinstance(serial, int):
        return {}
    return {"outcome": raw["outcome"], "version": version, "serial": serial}
