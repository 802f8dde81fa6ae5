"""What of a record is in the index, and with which weight. The Whoosh side of analysis.py.

One catch-all field `q` holds, per record, folded syllables, `=exact` syllables and bigrams; each posting
carries one weight: that of the best place where the term stands. The index holds ids and sort columns,
never rows, and nothing about loans. Class names here are part of the index format (they are pickled):
raise SCHEMA_VERSION when anything in this file changes. Next: segments.py (reading it), indexer.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any

from whoosh import columns, fields, formats

from library.cataloguing.model import MATERIAL_LABELS, IndexRow, Material, shown_title
from library.foundation.vietnamese import nfc, title_sort_key
from library.searching.analysis import (
    Syllable,
    beginning,
    bigrams,
    call_number_key,
    identifier_key,
    joined_words,
    syllables,
    title_key,
)

SCHEMA_VERSION = 1

# Weights differ in the third byte of the float32 as stored, so segments.py reads classes with one slice.
WEIGHT_TITLE = 7.0
WEIGHT_AUTHOR = 4.0
WEIGHT_TOPIC = 2.0  # series, subject, keywords
WEIGHT_TEXT = 1.5  # summary, publisher, kind of document

_LONGEST_SORT_KEY = 240  # bytes: two per letter, so about twenty-five syllables
_LONGEST_TITLE_KEY = 80
KEY_SEPARATOR = "\x1f"
"""Between the folded name that is compared and the name that is shown."""


class WeightFormat(formats.Format):
    """Postings that carry a weight and nothing else: no positions, no value bytes."""

    def __init__(self, field_boost: float = 1.0, **options: Any) -> None:
        super().__init__(field_boost, **options)

    def fixed_value_size(self) -> int:
        return 0

    def supports(self, name: str) -> bool:
        return name == "weight"

    def decode_weight(self, valuestring: bytes) -> float:
        return 1.0

    def combine(self, vs: Iterable[bytes]) -> bytes:
        return b""


class TermsField(fields.FieldType):
    """A list of terms as they are, each once, unweighted: identifiers, facets, lexicons."""

    def __init__(self) -> None:
        self.format = WeightFormat()
        self.analyzer = None
        self.scorable = False  # Whoosh keeps no field lengths: ranking.py has `prior`
        self.stored = False
        self.unique = False
        self.indexed = True
        self.vector = None
        self.column_type = None
        self.multitoken_query = "default"
        self.spelling = False
        self.spelling_prefix = "spell_"

    def index(self, value: Iterable[str], **kwargs: Any) -> list[tuple[bytes, int, float, bytes]]:
        return [(term.encode("utf-8"), 0, 1.0, b"") for term in dict.fromkeys(value) if term]

    def separate_spelling(self) -> bool:
        return False

    def clean(self) -> None:
        """Nothing to reset: there is no analyser with state."""

    def supports(self, name: str) -> bool:
        return name == "weight"


class WeightedTermsField(TermsField):
    """The catch-all: {term: weight}."""

    def index(  # type: ignore[override]  # Whoosh's own fields differ in what they take, too
        self, value: dict[str, float], **kwargs: Any
    ) -> list[tuple[bytes, int, float, bytes]]:
        return [(term.encode("utf-8"), 0, weight, b"") for term, weight in value.items()]


def make_schema() -> fields.Schema:
    """A fresh schema. Field names are used by segments.py and engine.py."""
    return fields.Schema(
        id=TermsField(),
        rid=fields.COLUMN(columns.NumericColumn("I")),
        q=WeightedTermsField(),
        syl=TermsField(),  # plain syllables for prefix expansion and spelling: never meets bigrams
        ident=TermsField(),
        callno=TermsField(),
        tkey=TermsField(),
        akey=TermsField(),
        subject=TermsField(),
        grade=TermsField(),
        material=TermsField(),
        language=TermsField(),
        collection=TermsField(),
        shelf=TermsField(),
        year=fields.COLUMN(columns.NumericColumn("H")),
        created=fields.COLUMN(columns.NumericColumn("I")),  # seconds since 1970
        prior=fields.COLUMN(columns.NumericColumn("I")),  # static order: short titles, then newer ones
        tsort=fields.COLUMN(columns.VarBytesColumn()),
        asort=fields.COLUMN(columns.VarBytesColumn()),
        title=fields.COLUMN(columns.VarBytesColumn()),  # as displayed, for typeahead
        digest=fields.COLUMN(columns.NumericColumn("I")),  # of the indexed terms, for `kesach index check`
    )


def document_of(row: IndexRow) -> dict[str, Any]:
    """What is indexed of one record."""
    title = displayed_title(row)
    year = min(max(row.year or 0, 0), 2200)
    terms = weighted_terms(row)
    document: dict[str, Any] = {
        "id": [str(row.id)],
        "rid": row.id,
        "q": terms,
        "syl": _plain_syllables(row),
        "ident": [identifier_key(text) for text in (*row.isbns, *row.accession_numbers, *row.barcodes)],
        "callno": [call_number_key(text)[:60] for text in (row.call_number, row.class_number)],
        "tkey": [title_key(title)[:_LONGEST_TITLE_KEY]],
        "akey": [key for author in row.authors for key in _author_keys(author)],
        "subject": row.subjects,
        "grade": [str(grade) for grade in row.grades],
        "material": [str(row.material)],
        "language": [row.language],
        "collection": row.collections,
        "shelf": row.shelves,
        "year": year,
        "created": max(int(row.created_at.timestamp()), 0),
        "prior": (min(len(syllables(title)), 255) << 16) + (2200 - year),
        "tsort": title_sort_key(title)[:_LONGEST_SORT_KEY].encode("ascii"),
        "asort": title_sort_key(row.authors[0] if row.authors else "")[:_LONGEST_SORT_KEY].encode("ascii"),
        "title": nfc(title)[:200].encode("utf-8"),
    }
    document["digest"] = digest_of(document)
    return document


def digest_of(document: dict[str, Any]) -> int:
    """31 bits over everything that is indexed, the same in every process."""
    shown = repr([(name, document[name]) for name in sorted(document) if name != "digest"])
    return zlib.crc32(shown.encode("utf-8", "backslashreplace")) & 0x7FFFFFFF


def displayed_title(row: IndexRow) -> str:
    """Title and part in one line: `Toán 6. Tập 2`."""
    return shown_title(row.title, row.part)


def weighted_terms(row: IndexRow) -> dict[str, float]:
    """The `q` field of one record: each term with the weight of the best place where it stands."""
    terms: dict[str, float] = {}

    def add(term: str, weight: float) -> None:
        if terms.get(term, 0.0) < weight:
            terms[term] = weight

    def add_text(text: str, weight: float, *, phrases: bool = True) -> None:
        words = syllables(text)
        for word in words:
            add(word.folded, weight)
            if not word.is_number:
                # Also for syllables without any accent: typing "hoa" must put "hoa" before "hoá".
                add("=" + word.exact, weight)
        if phrases:
            for term in bigrams(words):
                add(term, weight)
        if "-" in text:
            for term in joined_words(text):
                add(term, weight)

    add_text(displayed_title(row), WEIGHT_TITLE)
    for first in syllables(row.title)[:1]:
        add(beginning(first), WEIGHT_TITLE)
    for author in row.authors:
        add_text(author, WEIGHT_AUTHOR)
    for text in (row.subtitle, row.series, row.book_set, *row.subjects, *row.shelves, *row.keywords):
        add_text(text, WEIGHT_TOPIC)
    for grade in row.grades:
        add_text(f"lớp {grade}", WEIGHT_TOPIC)
    add_text(row.publisher, WEIGHT_TEXT)
    add_text(_material_words(row.material), WEIGHT_TEXT, phrases=False)
    add_text(str(row.year or ""), WEIGHT_TEXT)
    # Bigrams of summaries would double the index for phrases nobody looks for.
    add_text(row.summary, WEIGHT_TEXT, phrases=False)
    return terms


def _material_words(material: str) -> str:
    if material not in set(Material):
        return ""
    label = MATERIAL_LABELS[Material(material)]
    return f"{label} sách giáo viên" if material == Material.TEACHER else label


def _plain_syllables(row: IndexRow) -> list[str]:
    texts = (row.title, row.part, row.subtitle, row.series, row.publisher, *row.authors, *row.subjects)
    return [word.folded for text in (*texts, *row.keywords, *row.shelves) for word in syllables(text)]


def _author_keys(author: str) -> list[str]:
    """`nguyen nhat anh`, `nhat anh`, `anh`: people are looked up from any part of the name on."""
    words: list[Syllable] = syllables(author)
    shown = nfc(author)[:120]
    return [
        " ".join(word.folded for word in words[start:])[:_LONGEST_TITLE_KEY] + KEY_SEPARATOR + shown
        for start in range(len(words))
        if start == 0 or not words[start].is_number
    ]


def facet_starts_with(value: str, folded_prefix: str) -> bool:
    """Does any word of a facet's value start like this? `Ngữ văn` for `van`."""
    folded = title_key(value)
    return folded.startswith(folded_prefix) or f" {folded_prefix}" in folded
