"""Which pieces of a title match the query, accents aside. Pieces of plain text: the template escapes them.

Pure; usable on any text of a record. Next: analysis.py.
"""

from __future__ import annotations

from library.foundation.vietnamese import nfc
from library.searching.analysis import parse_query, syllables_with_places


def highlight(text: str, query: str) -> list[tuple[str, bool]]:
    """`text` cut into (piece, is_hit); joined they are `nfc(text)`. Neighbouring hits are one piece."""
    clean = nfc(text)
    wanted = {syllable.folded for syllable in parse_query(query).syllables}
    hits: list[tuple[int, int]] = []
    for syllable, start, end in syllables_with_places(clean):
        if syllable.folded not in wanted:
            continue
        if hits and not clean[hits[-1][1] : start].strip():
            hits[-1] = (hits[-1][0], end)
        else:
            hits.append((start, end))
    pieces: list[tuple[str, bool]] = []
    place = 0
    for start, end in hits:
        if start > place:
            pieces.append((clean[place:start], False))
        pieces.append((clean[start:end], True))
        place = end
    if place < len(clean):
        pieces.append((clean[place:], False))
    return pieces
