"""MARC 21 records as bytes and as XML: the source of truth of the catalogue.

Only this module and catalog_imports import pymarc; others take its types from here. Damaged bytes of other
systems are repaired before they come here, in catalog_imports/marc_decode.py.
Next: marc_fields.py (record -> our fields), marc_edit.py (our fields -> record).
"""

from __future__ import annotations

import re
import unicodedata

from lxml import etree
from pymarc import Field, Indicators, Leader, Record, Subfield

from library.foundation.errors import InvalidInput

__all__ = ["Field", "Indicators", "Leader", "MarcRecord", "Subfield", "read_marc", "to_bytes", "to_blob", "to_xml"]

MarcRecord = Record  # the type's name for modules that may not import pymarc
MAX_FIELD_BYTES = 9_999
MAX_RECORD_BYTES = 99_999
MARCXML_NS = "http://www.loc.gov/MARC21/slim"
_SEPARATORS = {0x1D: " ", 0x1E: " ", 0x1F: " "}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_marc(blob: bytes) -> Record:
    """The record kept in `record.marc`: ISO 2709 in UTF-8, or MARCXML where ISO 2709 has no room for it."""
    data = bytes(blob)
    if data[:1] == b"<":
        return record_of_xml(parse_xml(data))
    return Record(data=data, to_unicode=True, force_utf8=True)


def to_bytes(record: Record) -> bytes:
    """ISO 2709 in UTF-8, NFC, leader/09 = a.

    InvalidInput(`marc_too_big`) when a field is over 9,999 bytes or the record over 99,999: pymarc would
    write those unreadable (marc.md §8). MARCXML has no such limit.
    """
    directory: list[str] = []
    body: list[bytes] = []
    offset = 0
    for field in record.fields:
        if field.control_field:
            text = _clean(field.data or "")
        else:
            pieces = ["".join(field.indicators) if field.indicators else "  "]
            for code, value in field.subfields:
                pieces.append(f"\x1f{code}{_clean(value or '')}")
            text = "".join(pieces)
        data = (text if text.isascii() else unicodedata.normalize("NFC", text)).encode() + b"\x1e"
        length = len(data)
        if length > MAX_FIELD_BYTES:
            raise InvalidInput("marc_too_big", tag=field.tag, bytes=length, limit=MAX_FIELD_BYTES)
        directory.append(f"{field.tag:0>3.3}{length:04d}{offset:05d}")
        body.append(data)
        offset += length
    base = 24 + 12 * len(directory) + 1
    total = base + offset + 1
    if total > MAX_RECORD_BYTES:
        raise InvalidInput("marc_too_big", tag="", bytes=total, limit=MAX_RECORD_BYTES)
    leader = str(record.leader)
    head = f"{total:05d}{leader[5:9]}a22{base:05d}{leader[17:20]}4500{''.join(directory)}\x1e"
    return b"".join((head.encode("ascii", "replace"), *body, b"\x1d"))


def to_blob(record: Record) -> bytes:
    """What table `record` keeps: ISO 2709, or MARCXML when the record does not fit into it."""
    try:
        return to_bytes(record)
    except InvalidInput:
        return to_xml(record)


def _clean(value: str) -> str:
    """The three separators of ISO 2709 cannot stand inside a value."""
    if value.isprintable():
        return value
    return value.translate(_SEPARATORS)


def to_xml_element(record: Record) -> etree._Element:
    """The record as a MARCXML <record> element; characters that XML cannot hold are left out."""
    element = etree.Element(f"{{{MARCXML_NS}}}record", nsmap={None: MARCXML_NS})
    leader = str(record.leader)
    etree.SubElement(element, f"{{{MARCXML_NS}}}leader").text = _xml_text(f"{leader[:9]}a{leader[10:]}")
    for field in record.fields:
        if field.control_field:
            child = etree.SubElement(element, f"{{{MARCXML_NS}}}controlfield", tag=_xml_text(field.tag))
            child.text = _xml_text(field.data or "")
            continue
        first, second = field.indicators or (" ", " ")
        child = etree.SubElement(
            element,
            f"{{{MARCXML_NS}}}datafield",
            tag=_xml_text(field.tag),
            ind1=_xml_text(first),
            ind2=_xml_text(second),
        )
        for code, value in field.subfields:
            sub = etree.SubElement(child, f"{{{MARCXML_NS}}}subfield", code=_xml_text(code))
            sub.text = _xml_text(value or "")
    return element


def to_xml(record: Record) -> bytes:
    """One MARCXML record without a collection around it, UTF-8."""
    return bytes(etree.tostring(to_xml_element(record), encoding="utf-8"))


def _xml_text(value: str) -> str:
    return _NOT_XML.sub("", unicodedata.normalize("NFC", value))


def parse_xml(data: bytes) -> etree._Element:
    """Bytes -> element, without entities, DTD or network. lxml.etree.XMLSyntaxError when not well-formed."""
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))


def record_of_xml(element: etree._Element) -> Record:
    """A well-formed MARCXML <record> as a record. Strict ways of the import are in catalog_imports."""
    record = Record()
    for child in element:
        name = etree.QName(child).localname if isinstance(child.tag, str) else ""
        if name == "leader":
            record.leader = Leader(f"{child.text or '':<24.24}")
        elif name == "controlfield":
            record.fields.append(Field(tag=child.get("tag", ""), data=child.text or ""))
        elif name == "datafield":
            subfields = [Subfield(sub.get("code", ""), sub.text or "") for sub in child if isinstance(sub.tag, str)]
            indicators = Indicators(child.get("ind1") or " ", child.get("ind2") or " ")
            record.fields.append(Field(tag=child.get("tag", ""), indicators=indicators, subfields=subfields))
    return record
