"""Which of the keyboards on this computer is the scanner.

Here: facts about input devices as plain values and `choose_scanner`, pure. Not here: asking the
kernel (`evdev_scanner.py`). The order is: the configured path or by-id pattern, then VID:PID, then
telling words in the name, then "there is only one". Where two fit, nothing is guessed: a kiosk that
grabs the teacher's keyboard is worse than one that says what it needs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch

from hardware.errors import HardwareError

AUTO = "auto"
_NAME_WORDS = re.compile(
    r"scan|barcode|bar code|symbol|honeywell|metrologic|zebra|datalogic|newland|netum|opticon|zkteco|"
    r"youjie|mindeo|syble|winson|yhdaa|2d imager|qr",
    re.IGNORECASE,
)
_VID_PID = re.compile(r"^[0-9a-fA-F]{4}:[0-9a-fA-F]{4}$")


@dataclass(frozen=True, slots=True)
class InputDeviceFacts:
    """One input device that can type digits and Enter. `links` are its stable names in by-id,
    by-path and our own udev links; `vendor` and `product` its USB numbers."""

    path: str
    name: str
    vendor: int
    product: int
    links: tuple[str, ...] = ()

    @property
    def vid_pid(self) -> str:
        return f"{self.vendor:04x}:{self.product:04x}"

    def __str__(self) -> str:
        stable = self.links[0] if self.links else self.path
        return f"{self.name} ({self.vid_pid}, {stable})"


def choose_scanner(wanted: str, devices: Sequence[InputDeviceFacts]) -> InputDeviceFacts | None:
    """The one device that `wanted` means: "auto", a VID:PID, a path or a path pattern.

    None: no such device at this moment (wait for it). Raises HardwareError `scanner_ambiguous`
    where several fit, naming them all.
    """
    if wanted != AUTO:
        if _VID_PID.match(wanted):
            found = [device for device in devices if device.vid_pid == wanted.lower()]
        else:
            found = [d for d in devices if any(fnmatch(p, wanted) for p in (d.path, *d.links))]
        return _only(found, wanted)
    named = [device for device in devices if _NAME_WORDS.search(device.name)]
    return _only(named or list(devices), wanted)


def _only(found: Sequence[InputDeviceFacts], wanted: str) -> InputDeviceFacts | None:
    if len(found) > 1:
        names = "; ".join(str(device) for device in found)
        raise HardwareError(
            "scanner_ambiguous",
            f"Có {len(found)} thiết bị đều có thể là máy quét: {names}. Hãy ghi rõ một đường dẫn "
            "/dev/input/by-id/… hoặc by-path/… vào mục [scanner] device, hoặc cho quầy học máy quét "
            "bằng cách quét mã mẫu.",
            wanted=wanted,
            found=[device.path for device in found],
        )
    return found[0] if found else None
