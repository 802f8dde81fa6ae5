"""What to offer while somebody types: titles, authors, subjects. Answers from the index alone.

Next: service.py.
"""

from __future__ import annotations

from library.foundation.vietnamese import fold, unify_spelling
from library.searching.analysis import ParsedQuery, syllables
from library.searching.bitsets import numbers_in
from library.searching.matching import find_completions
from library.searching.model import Suggestion
from library.searching.ranking import ranked
from library.searching.schema import KEY_SEPARATOR, facet_starts_with
from library.searching.snapshot import Snapshot

MOST_SUGGESTIONS = 8
_MOST_TITLES = 5
_MOST_AUTHORS = 3
_MOST_SUBJECTS = 2
_MOST_KEYS = 60


def complete(snapshot: Snapshot, query: ParsedQuery) -> list[Suggestion]:
    """Titles that begin like this, then authors, subjects, then titles that only contain the words."""
    if not query.syllables:
        return []
    prefix = " ".join(word.folded for word in query.syllables)
    titles = _titles_starting(snapshot, prefix, query.text)
    people = _authors(snapshot, prefix)
    subjects = _subjects(snapshot, prefix)
    if len(titles) < _MOST_TITLES:
        shown = {fold(title.text) for title in titles}
        for title in _titles_with_words(snapshot, query):
            if fold(title.text) not in shown:
                shown.add(fold(title.text))
                titles.append(title)
    return [*titles[:_MOST_TITLES], *people, *subjects][:MOST_SUGGESTIONS]


def _titles_starting(snapshot: Snapshot, prefix: str, typed: str) -> list[Suggestion]:
    found: dict[str, Suggestion] = {}
    for segment, live in snapshot.parts:
        read_title, record_ids = segment.text_reader("title"), segment.numbers("rid")
        for key in segment.terms_starting_with("tkey", prefix, _MOST_KEYS):
            documents = numbers_in(segment.postings("tkey", key).bits & live)
            for n in documents[:3]:
                text = read_title(n).decode("utf-8", "replace")
                found.setdefault(fold(text), Suggestion(text, "title", record_ids[n]))
    begins, letters = unify_spelling(typed).lower(), _without_tones(typed)

    def as_typed_first(suggestion: Suggestion) -> tuple[bool, bool, int, str]:
        same = unify_spelling(suggestion.text).lower().startswith(begins)
        # The tone is often typed last: "đươ" is on its way to "đường", not to "dương".
        same_letters = _without_tones(suggestion.text).startswith(letters)
        return (not same, not same_letters, len(suggestion.text), suggestion.text)

    return sorted(found.values(), key=as_typed_first)[:_MOST_TITLES]


def _without_tones(text: str) -> str:
    return " ".join(word.exact if word.is_number else word.exact.rstrip("23456") for word in syllables(text))


def _titles_with_words(snapshot: Snapshot, query: ParsedQuery) -> list[Suggestion]:
    found = find_completions(snapshot, query)
    best = [record_id for record_id, _ in ranked(snapshot, found.hits, query, 0, MOST_SUGGESTIONS)]
    return [Suggestion(snapshot.find_title(record_id) or "", "title", record_id) for record_id in best]


def _authors(snapshot: Snapshot, prefix: str) -> list[Suggestion]:
    counts: dict[str, int] = {}
    for segment, live in snapshot.parts:
        seen_here: dict[str, int] = {}
        for key in segment.terms_starting_with("akey", prefix, _MOST_KEYS):
            name = key.partition(KEY_SEPARATOR)[2]
            living = (segment.postings("akey", key).bits & live).bit_count()
            seen_here[name] = max(seen_here.get(name, 0), living)
        for name, living in seen_here.items():
            counts[name] = counts.get(name, 0) + living
    names = sorted((name for name in counts if counts[name]), key=lambda name: (-counts[name], name))
    return [Suggestion(name, "author") for name in names[:_MOST_AUTHORS]]


def _subjects(snapshot: Snapshot, prefix: str) -> list[Suggestion]:
    counts: dict[str, int] = {}
    for segment, live in snapshot.parts:
        for value, documents in segment.facet("subject").items():
            if facet_starts_with(value, prefix):
                counts[value] = counts.get(value, 0) + (documents & live).bit_count()
    values = sorted((value for value in counts if counts[value]), key=lambda value: (-counts[value], value))
    return [Suggestion(value, "subject") for value in values[:_MOST_SUBJECTS]]
