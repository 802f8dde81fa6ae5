"""What printers send back: the manuals' bytes, in any order and any pieces."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.status_protocol import (
    HeadCondition,
    StatusReader,
    condition_of_answers,
    condition_of_usb_class,
    is_realtime_answer,
    paper_low_by_fence,
)

# Bytes as the ESC/POS manuals print them.
READY, OFFLINE = 0x12, 0x1A
AUTOMATIC = {
    "ok": b"\x10\x00\x00\x00",
    "paper out": b"\x18\x00\x0f\x00",
    "paper low": b"\x10\x00\x03\x00",
    "cover": b"\x38\x00\x00\x00",
    "cutter": b"\x18\x08\x00\x00",
    "feed button": b"\x58\x00\x00\x00",
}


@pytest.mark.parametrize(
    ("answers", "condition"),
    [
        ((0x12, 0x12, 0x12), HeadCondition()),
        ((0x1A, 0x32, 0x72), HeadCondition(offline=True, paper_out=True)),
        ((0x12, 0x12, 0x1E), HeadCondition(paper_low=True)),
        ((0x1A, 0x16, 0x12), HeadCondition(offline=True, cover_open=True)),
        ((0x1A, 0x52, 0x12), HeadCondition(offline=True, error=True)),
        ((0x12, None, None), HeadCondition()),
    ],
)
def test_answers_to_the_three_questions(
    answers: tuple[int | None, int | None, int | None], condition: HeadCondition
) -> None:
    assert condition_of_answers(*answers) == condition


@pytest.mark.parametrize(
    ("status", "condition"),
    [
        (0x18, HeadCondition()),
        (0x30, HeadCondition(paper_out=True)),
        (0x38, HeadCondition(paper_out=True)),
        (0x10, HeadCondition(error=True)),
        (0x00, None),
        (0xFF, None),
    ],
)
def test_usb_class_status(status: int, condition: HeadCondition | None) -> None:
    assert condition_of_usb_class(status) == condition


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(sorted(AUTOMATIC.values())).map(lambda data: ("automatic", data)),
            st.sampled_from([READY, OFFLINE]).map(lambda byte: ("realtime", bytes([byte]))),
            st.sampled_from([0x00, 0x03, 0x0F]).map(lambda byte: ("fence", bytes([byte]))),
            st.sampled_from([0x11, 0x13]).map(lambda byte: ("flow", bytes([byte]))),
        ),
        max_size=20,
    ),
    st.integers(1, 5),
)
def test_mixed_answers_are_told_apart_however_they_are_cut(messages: list[tuple[str, bytes]], size: int) -> None:
    wire = b"".join(data for _, data in messages)
    reader = StatusReader()
    for start in range(0, len(wire), size):
        reader.feed(wire[start : start + size])
    assert reader.realtime == [data[0] for kind, data in messages if kind == "realtime"]
    assert reader.fences == [data[0] for kind, data in messages if kind == "fence"]
    last = [data for kind, data in messages if kind == "automatic"][-1:]
    expected = StatusReader()
    for data in last:
        expected.feed(data)
    assert reader.condition == expected.condition
    assert reader.strange == 0


def test_automatic_status_by_cause() -> None:
    found = {}
    for name, data in AUTOMATIC.items():
        reader = StatusReader()
        reader.feed(data)
        found[name] = reader.condition
    assert found == {
        "ok": HeadCondition(),
        "paper out": HeadCondition(offline=True, paper_out=True, paper_low=True),
        "paper low": HeadCondition(paper_low=True),
        "cover": HeadCondition(offline=True, cover_open=True),
        "cutter": HeadCondition(offline=True, error=True),
        "feed button": HeadCondition(offline=True),
    }


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_taken(data: bytes) -> None:
    reader = StatusReader()
    reader.feed(data)
    assert all(is_realtime_answer(byte) for byte in reader.realtime)


def test_the_fence_also_tells_that_paper_ends_soon() -> None:
    assert paper_low_by_fence(0x03)
    assert not paper_low_by_fence(0x00)
