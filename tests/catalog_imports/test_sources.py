"""Reading files: every terminator accounted for, encodings told apart, repairs said."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymarc import Field, Indicators, Record, Subfield

from catalog_imports.legacy_text import decode_legacy, from_tcvn3, from_vni, guess_legacy, is_vietnamese_syllable
from catalog_imports.marc_decode import decode_chunk
from catalog_imports.marc_source import read_iso2709
from catalog_imports.marcxml_source import read_marcxml
from catalog_imports.samples.make_samples import TITLES, make_record
from library.cataloguing.marc import to_bytes, to_xml
from library.foundation.errors import InvalidInput

GOOD = [make_record(number, title) for number, title in enumerate(TITLES[:4], start=1)]
JUNK = st.sampled_from([b"", b"\n", b"\r\n", b"\x1a", b"\x00\x00", b"\xef\xbb\xbf", b" \r\n "])


def codes(problems: list) -> set[str]:
    return {problem.code for problem in problems}


def text_record(text: bytes, leader9: bytes = b" ") -> bytes:
    field = b"10\x1fa" + text + b"\x1e"
    directory = b"245%04d00000" % len(field)
    total = 24 + 12 + 1 + len(field) + 1
    return b"%05dnam %b22%05d   4500" % (total, leader9, 37) + directory + b"\x1e" + field + b"\x1d"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(range(len(GOOD))), JUNK, st.booleans()), min_size=1, max_size=8))
def test_no_record_is_lost_whatever_stands_between(parts: list[tuple[int, bytes, bool]]) -> None:
    data = b"".join(
        junk + (b"99999" + GOOD[which][5:] if wrong_length else GOOD[which]) for which, junk, wrong_length in parts
    )
    items = list(read_iso2709(BytesIO(data)))
    assert [item.position for item in items] == list(range(1, len(parts) + 1))
    assert all(item.record is not None for item in items)
    said = ["leader_repaired" in codes(item.problems) for item in items]
    assert said == [wrong for _, _, wrong in parts]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 3))
def test_random_bytes_never_crash_and_are_all_accounted_for(noise: bytes, place: int) -> None:
    record = GOOD[0]
    cut = len(record) * place // 4
    data = record[:cut] + noise + record[cut:]
    items = list(read_iso2709(BytesIO(data)))
    rest = data.rpartition(b"\x1d")[2].strip(b" \t\r\n\x00\x1a\xef\xbb\xbf\xff\xfe")
    assert len(items) == data.count(b"\x1d") + bool(rest)
    for item in items:
        if item.record is None:
            assert item.raw and any(problem.severity == "error" for problem in item.problems)
        else:
            assert to_bytes(item.record) == (item.blob or to_bytes(item.record))


def test_utf8_under_a_blank_leader_is_read_as_utf8_and_said() -> None:
    (item,) = read_iso2709(BytesIO(GOOD[0]))
    assert item.record is not None
    assert item.record["245"]["a"] == "Dế Mèn phiêu lưu ký /"  # NFC, though the file is NFD
    assert codes(item.problems) == {"encoding_flag"}


def test_marc8_is_still_marc8() -> None:
    # LC's own Vietnamese: combining marks before their letters (ANSEL E2 = acute, E3 = circumflex, F0 = cedilla).
    record, problems, encoding, _ = decode_chunk(text_record(b"\xe2e\xe1a \xe3\xe2e"))
    assert (record["245"]["a"], encoding, problems) == ("éà ế", "marc-8", [])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("tcvn3", "DÕ MÌn phiªu l­u ký cña T« Hoµi".encode("latin-1")),
        ("vni", "Deá Meøn phieâu löu kyù cuûa Toâ Hoaøi".encode("latin-1")),
        ("cp1258", b"D\xea\xec M\xe8n phi\xeau l\xfdu ky\xec cu\xd2a T\xf4 Ho\xe0i"),
    ],
)
def test_old_vietnamese_encodings_are_named_not_guessed_silently(name: str, text: bytes) -> None:
    record, problems, _, _ = decode_chunk(text_record(text))
    assert record is None
    (problem,) = problems
    assert (problem.code, problem.severity, problem.params["name"]) == ("encoding_choice", "error", name)
    assert "Tô Hoài" in problem.message
    record, problems, encoding, _ = decode_chunk(text_record(text), name)
    assert record is not None
    assert record["245"]["a"].lower() == "dế mèn phiêu lưu ký của tô hoài"
    assert encoding == name


def test_known_samples_of_old_encodings() -> None:
    assert from_tcvn3("Bé v¨n ho¸ thÓ thao") == "Bộ văn hoá thể thao"
    assert from_vni("chuû ñieåm thaùng, ÑAÏI HOÏC") == "chủ điểm tháng, ĐẠI HỌC"
    assert decode_legacy(b"Ho\xe0 Bi\xccnh", "cp1258") == "Hoà Bình"


@pytest.mark.parametrize(
    "text",
    ["économie politique française théâtre élève", "Bộ văn hoá thể thao", "plain", "À la recherche du temps perdu",
     "Größe und Übermut für schöne Mädchen"],
)  # fmt: skip
def test_other_languages_are_not_taken_for_old_vietnamese(text: str) -> None:
    assert guess_legacy(text) is None


def test_syllables() -> None:
    for word in [
        "nghiêng",
        "gì",
        "quý",
        "giếng",
        "khuỷu",
        "quốc",
        "Đức",
        "thuở",
        "gìn",
        "xoong",
        "huệ",
        "quyết",
        "ngoẹo",
    ]:
        assert is_vietnamese_syllable(word), word
    for word in ["économie", "café", "strong", "bàch", "thường̀"]:
        assert not is_vietnamese_syllable(word), word


def test_a_directory_with_wrong_numbers_is_rebuilt_from_the_terminators() -> None:
    record = GOOD[1]
    broken = record[:27] + b"0999" + record[31:]
    decoded, problems, _, _ = decode_chunk(broken)
    assert decoded is not None
    assert "directory_repaired" in codes(problems)
    sound, _, _, _ = decode_chunk(record)
    assert [str(field) for field in decoded.fields] == [str(field) for field in sound.fields]


def test_bytes_beyond_ascii_in_tags_and_indicators_do_not_kill_the_record() -> None:
    data = text_record("Số đỏ".encode(), b"a").replace(b"10\x1fa", b"\xc3\xa9\x1fa")
    record, problems, _, _ = decode_chunk(data)
    assert record is not None and record["245"]["a"] == "Số đỏ"
    assert codes(problems) == {"tag_bad"}


def test_control_characters_are_taken_out_and_said() -> None:
    record, problems, _, _ = decode_chunk(text_record("Số\x07đỏ\x0b".encode(), b"a"))
    assert record is not None and record["245"]["a"] == "Số đỏ "
    assert codes(problems) == {"control_removed"}


def test_records_about_no_title_are_refused_with_their_kind() -> None:
    authority = GOOD[0].replace(b"245", b"150").replace(b"nam ", b"nz  ", 1)
    (item,) = read_iso2709(BytesIO(authority))
    assert item.record is None
    assert "authority" in item.problems[-1].message


def xml_of(*titles: str) -> list[str]:
    records = []
    for title in titles:
        record = Record()
        record.add_field(Field("245", Indicators("1", "0"), [Subfield("a", title)]))
        records.append(to_xml(record).decode())
    return records


def titles_of(data: str) -> list[str | None]:
    return [
        item.record["245"]["a"] if item.record is not None and "245" in item.record else None
        for item in read_marcxml(data.encode())
    ]


def test_one_broken_xml_record_does_not_take_the_file_with_it() -> None:
    one, two, three = xml_of("Một", "Hai", "Ba")
    broken = two.replace("</datafield>", "")
    text = f"<collection xmlns='http://www.loc.gov/MARC21/slim'>{one}{broken}{three}</collection>"
    assert titles_of(text) == ["Một", None, "Ba"]
    unclosed = two.replace("</record>", "")
    assert titles_of(f"<collection>{one}{unclosed}{three}</collection>") == ["Một", None, "Ba"]
    assert titles_of(f"<collection>{one}{three}") == ["Một", "Ba"]


def test_several_roots_prefixes_and_wrappers() -> None:
    one, two = xml_of("Một", "Hai")
    assert titles_of(one + two) == ["Một", "Hai"]
    prefixed = one.replace("<", "<marc:").replace("<marc:/", "</marc:").replace("xmlns=", "xmlns:marc=")
    oai = f"<records><record><header/><metadata>{prefixed}</metadata></record></records>"
    assert titles_of(oai) == ["Một"]
    assert titles_of(f"<!-- <record> --><collection>{two}</collection>") == ["Hai"]


def test_xml_with_a_doctype_is_refused_whole() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]><collection>' + xml_of("&a;")[0] + "</collection>"
    with pytest.raises(InvalidInput, match="import_xml_dtd"):
        list(read_marcxml(bomb.encode()))


def test_an_unknown_entity_spoils_only_its_record() -> None:
    one, two = xml_of("Một", "Hai")
    assert titles_of(f"<collection>{one.replace('Một', '&khong;')}{two}</collection>") == [None, "Hai"]


def test_single_bytes_of_western_encodings_are_kept_and_said() -> None:
    record, problems, _, _ = decode_chunk(text_record(b"G\xe4vle \xe0 Paris", b"a"))
    assert record is not None and record["245"]["a"] == "Gävle à Paris"
    assert codes(problems) == {"encoding_guessed"}
