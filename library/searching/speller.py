"""Another spelling for a query that finds nothing: near syllables, raw Telex and VNI, likely neighbours.

Everything it knows is the index: its syllables are the dictionary, its bigrams the language. Speller is
immutable after it is made; `SpellerKeeper` makes a new one when the index has changed enough.
Next: telex.py, typeahead.py.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from math import log

from library.foundation.vietnamese import nfc
from library.searching.analysis import MOST_WORDS, syllables_with_places
from library.searching.snapshot import Snapshot
from library.searching.telex import decode_typing

_LONGEST_WORD = 12  # no Vietnamese syllable has more than seven letters; longer ones are foreign words
_BEAM = 12
_MOST_CANDIDATES = 8
_COST_UNKNOWN = 8.0
_COST_TYPED_RAW = 0.3
_COST_EDIT, _COST_FIRST_LETTER, _COST_BASE = 1.6, 0.8, 1.0


class Speller:
    """A dictionary of the syllables in one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.documents = snapshot.count_documents()
        self._frequency: dict[str, int] = {}
        for segment, _ in snapshot.parts:
            for term in segment.terms("syl"):
                self._frequency[term] = self._frequency.get(term, 0) + segment.count("syl", term)
        self._by_deletion: dict[str, list[str]] = {}
        for word in self._frequency:
            if not word.isdecimal() and len(word) <= _LONGEST_WORD:
                for shorter in _deletions(word, _edits_allowed(word)):
                    self._by_deletion.setdefault(shorter, []).append(word)

    def corrections(self, text: str, snapshot: Snapshot) -> Iterator[list[str]]:
        """Folded words that the index knows, in the order typed, likeliest first; perhaps nothing.

        First only unknown words are touched; if that changes nothing, every word is open. That the words
        stand together in a record is for the caller to find out.
        """
        typed = _typed_words(text)
        tried = [typed]
        for keep_known in (True, False):
            for corrected in self._best_paths(typed, snapshot, keep_known=keep_known):
                if corrected not in tried:
                    tried.append(corrected)
                    yield corrected

    def _best_paths(self, typed: list[str], snapshot: Snapshot, *, keep_known: bool) -> list[list[str]]:
        paths: list[tuple[float, list[str]]] = [(0.0, [])]
        for word in typed:
            known = keep_known and word in self._frequency
            candidates = {word: 0.0} if known else self._candidates(word)
            longer: list[tuple[float, list[str]]] = []
            for candidate, cost in candidates.items():
                own = cost * 2.2 - 0.15 * log(1 + self._frequency.get(candidate, 0))
                for so_far, path in paths:
                    neighbours = snapshot.count_term(f"{path[-1]}_{candidate}") if path else 0
                    longer.append((so_far + own - 0.8 * log(1 + neighbours), [*path, candidate]))
            paths = sorted(longer)[:_BEAM]
        return [path for _, path in paths]

    def _candidates(self, word: str) -> dict[str, float]:
        """Known words near this one with the cost of going there."""
        found: dict[str, float] = {}
        if word in self._frequency:
            found[word] = 0.0
        if word.isdecimal() or len(word) > _LONGEST_WORD:
            return found or {word: _COST_UNKNOWN}
        for decoded in decode_typing(word):
            if decoded.folded in self._frequency:
                found.setdefault(decoded.folded, _COST_TYPED_RAW)
        allowed = _edits_allowed(word)
        for shorter in _deletions(word, allowed):
            for near in self._by_deletion.get(shorter, ()):
                if near in found:
                    continue
                edits = damerau_distance(word, near, allowed)
                if edits <= allowed:
                    first = _COST_FIRST_LETTER if near[0] != word[0] else 0.0
                    found[near] = _COST_BASE + edits * _COST_EDIT + first
        likely = sorted(found, key=lambda near: found[near] * 3 - log(1 + self._frequency[near]))
        return {near: found[near] for near in likely[:_MOST_CANDIDATES]} or {word: _COST_UNKNOWN}


class SpellerKeeper:
    """Keeps one speller and makes it anew when the index has grown or shrunk by a twentieth."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._speller: Speller | None = None
        self._version = ""

    def speller(self, snapshot: Snapshot) -> Speller:
        with self._lock:
            known = self._speller
            documents = snapshot.count_documents()
            if (
                known is None
                or self._version != snapshot.version
                or abs(documents - known.documents) > max(20, known.documents // 20)
            ):
                known = self._speller = Speller(snapshot)
                self._version = snapshot.version
            return known


def _typed_words(text: str) -> list[str]:
    """Folded words, but digits stay inside a word here: `vie65t` is one word typed in VNI."""
    clean = nfc(text)
    words: list[str] = []
    for raw in clean.lower().split():
        stripped = raw.strip(".,;:!?()[]\"'“”…-–")
        if decode_typing(stripped) and any(char.isdecimal() for char in stripped):
            words.append(stripped)
        else:
            words += [syllable.folded for syllable, _, _ in syllables_with_places(stripped)]
    return words[:MOST_WORDS]


def _edits_allowed(word: str) -> int:
    return 1 if len(word) < 6 else 2


def _deletions(word: str, count: int) -> set[str]:
    """The word and what is left of it after taking out up to `count` letters."""
    everything = {word}
    newest = {word}
    for _ in range(count):
        newest = {w[:place] + w[place + 1 :] for w in newest for place in range(len(w))}
        everything |= newest
    return everything


def damerau_distance(one: str, other: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours; `most` + 1 when clearly more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            cost = min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (letter != against))
            if before and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]


def with_accents_of(words: list[str], title: str) -> str:
    """The folded words written as in a title that has them: `toan hoc` -> `toán học`."""
    clean = nfc(title)
    written: dict[str, str] = {}
    for syllable, start, end in syllables_with_places(clean):
        written.setdefault(syllable.folded, clean[start:end].lower())
    return " ".join(written.get(word, word) for word in words)
