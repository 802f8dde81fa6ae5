"""A paper as PDF, by Typst: comes whole in a wheel on Linux, Windows and arm64, with our own font.

Tinos has the widths of Times New Roman and every Vietnamese letter; the font in the file is ours, so a PDF
looks the same on every machine. Next: report.typ.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst

from library.reporting.paper import COUNTRY, END_MARK, MOTTO, Block, Heading, Paper, Paragraph

_FOLDER = Path(__file__).parent


def render_pdf(paper: Paper) -> bytes:
    """Bytes of the .pdf file."""
    content = typst.compile(
        str(_FOLDER / "report.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FOLDER / "fonts")],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"paper": json.dumps(_paper(paper), ensure_ascii=False)},
    )
    assert isinstance(content, bytes)  # one format, no output path: bytes
    return content


def _paper(paper: Paper) -> dict[str, Any]:
    blocks = [_block(block) for block in paper.blocks]
    if blocks and blocks[-1]["type"] == "paragraph":
        blocks[-1]["text"] = blocks[-1]["text"].rstrip(".") + END_MARK
    last = len(paper.receivers) - 1
    return {
        "superior": paper.superior,
        "school": paper.school,
        "country": COUNTRY,
        "motto": MOTTO,
        "number_line": paper.number_line,
        "place_and_date": paper.place_and_date,
        "kind": paper.kind,
        "subject": list(paper.subject),
        "recipient": paper.recipient,
        "opening": paper.opening,
        "blocks": blocks,
        "receivers": [f"- {text}" if index == last else f"- {text};" for index, text in enumerate(paper.receivers)],
        "signatures": [{"title": signature.title, "name": signature.name} for signature in paper.signatures],
    }


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"type": "heading", "text": block.text, "level": block.level}
    if isinstance(block, Paragraph):
        return {"type": "paragraph", "text": f"- {block.text}" if block.bullet else block.text}
    return {
        "type": "table",
        "columns": [{"title": column.title, "width": column.width, "align": column.align} for column in block.columns],
        "rows": [[cell.text for cell in row] for row in block.rows],
        "total_rows": block.total_rows,
        "stays_whole": block.stays_whole,
    }
