"""A paper as a DOCX file in the frame of NĐ 30/2020/NĐ-CP: A4, Times New Roman, real tables, ready to sign.

Only python-docx and the few bits of OOXML it has no words for. Next: paper.py (what is printed).
"""

from __future__ import annotations

import io

from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Length, Mm, Pt, RGBColor
from docx.table import Table as DocxTable
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph as DocxParagraph
from docx.text.run import Run

from library.reporting.paper import COUNTRY, END_MARK, MOTTO, Heading, Paper, Paragraph, Table

FONT = "Times New Roman"
PAGE_WIDTH, PAGE_HEIGHT = Mm(210), Mm(297)
LEFT, RIGHT, TOP, BOTTOM = Mm(30), Mm(15), Mm(20), Mm(20)
TEXT_WIDTH = Mm(210 - 30 - 15)
FIRST_LINE = Cm(1.27)
_ALIGN = {
    "left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT,
}  # fmt: skip
CENTER = WD_ALIGN_PARAGRAPH.CENTER


def render_docx(paper: Paper) -> bytes:
    """Bytes of the .docx file."""
    document = Document()
    _set_up(document, paper)
    _letterhead(document, paper)
    _title(document, paper)
    # The end mark ./. closes the last sentence of the paper, wherever that is.
    for position, block in enumerate(paper.blocks):
        if isinstance(block, Heading):
            _heading(document, block)
        elif isinstance(block, Paragraph):
            text = f"- {block.text}" if block.bullet else block.text
            if position == len(paper.blocks) - 1:
                text = text.rstrip(".") + END_MARK
            _body(document, text)
        else:
            _table(document, block)
    _foot(document, paper)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _set_up(document: DocxDocument, paper: Paper) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = PAGE_WIDTH, PAGE_HEIGHT
    section.left_margin, section.right_margin = LEFT, RIGHT
    section.top_margin, section.bottom_margin = TOP, BOTTOM
    section.header_distance = Mm(10)
    normal = document.styles["Normal"]
    normal.font.name = FONT
    normal.font.size = Pt(14)
    normal.font.color.rgb = RGBColor(0, 0, 0)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    for attribute in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(attribute), FONT)
    language = OxmlElement("w:lang")
    for attribute in ("w:val", "w:eastAsia"):
        language.set(qn(attribute), "vi-VN")
    normal.element.get_or_add_rPr().append(language)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    document.core_properties.title = f"{paper.kind}: {paper.subject[0]}"
    document.core_properties.author = paper.school
    document.core_properties.language = "vi-VN"
    # Page number from page 2 on, top centre.
    section.different_first_page_header_footer = True
    header = section.header.paragraphs[0]
    header.alignment = CENTER
    _page_field(header)


def _page_field(paragraph: DocxParagraph) -> None:
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        run.font.size = Pt(13)
        if kind is None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = text
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)


def _letterhead(document: DocxDocument, paper: Paper) -> None:
    left_width, right_width = Mm(70), Mm(95)
    table = _bare_table(document, (left_width, right_width))
    left, right = table.rows[0].cells
    _line(left, paper.superior, 12, first=True)
    _line(left, paper.school, 12, bold=True)
    _rule(left, left_width, Mm(26))
    _line(right, COUNTRY, 12, bold=True, first=True)
    _line(right, MOTTO, 13, bold=True)
    _rule(right, right_width, Mm(56))
    numbers = table.add_row().cells
    _line(numbers[0], paper.number_line, 13, first=True)
    _line(numbers[1], paper.place_and_date, 13, italic=True, first=True)


def _title(document: DocxDocument, paper: Paper) -> None:
    kind = _paragraph(document, before=14)
    kind.alignment = CENTER
    _run(kind, paper.kind, 14, bold=True)
    for text in paper.subject:
        line = _paragraph(document)
        line.alignment = CENTER
        _run(line, text, 14, bold=True)
    rule = _paragraph(document)
    _border_above(rule, (TEXT_WIDTH - Mm(50)) // 2)
    if paper.recipient:
        to = _paragraph(document, before=8, after=8)
        to.alignment = CENTER
        _run(to, f"Kính gửi: {paper.recipient}", 14)
    _body(document, paper.opening)


def _heading(document: DocxDocument, block: Heading) -> None:
    paragraph = _paragraph(document, before=10 if block.level == 1 else 6, after=4)
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.first_line_indent = FIRST_LINE
    _outline(paragraph, block.level)
    _run(paragraph, block.text, 14, bold=True)


def _outline(paragraph: DocxParagraph, level: int) -> None:
    """So that Word's navigation pane lists the parts, without the looks of its heading styles."""
    element = OxmlElement("w:outlineLvl")
    element.set(qn("w:val"), str(level - 1))
    paragraph._p.get_or_add_pPr().append(element)


def _body(document: DocxDocument, text: str) -> None:
    paragraph = _paragraph(document, before=3, after=3)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    paragraph.paragraph_format.first_line_indent = FIRST_LINE
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.MULTIPLE
    paragraph.paragraph_format.line_spacing = 1.15
    _run(paragraph, text, 14)


def _table(document: DocxDocument, block: Table) -> None:
    table = document.add_table(rows=1, cols=len(block.columns))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    widths = [Length(int(TEXT_WIDTH * column.width)) for column in block.columns]
    _grid(table, widths)
    size = 12 if len(block.columns) < 7 else 11
    head = table.rows[0]
    _repeat_header(head)
    for cell, column, width in zip(head.cells, block.columns, widths, strict=True):
        cell.width = width
        _line(cell, column.title, size, bold=True, first=True, middle=True)
    if block.stays_whole:
        _keep_with_next(head)
    first_total = len(block.rows) - block.total_rows
    for index, values in enumerate(block.rows):
        row = table.add_row()
        _keep_whole(row)
        for cell, column, value, width in zip(row.cells, block.columns, values, widths, strict=True):
            cell.width = width
            _line(
                cell, value.text, size, bold=block.total_rows > 0 and index >= first_total, first=True,
                align=_ALIGN[column.align], middle=True,
            )  # fmt: skip
        if block.stays_whole and index < len(block.rows) - 1:
            _keep_with_next(row)
    _paragraph(document, after=2).paragraph_format.line_spacing = Pt(6)


def _foot(document: DocxDocument, paper: Paper) -> None:
    _paragraph(document).paragraph_format.line_spacing = Pt(10)
    table = _bare_table(document, (Mm(47), Mm(56), Mm(62)))
    receivers, *signers = table.rows[0].cells
    _keep_whole(table.rows[0])
    _line(receivers, "Nơi nhận:", 12, bold=True, italic=True, first=True, align=_ALIGN["left"])
    for position, receiver in enumerate(paper.receivers):
        last = position == len(paper.receivers) - 1
        _line(receivers, f"- {receiver}" if last else f"- {receiver};", 11, align=_ALIGN["left"])
    for cell, signature in zip(signers, paper.signatures, strict=True):
        _line(cell, signature.title, 13, bold=True, first=True)
        for _ in range(4):
            _line(cell, "", 13)
        _line(cell, signature.name, 14, bold=True)


def _bare_table(document: DocxDocument, widths: tuple[Length, ...]) -> DocxTable:
    table = document.add_table(rows=1, cols=len(widths))
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _grid(table, list(widths))
    for cell, width in zip(table.rows[0].cells, widths, strict=True):
        cell.width = width
    _no_cell_margins(table)
    return table


def _grid(table: DocxTable, widths: list[Length]) -> None:
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width


def _no_cell_margins(table: DocxTable) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        element = OxmlElement(f"w:{side}")
        element.set(qn("w:w"), "0")
        element.set(qn("w:type"), "dxa")
        margins.append(element)
    # tblLook must stay last in tblPr.
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    if look is None:
        table._tbl.tblPr.append(margins)
    else:
        look.addprevious(margins)


def _repeat_header(row: _Row) -> None:
    """A table that runs over the page shows its head again."""
    _keep_whole(row)
    element = OxmlElement("w:tblHeader")
    row._tr.get_or_add_trPr().append(element)


def _keep_whole(row: _Row) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _keep_with_next(row: _Row) -> None:
    for cell in row.cells:
        for paragraph in cell.paragraphs:
            paragraph.paragraph_format.keep_with_next = True


def _paragraph(document: DocxDocument, before: int = 0, after: int = 0) -> DocxParagraph:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(before)
    paragraph.paragraph_format.space_after = Pt(after)
    return paragraph


def _run(paragraph: DocxParagraph, text: str, size: int, *, bold: bool = False, italic: bool = False) -> Run:
    run = paragraph.add_run(text)
    run.bold, run.italic = bold, italic
    run.font.size = Pt(size)
    return run


def _line(
    cell: _Cell, text: str, size: int, *, bold: bool = False, italic: bool = False, first: bool = False,
    align: WD_ALIGN_PARAGRAPH = CENTER, middle: bool = False,
) -> None:  # fmt: skip
    """One line of a cell; `first` uses the paragraph every new cell has."""
    paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
    paragraph.alignment = align
    if middle:
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    _run(paragraph, text, size, bold=bold, italic=italic)


def _rule(cell: _Cell, cell_width: Length, length: Length) -> None:
    """The short line under a letterhead block: the upper border of an empty, indented paragraph."""
    paragraph = cell.add_paragraph()
    _border_above(paragraph, (cell_width - length) // 2)


def _border_above(paragraph: DocxParagraph, indent: int) -> None:
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Length(indent)
    paragraph.paragraph_format.space_before = Pt(2)
    paragraph.paragraph_format.line_spacing = Pt(6)
    borders = OxmlElement("w:pBdr")
    top = OxmlElement("w:top")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
        top.set(qn(f"w:{name}"), value)
    borders.append(top)
    # pBdr must stand before spacing and indents in pPr, or Word calls the file damaged.
    properties = paragraph._p.get_or_add_pPr()
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct",
        "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid",
        "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc",
        "w:textDirection", "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle",
        "w:rPr", "w:sectPr", "w:pPrChange",
    )  # fmt: skip
