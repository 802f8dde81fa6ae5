"""The parts an official paper is made of: letterhead, headings, paragraphs, tables, signatures. Pure.

What a report puts into them is document.py; docx.py, xlsx.py, pdf.py and templates/reporting/paper.html
print them. Next: document.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

from library.reporting.narrative import number_text

WHOLE_ROWS = 12  # a table up to this long is not broken over two pages
CellKind = Literal["text", "number", "money", "percent", "ratio", "date"]
Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a table; `figure` opens to the rows behind it."""

    value: str | int | float | date | None
    kind: CellKind = "text"
    figure: str | None = None

    @property
    def text(self) -> str:
        """As Vietnamese papers write it; – where there is nothing to say."""
        if self.value is None:
            return "–"
        if isinstance(self.value, date):
            return f"{self.value:%d/%m}"
        if self.kind == "percent":
            return decimal_text(float(self.value) * 100, 1) + "%"
        if self.kind == "ratio":
            return decimal_text(float(self.value), 2)
        if isinstance(self.value, int):
            return number_text(self.value)
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Column:
    """`width` is a share of the table's width."""

    title: str
    width: float
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Heading:
    kind: ClassVar[str] = "heading"
    text: str
    level: int  # 1: I. · 2: 1.


@dataclass(frozen=True, slots=True)
class Paragraph:
    kind: ClassVar[str] = "paragraph"
    text: str
    bullet: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`key` names the sheet of a workbook; `total_rows` last rows stand out. Short ones stay on one page."""

    kind: ClassVar[str] = "table"
    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total_rows: int = 0

    @property
    def stays_whole(self) -> bool:
        return len(self.rows) <= WHOLE_ROWS


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True)
class Signature:
    title: str  # HIỆU TRƯỞNG
    name: str


@dataclass(frozen=True, slots=True)
class School:
    """What the letterhead and the foot need, from the school's settings."""

    superior: str
    name: str
    symbol: str  # BC-THCSND
    place: str
    recipient: str
    head_title: str
    head_name: str
    librarian_name: str


@dataclass(frozen=True, slots=True)
class Paper:
    """The whole document."""

    superior: str
    school: str
    number_line: str
    place_and_date: str
    kind: str  # BÁO CÁO
    subject: tuple[str, ...]
    recipient: str
    opening: str
    blocks: tuple[Block, ...]
    receivers: tuple[str, ...]
    signatures: tuple[Signature, ...]
    status: str
    version: int


COUNTRY = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
END_MARK = "./."


def decimal_text(value: float, digits: int) -> str:
    """1234.5 -> 1.234,5; a whole number is written without decimals, others keep all of them (0,10 below 0,14)."""
    text = f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))
    return text.removesuffix("," + "0" * digits)
