"""PDF pages by Typst: it comes whole in a wheel on Linux, Windows and arm64, and sets our own font only.

A template reads what it shows as JSON from `sys.inputs`. Tinos has the widths of Times New Roman and every Vietnamese
letter, so a document looks the same on every machine; Be Vietnam Pro, the house's own letters, comes with the receipts
(hardware/fonts). Templates stand beside the module that fills them.
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any

import typst
from barcode.codex import Code128

_FONTS = (Path(__file__).parent / "fonts", Path(__file__).parents[2] / "hardware" / "fonts")


def typeset(template: Path, name: str, shown: Any) -> bytes:
    """Bytes of the .pdf file; the template finds `shown` under `sys.inputs.NAME`."""
    content = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(folder) for folder in _FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={name: json.dumps(shown, ensure_ascii=False)},
    )
    assert isinstance(content, bytes)  # one format, no output path: bytes
    return content


def code128_bars(text: str) -> list[int]:
    """`bar_widths` of the Code 128 that says `text`."""
    return bar_widths(Code128(text).build()[0])


def bar_widths(modules: str) -> list[int]:
    """The 1s and 0s of a bar code as widths in modules of bar, space, bar, …; begins and ends with a bar."""
    return [len(list(run)) for _, run in groupby(modules.strip("0"))]
