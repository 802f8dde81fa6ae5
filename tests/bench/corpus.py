"""Made-up but plausible Vietnamese catalogue of any size, the same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from pymarc import Field, Indicators, Leader, Record, Subfield

SYLLABLES = ["đường", "quê", "hương", "đất", "rừng", "phương", "nam", "mèn", "phiêu", "lưu", "ký", "tuổi", "thơ", "dữ", "dội", "hạt", "giống", "tâm", "hồn", "bài", "tập", "toán", "học", "ngữ", "văn", "lịch", "sử", "địa", "lý", "vật", "lí", "hoá", "sinh", "tiếng", "anh", "khoa", "học", "tự", "nhiên", "công", "nghệ", "tin", "mỹ", "thuật", "âm", "nhạc", "giáo", "dục", "công", "dân", "truyện", "cổ", "tích", "dân", "gian", "thần", "thoại", "hy", "lạp", "biển", "đảo", "trường", "sa", "bác", "hồ", "kính", "yêu", "mùa", "hè", "sách", "mở", "kính", "vạn", "hoa", "mắt", "biếc", "cho", "tôi", "xin", "một", "vé", "đi", "ngày", "xưa", "tấm", "cám", "thạch", "sanh", "lang", "liêu", "bánh", "chưng", "sọ", "dừa", "cây", "khế", "gió", "lạnh", "đầu", "kỹ", "năng", "sống", "thiếu", "nhi", "khám", "phá", "vũ", "trụ", "động", "vật", "thực", "đại", "dương", "khí", "hậu", "môi", "xanh", "nhà", "bếp", "hỏi", "đáp", "nghìn", "vì", "sao"]
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý")
GIVEN = ("Ánh", "Hoài", "Giỏi", "Khải", "Dung", "Tuấn", "Lan", "Phượng", "Quỳnh", "Thư", "Đức", "Ước", "Ưng", "Bảo")
PUBLISHERS = ("Kim Đồng", "Trẻ", "Giáo dục Việt Nam", "Văn học", "Hội Nhà văn", "Thế giới")


def titles(count: int, seed: int = 1) -> Iterator[tuple[str, str, str, int]]:
    """(title, author, publisher, year)."""
    chance = random.Random(seed)
    for number in range(count):
        words = chance.choices(SYLLABLES, k=chance.randint(2, 7))
        title = " ".join(words).capitalize()
        if chance.random() < 0.3:
            title += f" tập {chance.randint(1, 12)}"
        if chance.random() < 0.3:
            title += f" lớp {chance.randint(1, 12)}"
        author = f"{chance.choice(FAMILY)} {chance.choice(SYLLABLES).capitalize()} {chance.choice(GIVEN)}"
        yield f"{title} {number % 97}" if number % 5 == 0 else title, author, chance.choice(PUBLISHERS), 1980 + number % 46


def isbn13(number: int) -> str:
    digits = f"978604{number:06d}"
    return digits + str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10)


def write_marc(path: Path, count: int, seed: int = 1, copies: int = 1) -> None:
    """An ISO 2709 file of `count` records with `copies` barcodes each (B0000001…)."""
    barcode = 0
    with path.open("wb") as out:
        for number, (title, author, publisher, year) in enumerate(titles(count, seed)):
            record = Record(force_utf8=True)
            record.leader = Leader("00000nam a2200000 a 4500")
            record.add_field(Field(tag="001", data=f"bench{seed}-{number:07d}"))
            record.add_field(Field(tag="008", data="260101s2020    vm            000 0 vie d"))
            blank, title_marks = Indicators(" ", " "), Indicators("1", "0")
            record.add_field(Field("020", blank, [Subfield("a", isbn13(number)), Subfield("c", "45000đ")]))
            record.add_field(Field("082", Indicators("0", "4"), [Subfield("2", "23"), Subfield("a", "895.92234")]))
            record.add_field(Field("100", Indicators("0", " "), [Subfield("a", author)]))
            record.add_field(Field("245", title_marks, [Subfield("a", title + " /"), Subfield("c", author)]))
            record.add_field(
                Field("260", blank, [Subfield("a", "H. :"), Subfield("b", publisher + ","), Subfield("c", str(year))])
            )
            record.add_field(Field("300", blank, [Subfield("a", "143 tr. ;"), Subfield("c", "21 cm")]))
            for _ in range(copies):
                barcode += 1
                record.add_field(Field("852", blank, [Subfield("b", "STK"), Subfield("p", f"B{barcode:07d}")]))
            out.write(record.as_marc())


def queries(count: int, seed: int = 2) -> list[str]:
    """What people type: one to four words, half of them without accents."""
    from library.foundation.vietnamese import fold

    chance = random.Random(seed)
    found = []
    for _ in range(count):
        text = " ".join(chance.choices(SYLLABLES, k=chance.randint(1, 4)))
        found.append(fold(text) if chance.random() < 0.5 else text)
    return found
