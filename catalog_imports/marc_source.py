"""ISO 2709 files as records, one by one, every terminator accounted for.

The bytes are split at 0x1D here, because pymarc stops dead at the first wrong length (marc.md §1, §3); newlines,
NUL, Ctrl-Z, byte order marks and filler between records are stripped. What follows the last terminator and
is not blank is one more, rejected, item. Streams: memory is one block plus one record. Next: marcxml_source.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from catalog_imports.marc_decode import decode_chunk, kind_problem
from catalog_imports.model import SourceItem
from catalog_imports.problems import Problem
from library.foundation.errors import InvalidInput

BLOCK = 1 << 20
RECORD_END = b"\x1d"
MAX_RECORD = 16 << 20
"""A record longer than this is not one: the file is something else."""
_JUNK = b" \t\r\n\x00\x1a\xef\xbb\xbf\xff\xfe"
# The letter for the kind of record tells a leader from the digits of a directory.
_LEADER = re.compile(rb"[0-9]{5}[ -~][A-Za-z][ -~]{5}[0-9 ^#]{5}[ -~]{7}")


def split_chunks(stream: BinaryIO, name: str = "") -> Iterator[tuple[bytes, bool]]:
    """(bytes up to and with the terminator, True), at last what is left (bytes, False) unless blank."""
    rest = b""
    while block := stream.read(BLOCK):
        if RECORD_END not in block:
            rest += block
            if len(rest) > MAX_RECORD:
                raise InvalidInput("import_not_marc", name=name)
            continue
        parts = (rest + block).split(RECORD_END)
        rest = parts.pop()
        for part in parts:
            yield part + RECORD_END, True
    if rest.strip(_JUNK):
        yield rest, False


def strip_junk(chunk: bytes) -> bytes:
    """Without what stands before the leader: line ends, fillers, byte order marks, a foreign heading."""
    clean = chunk.lstrip(_JUNK)
    if _LEADER.match(clean) or (clean[6:7].isalpha() and clean[12:17].isdigit()):
        return clean
    found = _LEADER.search(chunk, 0, 4096)
    # Only up to the directory's end: a leader found later belongs to data.
    end = chunk.find(b"\x1e")
    if found and (end < 0 or found.end() <= end):
        return chunk[found.start() :]
    return clean


def read_iso2709(stream: BinaryIO, profile: str = "auto", name: str = "") -> Iterator[SourceItem]:
    """Every record of the stream in order; one that cannot be read has `record` None and its raw bytes."""
    position = 0
    for chunk, complete in split_chunks(stream, name):
        position += 1
        if not complete:
            yield SourceItem(position, None, chunk, [Problem("truncated", "error", "LDR")])
            continue
        clean = chunk if 48 <= chunk[0] <= 57 else strip_junk(chunk)
        record, problems, encoding, blob = decode_chunk(clean, profile)
        if record is not None:
            if clean[:5] != b"%05d" % len(clean) and len(clean) <= 99_999:
                problems.append(Problem("leader_repaired", "warning", "LDR", {"what": "độ dài biểu ghi"}))
            wrong_kind = kind_problem(record)
            if wrong_kind is not None:
                problems.append(wrong_kind)
                record = None
        raw = b"" if record is not None else chunk
        yield SourceItem(position, record, raw, problems, encoding=encoding, blob=blob)


def count_records(stream: BinaryIO) -> int:
    """How many terminators the stream holds (for progress); the stream is rewound."""
    total = 0
    while block := stream.read(BLOCK):
        total += block.count(RECORD_END)
    stream.seek(0)
    return total
