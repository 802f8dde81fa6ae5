"""What a file is, by its content, never by its name: a PDF named .mrc is a PDF. Next: service.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from library.foundation.errors import InvalidInput

MarcForm = Literal["iso2709", "marcxml"]
_LEADER = re.compile(rb"[0-9]{5}[ -~]{7}[0-9 ^#]{5}[ -~]{7}")
_DIRECTORY = re.compile(rb"[0-9A-Za-z]{3}[0-9]{9}\x1e")
_XML_RECORD = re.compile(rb"<(?:[\w.-]+:)?(?:collection|record|leader)[\s/>]")
HEAD = 65_536
MARC_WANTED = "MARC (.mrc hoặc .xml)"
SHEET_WANTED = "Excel (.xlsx) hoặc CSV"


def check_size(path: Path, name: str, limit_mb: int) -> int:
    """Bytes of the file. InvalidInput when it is empty or larger than `limit_mb` MB."""
    size = path.stat().st_size
    if size == 0:
        raise InvalidInput("import_empty", field="file", name=name)
    if size > limit_mb * 1024 * 1024:
        raise InvalidInput("import_too_large", field="file", name=name, limit_mb=limit_mb)
    return size


def detect_marc(path: Path, name: str) -> MarcForm:
    """`iso2709` or `marcxml`; InvalidInput says what the file is instead."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    if not head.strip(b" \t\r\n\x00\x1a\xef\xbb\xbf\xff\xfe"):
        raise InvalidInput("import_empty", field="file", name=name)
    _refuse_others(head, name, MARC_WANTED)
    if head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise InvalidInput("import_sheet_for_marc", field="file", name=name)
    text = head
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "ignore").encode()
    if text.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        if b"<!doctype" in text[:4096].lower() and b"<html" not in text[:4096].lower():
            raise InvalidInput("import_xml_dtd", field="file", name=name)
        if _XML_RECORD.search(text):
            return "marcxml"
        raise InvalidInput("import_not_marc", field="file", name=name)
    if _XML_RECORD.search(text[:4096]) and b"\x1e" not in text:
        return "marcxml"
    # Terminators say MARC even when the first leader is damaged; a leader alone says a cut-off record.
    if b"\x1e" in head and (_LEADER.search(head[:4096]) or (b"\x1d" in head and _DIRECTORY.search(head))):
        return "iso2709"
    raise InvalidInput("import_not_marc", field="file", name=name)


def is_marc(path: Path) -> bool:
    """Does the file hold MARC records, whatever it was offered as?"""
    try:
        detect_marc(path, path.name)
    except InvalidInput:
        return False
    return True


def refuse_for_sheet(path: Path, name: str) -> None:
    """Say clearly when a file offered as a list of books is something else (sheets.py refuses the rest)."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
    _refuse_others(head, name, SHEET_WANTED)
    if b"\x1d" in head and b"\x1e" in head and not head.startswith((b"PK", b"\xff\xfe", b"\xfe\xff")):
        raise InvalidInput("import_marc_for_sheet", field="file", name=name)


def _refuse_others(head: bytes, name: str, wanted: str) -> None:
    if b"%PDF-" in head[:1024]:
        raise InvalidInput("import_pdf", field="file", name=name, wanted=wanted)
    if head.startswith((b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"BZh", b"\xfd7zXZ")):
        raise InvalidInput("import_archive", field="file", name=name, wanted=wanted)
