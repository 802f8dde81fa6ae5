"""Sets of document numbers as Python integers: and, or, not and counting run in C. Pure.

Next: segments.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sized

_NOT_ZERO = re.compile(rb"[^\x00]")
_BITS_OF_BYTE = [tuple(bit for bit in range(8) if value >> bit & 1) for value in range(256)]
_TO_DIGITS = bytes([ord("0")] + [ord("1")] * 255)


def numbers_in(bits: int) -> list[int]:
    """The numbers of a set, ascending."""
    if not bits:
        return []
    length = bits.bit_length()
    if bits.bit_count() * 32 > length:  # dense: let the regex engine walk the digits
        return [match.start() for match in re.finditer("1", bin(bits)[:1:-1])]
    numbers: list[int] = []
    packed = bits.to_bytes((length + 7) // 8, "little")
    for match in _NOT_ZERO.finditer(packed):
        place = match.start()
        base = place * 8
        numbers.extend(base + bit for bit in _BITS_OF_BYTE[packed[place]])
    return numbers


def set_of(numbers: Iterable[int], size: int) -> int:
    """The set of these numbers, each below `size`."""
    if isinstance(numbers, Sized) and len(numbers) * 40 > size:
        flags = bytearray(size)
        for number in numbers:
            flags[number] = 1
        return set_of_flags(flags)
    packed = bytearray(size // 8 + 1)
    for number in numbers:
        packed[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(packed, "little")


def set_of_flags(flags: bytes | bytearray) -> int:
    """The places of the bytes that are not zero."""
    return int(bytes(flags[::-1]).translate(_TO_DIGITS), 2) if flags else 0
