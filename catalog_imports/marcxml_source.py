"""MARCXML as records, one by one: one broken record does not take the file with it.

The text is cut at its <record> tags before any parsing, so that several roots, a broken record in the middle
or OAI wrappers around records do no harm (marc.md §6). Each piece is parsed alone, without entities, DTD or
network; a file with a DOCTYPE is refused whole. Next: books_source.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator

from lxml import etree
from pymarc import Field, Indicators, Leader, Record, Subfield

from catalog_imports.marc_decode import kind_problem
from catalog_imports.model import SourceItem
from catalog_imports.problems import Problem
from library.foundation.errors import InvalidInput

# What begins a comment or CDATA, or a whole tag. Its end is looked for by hand: a pattern would look again to
# the end of the file for every "<!--" that nobody closed.
_TAG = re.compile(r"<!--|<!\[CDATA\[|<(/?)((?:[\w.-]{1,60}:)?)record(?=[\s/>])([^<>]*)>")
_ENDS = {"<!--": "-->", "<![CDATA[": "]]>"}
_OWN_CONTENT = re.compile("leader|field")
_DEEPEST_WRAPPER = 8
"""OAI wraps a record in two others; many more open ones are records that lost their end tags."""
_NAMESPACES = re.compile(r"""xmlns(?::[\w.-]+)?\s*=\s*(?:"[^"]*"|'[^']*')""")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([\w.-]+)["']""")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = {code: " " for code in (*range(0x20), 0x7F)}
_CODE = re.compile(r"[!-~]")
_TAG_NAME = re.compile(r"[0-9A-Za-z]{3}")


def decode_xml(data: bytes, name: str = "") -> tuple[str, str]:
    """(text, encoding) by byte order mark, declaration, else UTF-8; bad bytes become U+FFFD.

    InvalidInput(`import_xml_dtd`) for a file with a DOCTYPE.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text, encoding = data.decode("utf-16", "replace"), "utf-16"
    else:
        clean = data.removeprefix(b"\xef\xbb\xbf")
        declared = _DECLARED.match(clean[:300])
        encoding = declared.group(1).decode("ascii").lower() if declared else "utf-8"
        try:
            text = clean.decode(encoding, "replace")
        except (LookupError, UnicodeError):  # no such encoding, or Python's "undefined" and "idna"
            text, encoding = clean.decode("utf-8", "replace"), "utf-8"
    if re.search(r"<!DOCTYPE|<!ENTITY", text, re.IGNORECASE):
        raise InvalidInput("import_xml_dtd", name=name)
    return text, encoding


def cut_records(text: str) -> list[tuple[int, int, bool]]:
    """(start, end, closed) of every innermost <record>, in order; one without end tag reaches to the next."""
    pieces: list[tuple[int, int, bool]] = []
    open_at: list[tuple[str, int, bool]] = []  # prefix, start, holds an inner record
    open_prefixes: Counter[str] = Counter()
    for match in _tags(text):
        prefix = match.group(2)
        if not match.group(1):
            if match.group(3).endswith("/"):
                pieces.append((match.start(), match.end(), True))
            else:
                open_at.append((prefix, match.start(), False))
                open_prefixes[prefix] += 1
            continue
        if not open_prefixes[prefix]:
            continue  # an end tag without a beginning
        while open_at:
            opened, start, holds = open_at.pop()
            open_prefixes[opened] -= 1
            if opened == prefix:
                if not holds:
                    pieces.append((start, match.end(), True))
                    open_at[-_DEEPEST_WRAPPER:] = [
                        (name, begin, inner or _wraps(text, begin, start))
                        for name, begin, inner in open_at[-_DEEPEST_WRAPPER:]
                    ]
                break
            if not holds:
                pieces.append((start, match.start(), False))
    for _, start, holds in open_at:
        if not holds:
            pieces.append((start, len(text), False))
    pieces.sort()
    return [
        (start, end if closed else min(end, pieces[place + 1][0] if place + 1 < len(pieces) else end), closed)
        for place, (start, end, closed) in enumerate(pieces)
    ]


def _tags(text: str) -> Iterator[re.Match[str]]:
    """Every <record> and </record>; those inside a comment or CDATA do not count."""
    at, endless = 0, set()
    while match := _TAG.search(text, at):
        at = match.end()
        if match.group(2) is not None:
            yield match
            continue
        mark = _ENDS[match.group()]
        end = -1 if mark in endless else text.find(mark, at)
        if end < 0:
            endless.add(mark)
        else:
            at = end + len(mark)


def _wraps(text: str, begin: int, inner: int) -> bool:
    """Is the outer <record> a wrapper (OAI), not a MARC record that lost its end tag?"""
    return _OWN_CONTENT.search(text, begin, inner) is None


def read_marcxml(data: bytes, name: str = "") -> Iterator[SourceItem]:
    """Every record of the file in order. InvalidInput when it has none or carries a DOCTYPE."""
    text, encoding = decode_xml(data, name)
    pieces = cut_records(text)
    if not pieces:
        raise InvalidInput("import_not_marc", name=name)
    spaces = " ".join(dict.fromkeys(_NAMESPACES.findall(text[: pieces[0][0]][-4000:])))
    defaults = re.findall(r'xmlns\s*=\s*(?:"[^"]*"|\'[^\']*\')', spaces)
    for extra in defaults[1:]:
        spaces = spaces.replace(extra, "")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    for position, (start, end, closed) in enumerate(pieces, start=1):
        piece = text[start:end]
        raw = piece.encode("utf-8", "replace")
        if not closed:
            yield SourceItem(position, None, raw, [Problem("xml_unclosed", "error", "XML")], encoding=encoding)
            continue
        yield _read_piece(piece, raw, spaces, position, encoding, parser)


def _read_piece(
    piece: str, raw: bytes, spaces: str, position: int, encoding: str, parser: etree.XMLParser
) -> SourceItem:
    problems: list[Problem] = []
    cleaned = _NOT_XML.sub("\ufffd", piece)
    if "\ufffd" in cleaned:
        problems.append(Problem("encoding_damaged", "warning", "XML"))
    try:
        root = etree.fromstring(f"<root {spaces}>{cleaned}</root>".encode(), parser)
        element = root[0]
    except (etree.XMLSyntaxError, IndexError) as error:
        detail = str(getattr(error, "msg", error))[:120]
        return SourceItem(position, None, raw, [Problem("xml_broken", "error", "XML", {"detail": detail})],
                          encoding=encoding)  # fmt: skip
    record = _record_of(element, problems)
    if not record.fields:
        problems.append(Problem("no_fields", "error", "XML"))
    else:
        wrong_kind = kind_problem(record)
        if wrong_kind is None:
            return SourceItem(position, record, b"", problems, encoding=encoding)
        problems.append(wrong_kind)
    return SourceItem(position, None, raw, problems, encoding=encoding)


def _record_of(element: etree._Element, problems: list[Problem]) -> Record:
    record = Record()
    bad: dict[str, None] = {}
    leader = ""
    for child in element:
        kind = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if kind == "leader":
            leader = "".join(char if " " <= char <= "~" else " " for char in child.text or "")
        elif kind in ("controlfield", "datafield"):
            tag = (child.get("tag") or "").strip()
            if not _TAG_NAME.fullmatch(tag):
                bad[tag or "?"] = None
                continue
            if kind == "controlfield":
                if tag < "010" and tag.isdigit():
                    record.fields.append(Field(tag=tag, data=_value(child)))
                else:
                    bad[tag] = None
                continue
            if tag < "010" and tag.isdigit():
                bad[tag] = None
                continue
            subfields = []
            for sub in child:
                if not isinstance(sub.tag, str):
                    continue
                code = sub.get("code") or ""
                if not _CODE.fullmatch(code):
                    bad[tag] = None
                    continue
                subfields.append(Subfield(code, _value(sub)))
            indicators = Indicators(_indicator(child.get("ind1")), _indicator(child.get("ind2")))
            record.fields.append(Field(tag=tag, indicators=indicators, subfields=subfields))
    problems.extend(Problem("xml_field_bad", "warning", tag) for tag in bad)
    if len(leader) != 24:
        problems.append(Problem("leader_repaired", "warning", "LDR", {"what": "độ dài đầu biểu"}))
    leader = f"{leader:<24.24}"
    record.leader = Leader(f"00000{leader[5:9]}a2200000{leader[17:20]}4500")
    return record


def _value(element: etree._Element) -> str:
    text = "".join(element.itertext()) if len(element) else element.text or ""
    if not text.isprintable():  # line ends and tabs of a pretty-printed file
        text = text.translate(_SPACES)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _indicator(value: str | None) -> str:
    return value if value and len(value) == 1 and " " <= value <= "~" else " "
