"""Lending beside a mobile shelf, line by line (L148): a card opens its reader, a book of somebody is taken back, a free
one is lent. Each line is an act of its own; what was refused is kept, under its card, to be sent again.
"""

from __future__ import annotations

from datetime import date, datetime

from library.contract.codes import word
from library.contract.scans import classify_scan, clean_scan
from library.foundation.audit import Actor
from library.foundation.clock import at_local, today
from library.foundation.errors import KesachError, Reason, Refused
from library.lending.desk_facts import CopyAtDesk, find_copy, find_reader, unknown_card
from library.lending.model import SHELF_COMMENT, Channel
from library.lending.rules import STATUS_REASONS, make_reason
from library.lending.scanned_codes import is_card_misread, misread_card, unknown_copy
from library.lending.service import check_in, check_out
from library.lending.settings_reader import find_year_row

_NOT_IN_SERVICE = {**STATUS_REASONS, "missing": "copy_missing"}


class ShelfScans:
    """One sheet of lines. `acts`: (tone ok | reader | notice | no, code, words); `left`: lines to put right.

    `day` is that of the paper; today's lines carry the moment of the scan.
    """

    def __init__(self, unit_id: int, shelf: str, day: date, actor: Actor) -> None:
        self.acts: list[tuple[str, str, str]] = []
        self.left: list[str] = []
        self._unit_id, self._shelf, self._day, self._actor = unit_id, shelf, day, actor
        self._card = ""  # of the open reader
        self._card_awaited = False  # L218: a card could not be read
        self._card_left = ""  # the card above the newest refused line
        self._before = ""
        self._lent: set[str] = set()  # to the open reader, on this sheet

    def take(self, line: str) -> None:
        """Do what one line asks for; refusals are words, not errors."""
        text = classify_scan(line).text
        if len(line) > len(text) and is_card_misread(line):
            text = clean_scan(line)  # L233: the card may stand where a long line is cut
        elif _is_name(line, text):
            text = line.strip()[:60]  # as it was typed
        try:
            tone, said = self._act(text)
        except Refused as refusal:
            tone, said = "no", " ".join(word(reason.code, reason.params) for reason in refusal.reasons)
        except KesachError as error:
            tone, said = "no", word(error.code, error.params)
        self._before = text
        self.acts.append((tone, text, said))
        if tone != "no":
            return
        if self._card and self._card != self._card_left:  # each refused book below its own card
            self.left.append(self._card)
        self._card_left = self._card
        if self.left[-1:] != [text]:
            self.left.append(text)

    def _act(self, text: str) -> tuple[str, str]:
        if classify_scan(text).kind == "card":
            return self._open(text)
        copy = find_copy(barcode=text)
        if copy is None:
            if is_card_misread(text):
                return self._close(misread_card(text))
            if _is_name(text, text):
                self._close_card()
                return "no", f"Ở đây không nhận tên “{text}”. Quét thẻ bạn đọc, rồi quét lại sách."
            raise Refused([unknown_copy(text)])
        if text == self._before or (self._card and text in self._lent):
            return "notice", f"{copy.title}: quét hai lần, tính một"  # L220
        if copy.facts.loan is not None:
            back = check_in(
                text, actor=self._actor, channel=Channel.MOBILE, occurred_at=self._at(), comment=SHELF_COMMENT
            )
            return "ok", f"Nhận trả: {back.title} ({back.reader_name})"
        return self._lend(text, copy)

    def _lend(self, text: str, copy: CopyAtDesk) -> tuple[str, str]:
        if not self._card and copy.facts.status in _NOT_IN_SERVICE:  # L219; found and taken back at the library's desk
            what = word(_NOT_IN_SERVICE[copy.facts.status], {"since": copy.facts.status_since})
            return "no", f"{copy.title}: {what[0].lower()}{what[1:]} Để riêng, mang về quầy thư viện quét."
        if self._card_awaited:
            raise Refused([make_reason("card_awaited", what="thẻ")])
        if not self._card:
            return "no", f"{copy.title}: quét thẻ bạn đọc trước."
        done = check_out(
            text, reader_card=self._card, actor=self._actor, channel=Channel.MOBILE, occurred_at=self._at(),
            at_unit=self._shelf, comment=SHELF_COMMENT,
        )  # fmt: skip
        self._lent.add(text)
        said = f"Cho mượn: {done.title}, hạn {done.due_on:%d/%m/%Y}"
        if copy.unit_id != self._unit_id:
            return "notice", f"{said}. Cuốn này không thuộc {self._shelf}: xem lại có đúng sách của tủ không"  # L220
        return "ok", said

    def _open(self, card: str) -> tuple[str, str]:
        year = find_year_row(self._day)
        reader = find_reader(card=card, year_id=None if year is None else year.id, today=self._day)
        if reader is None:
            return self._close(unknown_card(card))
        if card != self._card:
            self._lent.clear()
        self._card, self._card_awaited = card, False
        return "reader", f"{reader.full_name} ({reader.class_name or 'không có lớp'})"

    def _close(self, why: Reason) -> tuple[str, str]:
        """L218: the books below a card that could not be read are not the last reader's."""
        self._close_card()
        return "no", word(why.code, why.params)

    def _close_card(self) -> None:
        self._card, self._card_awaited, self._card_left = "", True, ""

    def _at(self) -> datetime | None:
        return None if self._day == today() else at_local(self._day, 12)


def _is_name(line: str, code: str) -> bool:
    """Words where a card or a book is wanted, and no book has them for a code."""
    is_words = not any(char.isdigit() for char in line) or " " in line.strip()
    return is_words and not is_card_misread(code) and find_copy(barcode=code) is None
