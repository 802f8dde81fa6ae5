"""Choosing a reader and a book on a page: by scan, by name, by words of the title. Several fit: pick one.

Works by plain addresses: `who`/`what` are what was typed, `reader`/`record`/`copy` what is chosen.
Used by pages/rules.py and pages/waiting.py; templates/lending/holds_choose.html shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app

from library.cataloguing.model import RecordCard
from library.cataloguing.queries import find_copy_by_number, list_cards
from library.contract.codes import word
from library.contract.scans import classify_scan, clean_scan, looks_like_card
from library.foundation.vietnamese import nfc
from library.lending.scanned_codes import is_card_misread, misread_card
from library.readers.model import ReaderCard
from library.readers.queries import find_by_card, find_reader_card, search_readers
from library.searching.model import SearchRequest
from library.web.form_values import parse_id

MOST = 12
LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderChoice:
    """`chosen`, or `candidates` to pick from (of `total`), or `error` in words."""

    typed: str = ""
    chosen: ReaderCard | None = None
    candidates: tuple[ReaderCard, ...] = ()
    total: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChoice:
    """`copy_id` and `barcode` only when a copy itself was scanned."""

    typed: str = ""
    chosen: RecordCard | None = None
    copy_id: int | None = None
    barcode: str = ""
    candidates: tuple[RecordCard, ...] = ()
    total: int = 0
    error: str = ""


def choose_reader(args: Mapping[str, str]) -> ReaderChoice:
    """`who` is a card or a name; `reader` an id already chosen."""
    reader_id = parse_id(args.get("reader"))
    typed = nfc(args.get("who", ""))[:LONGEST]
    if reader_id is not None:
        card = find_reader_card(reader_id)
        return ReaderChoice(chosen=card) if card else ReaderChoice(error=word("reader_missing"))
    if not typed:
        return ReaderChoice()
    scanned = classify_scan(typed)
    if scanned.kind == "card":
        card = find_by_card(scanned.text)
        if card is None:
            return ReaderChoice(typed=typed, error=word("reader_unknown", {"card": scanned.text}))
        return ReaderChoice(chosen=card)
    found, total = search_readers(typed, limit=MOST)
    if total == 1:
        return ReaderChoice(chosen=found[0])
    if not found:
        if find_copy_by_number(clean_scan(typed)) is not None:
            return ReaderChoice(typed=typed, error=word("not_a_card", {"barcode": clean_scan(typed)}))
        if is_card_misread(typed):  # L211, L233
            reason = misread_card(typed)
            return ReaderChoice(typed=typed, error=word(reason.code, reason.params))
        words = f"Không tìm thấy bạn đọc “{typed[:60]}”. Quét thẻ, hoặc gõ họ tên và lớp."
        return ReaderChoice(typed=typed, error=words)
    return ReaderChoice(typed=typed, candidates=tuple(found), total=total)


def choose_book(args: Mapping[str, str]) -> BookChoice:
    """`what` is a barcode, an accession number, an ISBN or words; `record` (with `copy`) is already chosen."""
    record_id = parse_id(args.get("record"))
    typed = nfc(args.get("what", ""))[:LONGEST]
    if record_id is not None:
        cards = list_cards([record_id])
        if not cards:
            return BookChoice(error=word("record_unknown", {"record_id": record_id}))
        return BookChoice(chosen=cards[0], copy_id=parse_id(args.get("copy")), barcode=args.get("barcode", "")[:40])
    if not typed:
        return BookChoice()
    copy = find_copy_by_number(clean_scan(typed))
    if copy is not None:
        cards = list_cards([copy.record_id])
        if cards:
            return BookChoice(chosen=cards[0], copy_id=copy.id, barcode=copy.barcode)
    if looks_like_card(clean_scan(typed)):
        return BookChoice(typed=typed, error=word("not_a_copy", {"barcode": clean_scan(typed)}))
    page = current_app.extensions["kesach_search"].search(SearchRequest(query=typed, per_page=MOST))
    cards = list_cards(page.record_ids)
    if len(cards) == 1 and page.total == 1:
        return BookChoice(chosen=cards[0])
    if not cards:
        return BookChoice(
            typed=typed, error=f"Không tìm thấy sách “{typed[:60]}”. Quét mã trên sách, hoặc gõ vài chữ của nhan đề."
        )
    return BookChoice(typed=typed, candidates=tuple(cards), total=page.total)
