"""One ISO 2709 chunk -> a record, repairing what can be repaired and saying what was.

Decides the encoding: valid UTF-8 with letters beyond ASCII wins over leader/09 (most Vietnamese files leave
it blank), else MARC-8; the old Vietnamese encodings only when a person has named them (marc.md §4, §5).
Everything read is NFC with ASCII tags, indicators and codes, so that the record can be written again.
Next: marc_source.py.
"""

from __future__ import annotations

import codecs
import io
import re
import threading
import unicodedata
from collections.abc import Callable
from contextlib import redirect_stderr

from pymarc import Field, Indicators, Leader, Record, Subfield
from pymarc.marc8 import marc8_to_unicode

from catalog_imports.legacy_text import LABELS, decode_legacy, guess_legacy, vietnamese_share
from catalog_imports.problems import Problem
from library.foundation.errors import InvalidInput

PROFILES = ("auto", "utf-8", "marc-8", "cp1258", "tcvn3", "vni")
FIELD_END = 0x1E
_ENTRY = 12
_NOT_ASCII = re.compile(rb"[^\x20-\x7e]")
_DATA_KINDS = {"z": "chuẩn (authority)", "u": "sở hữu", "v": "sở hữu", "x": "sở hữu", "y": "sở hữu", "w": "phân loại",
               "q": "thông tin cộng đồng"}  # fmt: skip
_TEXT_PART = re.compile(rb"\x1f[ -~]([^\x1d-\x1f]*)")

# Control characters mean nothing in a value and have no place in MARCXML; 1D-1F separate, 1B is MARC-8's own.
_CONTROL = re.compile(rb"[\x00-\x1c\x7f]")
_CONTROL_CHAR = re.compile("[\x00-\x1c\x7f]")
_stderr_lock = threading.Lock()

Decoder = Callable[[bytes], str]


def check_profile(profile: str | None) -> str:
    """The profile's usual name, `auto` for none. InvalidInput(`import_profile_bad`)."""
    name = (profile or "auto").lower().replace("_", "-")
    name = {"utf8": "utf-8", "marc8": "marc-8", "windows-1258": "cp1258", "abc": "tcvn3"}.get(name, name)
    if name not in PROFILES:
        raise InvalidInput("import_profile_bad", field="profile", profile=profile, choices=", ".join(PROFILES))
    return name


def kind_problem(record: Record) -> Problem | None:
    """Authority, holdings, classification and community records describe no title (unless they have a 245:
    then the leader is what is wrong)."""
    kind = _DATA_KINDS.get(str(record.leader)[6:7])
    if kind and any(field.tag == "245" for field in record.fields):
        return None
    return Problem("not_a_title", "error", "LDR", {"kind": kind}) if kind else None


def decode_chunk(chunk: bytes, profile: str = "auto") -> tuple[Record | None, list[Problem], str, bytes | None]:
    """(record or None, problems, encoding used, the bytes to keep when they can stay as they are).

    `chunk` ends with or without its record terminator.
    """
    problems: list[Problem] = []
    if len(chunk) < 26:
        return None, [Problem("too_short", "error", "LDR")], "", None
    decode, encoding = _choose_decoder(chunk, profile, problems)
    if decode is None:
        return None, problems, encoding, None
    leader = _read_leader(chunk, problems)
    entries = _read_directory(chunk, problems)
    if entries is None:
        return None, problems, encoding, None
    record = Record()
    record.leader = leader
    fields = record.fields
    same = decode is _decode_sound  # would writing the record give back these very bytes?
    damaged: set[str] = set()
    guessed: set[str] = set()
    odd: set[str] = set()
    controlled: set[str] = set()
    has_controls = _CONTROL.search(chunk, 24, len(chunk.rstrip(b"\x1d\r\n\x1a\x00"))) is not None
    for raw_tag, data in entries:
        tag = raw_tag if raw_tag.isalnum() and raw_tag.isascii() else _ascii_tag(raw_tag, odd)
        text = decode(data)
        if not text.isascii():
            if not unicodedata.is_normalized("NFC", text):
                same = False
                text = unicodedata.normalize("NFC", text)
            if decode is not _decode_sound:  # what is there already in sound UTF-8 is not our doing
                if "\ufffd" in text:
                    damaged.add(tag)
                if isinstance(decode, _Careful) and decode.guessed:
                    decode.guessed = False
                    guessed.add(tag)
        if has_controls and _CONTROL_CHAR.search(text):
            controlled.add(tag)
            text = _CONTROL_CHAR.sub(" ", text)
        if tag < "010" and tag.isdigit():
            if "\x1f" in text:  # a control field has no subfields
                odd.add(tag)
                text = text.replace("\x1f", " ")
            fields.append(Field(tag=tag, data=text))
            continue
        head, *parts = text.split("\x1f")
        if len(head) != 2 or not head.isascii() or not head.isprintable():
            head = _indicators_of(head, tag, odd)
        subfields = []
        for part in parts:
            if not part:
                same = False
            else:
                code = part[0]
                if not ("!" <= code <= "~"):
                    odd.add(tag)
                    code = _ascii_of(code)
                subfields.append(Subfield(code, part[1:]))
        if not parts and len(text) > 2:
            # No subfield mark at all: the text is kept as $a rather than lost.
            odd.add(tag)
            head, subfields = "  ", [Subfield("a", text)]
        fields.append(Field(tag=tag, indicators=Indicators(head[0], head[1]), subfields=subfields))
    if not fields:
        problems.append(Problem("no_fields", "error", "LDR"))
        return None, problems, encoding, None
    problems.extend(Problem("encoding_damaged", "warning", tag) for tag in sorted(damaged))
    problems.extend(Problem("encoding_guessed", "warning", tag) for tag in sorted(guessed))
    problems.extend(Problem("control_removed", "warning", tag) for tag in sorted(controlled))
    problems.extend(Problem("tag_bad", "warning", tag) for tag in sorted(odd))
    if not same or odd or controlled or not _is_regular(chunk, entries):
        return record, problems, encoding, None
    blob = b"%05d%ba22%b4500%b" % (len(chunk), chunk[5:9], chunk[12:20], chunk[24:])
    return record, problems, encoding, blob


def _is_regular(chunk: bytes, entries: list[tuple[str, bytes]]) -> bool:
    """Fields in the order of the directory without gaps, up to the record's end: as to_bytes would write it."""
    length = 24 + 12 * len(entries) + 1 + sum(len(data) + 1 for _, data in entries) + 1
    if length != len(chunk) or not chunk.endswith(b"\x1e\x1d") or length > 99_999 or _NOT_ASCII.search(chunk[:24]):
        return False
    if chunk[12:17] != b"%05d" % (25 + 12 * len(entries)):
        return False
    offset = 0
    for place, (_, data) in enumerate(entries):
        if chunk[31 + 12 * place : 36 + 12 * place] != b"%05d" % offset:
            return False
        offset += len(data) + 1
    return True


def _choose_decoder(chunk: bytes, profile: str, problems: list[Problem]) -> tuple[Decoder | None, str]:
    if profile in ("tcvn3", "vni", "cp1258"):
        return (lambda data: decode_legacy(data, profile)), profile  # type: ignore[arg-type]  # a LegacyName
    plain = chunk.isascii()
    if plain and b"\x1b" not in chunk:
        return _decode_sound, "utf-8"
    if profile == "utf-8":
        return _Utf8(), "utf-8"
    if profile == "marc-8":
        return _Marc8(), "marc-8"
    said_unicode = chunk[9:10] == b"a"
    if not plain:
        try:
            chunk.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            if not said_unicode:
                problems.append(Problem("encoding_flag", "warning", "LDR"))
            return _decode_sound, "utf-8"
    usual: Decoder = _Utf8() if said_unicode else _Marc8()
    if not plain:
        words = b" ".join(_TEXT_PART.findall(chunk)).decode("latin-1")
        guess = guess_legacy(words, least_words=3)
        if guess is not None:
            share = 0.0 if said_unicode else vietnamese_share(_Marc8()(words.encode("latin-1")))[0]
            if guess.confidence > share:
                preview = next((part for part in guess.preview.split("  ") if not part.isascii()), guess.preview)[:60]
                problems.append(
                    Problem("encoding_choice", "error", "LDR",
                            {"label": LABELS[guess.name], "name": guess.name, "preview": preview})
                )  # fmt: skip
                return None, guess.name
    if said_unicode and not plain and _looks_like_marc8(chunk):
        problems.append(Problem("encoding_flag_marc8", "warning", "LDR"))
        return _Marc8(), "marc-8"
    return usual, "utf-8" if said_unicode else "marc-8"


def _decode_sound(data: bytes) -> str:
    """ASCII or UTF-8 that has been checked to be valid."""
    return data.decode("utf-8")


_WESTERN = "kesach-western"


def _western_bytes(error: UnicodeError) -> tuple[str, int]:
    """For bytes that are no UTF-8: what Windows-1252 (or Latin-1) has in their place."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    try:
        return bad.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return bad.decode("latin-1"), error.end


codecs.register_error(_WESTERN, _western_bytes)
# A mark of MARC-8 stands before the letter it belongs to; a letter of Windows-1252 stands before any letter.
_HIGH_PAIR = re.compile(rb"[\x80-\xff]+(.?)", re.DOTALL)
_MARKED_LETTERS = frozenset(b"aeiouyAEIOUYcnszCNSZ")


def _looks_like_marc8(chunk: bytes) -> bool:
    """A leader that claims Unicode over a MARC-8 body: every high byte stands before a letter that takes marks."""
    followers = _HIGH_PAIR.findall(chunk)
    return len(followers) >= 2 and all(letter and letter[0] in _MARKED_LETTERS for letter in followers)


class _Careful:
    """Decoding that may fail for a value: then Windows-1252 is tried, which loses nothing, and `guessed` is set.

    (Old Vietnamese encodings have been ruled out for the record before.)
    """

    def __init__(self) -> None:
        self.guessed = False

    def guess(self, data: bytes) -> str:
        self.guessed = True
        return data.decode("utf-8", _WESTERN)


class _Utf8(_Careful):
    def __call__(self, data: bytes) -> str:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            return self.guess(data)


class _Marc8(_Careful):
    def __call__(self, data: bytes) -> str:
        if data.isascii() and b"\x1b" not in data:
            return data.decode("ascii")
        return "\x1f".join(self.piece(piece) for piece in data.split(b"\x1f"))

    def piece(self, piece: bytes) -> str:
        if piece.isascii() and b"\x1b" not in piece:
            return piece.decode("ascii")
        try:
            # One valid UTF-8 value inside a MARC-8 record happens; MARC-8 text is hardly ever valid UTF-8.
            if b"\x1b" not in piece:
                return piece.decode("utf-8")
        except UnicodeDecodeError:
            pass
        try:
            if b"\x1b$" not in piece:
                return str(marc8_to_unicode(piece, hide_utf8_warnings=True))
            # pymarc writes to stderr when a three-byte character is cut off; that is damage to report.
            with _stderr_lock, redirect_stderr(io.StringIO()) as said:
                text = str(marc8_to_unicode(piece, hide_utf8_warnings=True))
            return text.rstrip() + "\ufffd" if said.getvalue() else text
        except (UnicodeDecodeError, ValueError, IndexError, KeyError, TypeError):
            return self.guess(piece.replace(b"\x1b", b""))


def _read_leader(chunk: bytes, problems: list[Problem]) -> Leader:
    raw = chunk[:24]
    if _NOT_ASCII.search(raw):
        problems.append(Problem("leader_repaired", "warning", "LDR", {"what": "ký tự lạ"}))
        raw = _NOT_ASCII.sub(b" ", raw)
    text = raw.decode("ascii")
    if text[10:12] != "22" and text[10:12].strip("0 ^#") not in ("2", "22"):
        problems.append(Problem("leader_repaired", "warning", "LDR", {"what": f"vị trí 10–11 là “{text[10:12]}”"}))
    return Leader(f"{text[:9]}a22{text[12:20]}4500")


def _read_directory(chunk: bytes, problems: list[Problem]) -> list[tuple[str, bytes]] | None:
    """(tag, data without its terminator) of every field, by the directory, else by the terminators."""
    end = chunk.find(b"\x1e", 24)
    if end < 0:
        problems.append(Problem("directory_bad", "error", "LDR"))
        return None
    directory = chunk[24:end]
    base = end + 1
    said = chunk[12:17]
    if not said.isdigit() or int(said) != base:
        problems.append(Problem("leader_repaired", "warning", "LDR", {"what": "địa chỉ gốc của dữ liệu"}))
    entries: list[tuple[str, bytes]] = []
    sound = len(directory) % _ENTRY == 0
    if sound:
        for start in range(0, len(directory), _ENTRY):
            entry = directory[start : start + _ENTRY]
            numbers = entry[3:]
            if not numbers.isdigit():
                sound = False
                break
            first = base + int(numbers[4:])
            last = first + int(numbers[:4]) - 1
            if (
                last < first - 1
                or chunk[last : last + 1] != b"\x1e"
                or (first > base and chunk[first - 1] != FIELD_END)
            ):
                sound = False
                break
            entries.append((entry[:3].decode("latin-1"), chunk[first:last]))
        # A terminator inside a field means that the lengths do not fit the data.
        if sound and any(b"\x1e" in data for _, data in entries):
            sound = False
    if sound:
        if not entries:
            problems.append(Problem("no_fields", "error", "LDR"))
            return None
        return entries
    return _split_by_terminators(directory, chunk[base:], problems)


_TAG_AT = re.compile(rb"([0-9A-Za-z]{3})[0-9A-Za-z \-]{9}")


def _split_by_terminators(directory: bytes, body: bytes, problems: list[Problem]) -> list[tuple[str, bytes]] | None:
    """Fields in the order of the directory's tags, cut at the field terminators; None when they do not pair up."""
    parts = body.rstrip(b"\x1d").split(b"\x1e")
    if parts and not parts[-1].strip(b"\x00 \r\n\x1a"):
        parts.pop()
    for count in {len(directory) // _ENTRY, len(parts)}:
        if count != len(parts) or not count:
            continue
        # Entries of 12, or of another regular length (a field over 9,999 bytes writes a 5-digit length).
        tags = _tags_of(directory, count)
        if tags is not None:
            problems.append(Problem("directory_repaired", "warning", "LDR"))
            return list(zip(tags, parts, strict=True))
    problems.append(Problem("directory_bad", "error", "LDR"))
    return None


def _tags_of(directory: bytes, count: int) -> list[str] | None:
    if len(directory) == count * _ENTRY:
        tags = [directory[start : start + 3] for start in range(0, len(directory), _ENTRY)]
    else:
        tags = _walk_tags(directory, count)
    if not tags or any(not tag.isalnum() for tag in tags):
        return None
    return [tag.decode("ascii", "replace") for tag in tags]


def _walk_tags(directory: bytes, count: int) -> list[bytes]:
    """Entries of 12 with some of 13 (length over 9,999): follow the offsets, which must grow without gaps."""
    tags: list[bytes] = []
    position = offset = 0
    while position < len(directory) and len(tags) < count:
        for width in (4, 5):
            entry = directory[position : position + 3 + width + 5]
            if len(entry) == 8 + width and entry[3:].isdigit() and int(entry[3 + width :]) == offset:
                tags.append(entry[:3])
                offset += int(entry[3 : 3 + width])
                position += 8 + width
                break
        else:
            return []
    return tags if len(tags) == count and position == len(directory) else []


def _ascii_of(char: str) -> str:
    """The ASCII letter or digit nearest to a character, else `?`."""
    for part in unicodedata.normalize("NFKD", char):
        if "!" <= part <= "~":
            return part.lower()
    return "?"


def _ascii_tag(tag: str, odd: set[str]) -> str:
    clean = "".join(char if char.isascii() and char.isalnum() else "9" for char in tag)
    odd.add(clean)
    return clean


def _indicators_of(head: str, tag: str, odd: set[str]) -> str:
    odd.add(tag)
    clean = "".join(char if " " <= char <= "~" else " " for char in head[:2])
    return f"{clean:<2}"
