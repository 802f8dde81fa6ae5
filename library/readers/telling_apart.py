"""What tells pupils of one name apart on a printed card, and no more than that. Pure, rule L201.

On the screen it is the whole birth date (model.py); a card is carried about and lost. Next: cards.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from library.foundation.vietnamese import nfc
from library.readers.model import ReaderCard

FEWEST_DIGITS = 3


def marks_of_namesakes(members: Sequence[ReaderCard]) -> dict[int, str]:
    """Reader id -> the second line of the card, for those of a class who share their whole name; others have none.

    Day and month of birth; where these do not tell all of them apart (twins, dates not kept), as few last digits
    of the pupils' codes as do. With neither, the card number below has to.
    """
    by_name: dict[str, list[ReaderCard]] = defaultdict(list)
    for member in members:
        by_name[nfc(member.full_name).casefold()].append(member)
    marks: dict[int, str] = {}
    for same in by_name.values():
        if len(same) > 1:
            marks |= _by_birthday(same) or _by_code(same)
    return marks


def _by_birthday(same: Sequence[ReaderCard]) -> dict[int, str]:
    days = {one.id: f"sinh {one.born_on:%d/%m}" for one in same if one.born_on is not None}
    return days if len(set(days.values())) == len(same) else {}


def _by_code(same: Sequence[ReaderCard]) -> dict[int, str]:
    codes = {one.id: one.education_id for one in same if one.education_id}
    longest = max((len(code) for code in codes.values()), default=0)
    for digits in range(FEWEST_DIGITS, longest + 1):
        ends = {reader_id: code[-digits:] for reader_id, code in codes.items()}
        if len(set(ends.values())) == len(same):
            return {reader_id: f"mã … {end}" for reader_id, end in ends.items()}
    return {}
