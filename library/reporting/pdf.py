"""A paper as PDF: what report.typ is given to set. How a page is set: library/foundation/typesetting.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from library.foundation.typesetting import typeset
from library.reporting.paper import COUNTRY, END_MARK, MOTTO, Block, Heading, Paper, Paragraph

_FOLDER = Path(__file__).parent


def render_pdf(paper: Paper) -> bytes:
    """Bytes of the .pdf file."""
    return typeset(_FOLDER / "report.typ", "paper", _paper(paper))


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
