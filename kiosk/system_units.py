"""What install.sh put where only root writes: services and device rules. An update from the core renews the program and
not these, so the two may differ.
"""

from __future__ import annotations

from pathlib import Path

SYSTEM = Path("/etc")
_SHIPPED = Path(__file__).with_name("deploy")
_PLACES = (("kesach-*", "systemd/system"), ("71-kesach.rules", "udev/rules.d"))


def list_outdated(system: Path = SYSTEM) -> list[str]:
    """Names of the files that differ from those of this program, sorted; none where they were never installed, or are
    not ours to read."""
    old = []
    for kind, folder in _PLACES:
        for shipped in _SHIPPED.glob(kind):
            there = system / folder / shipped.name
            try:
                if there.exists() and there.read_bytes() != shipped.read_bytes():
                    old.append(shipped.name)
            except OSError:
                return []
    return sorted(old)
