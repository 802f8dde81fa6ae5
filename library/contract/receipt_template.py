"""What a school may change about its receipts: shared by the core's editor and the kiosk. Standard library only.

`template_from_json` is strict about sizes and kinds: a template that came damaged must never reach paper, the
built-in one stands in for it. Next: kiosk/receipts.py (drawing), library/fleet/receipts.py (keeping).
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
from dataclasses import dataclass
from typing import Any

LENGTHS: dict[str, int] = {
    "heading": 40,
    "school": 80,
    "greeting": 80,
    "closing_loan": 120,
    "closing_return": 120,
    "closing_hand_over": 120,
}
MAX_LOGO_WIDTH, MAX_LOGO_HEIGHT = 320, 160
"""Dots. Fits the narrowest paper with a margin; 40 mm by 20 mm at 203 dpi."""
MAX_LOGO_BYTES = 16_384
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptTemplate:
    """Empty text: as built in. `heading` is the big line on top, `school` the one below it, `greeting` stands
    beside the QR code of a loan or return, the closings at the very end. `logo`: PNG, one bit a dot."""

    version: int = 0
    heading: str = ""
    school: str = ""
    greeting: str = ""
    closing_loan: str = ""
    closing_return: str = ""
    closing_hand_over: str = ""
    show_class: bool = True
    show_barcodes: bool = True
    show_qr: bool = True
    logo: bytes = b""

    def to_json(self) -> dict[str, Any]:
        return {**dataclasses.asdict(self), "logo": base64.b64encode(self.logo).decode("ascii")}


BUILT_IN = ReceiptTemplate()


def template_from_json(data: Any) -> ReceiptTemplate:
    """ValueError for anything that `to_json` could not have made, naming the field. Unknown fields are ignored
    (an older kiosk, a newer core)."""
    if not isinstance(data, dict):
        raise ValueError("template: not an object")
    values: dict[str, Any] = {}
    for field in dataclasses.fields(ReceiptTemplate):
        if field.name not in data:
            continue
        value = data[field.name]
        if field.name == "logo":
            value = _logo(value)
        elif field.name == "version":
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise ValueError("template: version")
        elif field.name in LENGTHS:
            if not isinstance(value, str) or len(value) > LENGTHS[field.name]:
                raise ValueError(f"template: {field.name}")
        elif not isinstance(value, bool):
            raise ValueError(f"template: {field.name}")
        values[field.name] = value
    return ReceiptTemplate(**values)


def _logo(text: Any) -> bytes:
    if not isinstance(text, str) or len(text) > 2 * MAX_LOGO_BYTES:
        raise ValueError("template: logo")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("template: logo") from error
    if data and not (data.startswith(_PNG) and logo_fits(data)):
        raise ValueError("template: logo")
    return data


def logo_fits(png: bytes) -> bool:
    """The sizes its first chunk names, before anything decodes it."""
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    return len(png) <= MAX_LOGO_BYTES and 0 < width <= MAX_LOGO_WIDTH and 0 < height <= MAX_LOGO_HEIGHT
