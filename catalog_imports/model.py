"""Shapes that travel through an import: what a source yields, what was decided, what is reported.

Flow: source -> SourceItem -> Draft -> plan -> apply -> report. No database here. Next: marc_source.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from catalog_imports.problems import Problem
from library.cataloguing.marc import MarcRecord
from library.cataloguing.model import LocalItem, RecordFields


@dataclass(slots=True)
class SourceItem:
    """One record or row as a file has it. `record` is None when it cannot be taken; `problems` say why."""

    position: int  # 1-based number of the record, or of the data row
    record: MarcRecord | None
    raw: bytes = b""
    problems: list[Problem] = field(default_factory=list)
    row: int | None = None  # the number a spreadsheet program shows
    encoding: str = ""
    items: tuple[LocalItem, ...] | None = None  # copies named by a list; None = what the record says
    copies: int = 0  # how many more copies without number
    blob: bytes | None = None  # the record's bytes, where they can be kept as they came


@dataclass(slots=True)
class Draft:
    """A record ready to be compared with the catalogue."""

    position: int
    row: int | None
    fields: RecordFields
    blob: bytes
    content_hash: str
    match_key: str
    items: tuple[LocalItem, ...]
    copies: int
    problems: list[Problem]


@dataclass(slots=True)
class Rejected:
    position: int
    row: int | None
    raw: bytes
    problems: list[Problem]


@dataclass(slots=True)
class Counts:
    """`read` is always the sum of the five fates."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0
    rejected: int = 0
    copies_created: int = 0

    @property
    def read(self) -> int:
        return self.created + self.updated + self.unchanged + self.duplicates + self.rejected

    def as_json(self) -> dict[str, int]:
        return {
            "read": self.read, "created": self.created, "updated": self.updated, "unchanged": self.unchanged,
            "duplicates": self.duplicates, "rejected": self.rejected, "copies_created": self.copies_created,
        }  # fmt: skip

    @classmethod
    def of_json(cls, value: dict[str, int]) -> Counts:
        return cls(**{name: value.get(name, 0) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person chose; kept with the batch, so that an interrupted one goes on the same way."""

    profile: str = "auto"
    copies_each: int = 0  # make this many copies of every new title that names none
    collection: str = ""  # kho for new copies; empty = by material
    mapping: tuple[tuple[str, str], ...] = ()  # field -> heading, for book lists

    def as_json(self) -> dict[str, object]:
        return {
            "profile": self.profile, "copies_each": self.copies_each, "collection": self.collection,
            "mapping": dict(self.mapping),
        }  # fmt: skip

    @classmethod
    def of_json(cls, value: dict[str, object]) -> ImportOptions:
        mapping = value.get("mapping") or {}
        return cls(
            profile=str(value.get("profile") or "auto"),
            copies_each=int(value.get("copies_each") or 0),  # type: ignore[call-overload]  # JSON number
            collection=str(value.get("collection") or ""),
            mapping=tuple(mapping.items()) if isinstance(mapping, dict) else (),
        )
