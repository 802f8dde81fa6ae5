"""Sample files of our own making: a MARC file as Vietnamese libraries really write them, and a shop's list.

Run `python -m catalog_imports.samples.make_samples` to write them anew; a test checks that the shipped files are
what this makes. Titles and authors are facts; numbers, barcodes and prices are made up.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

FOLDER = Path(__file__).parent
MARC_FILE = FOLDER / "mau-thu-vien.mrc"
BOOKS_FILE = FOLDER / "danh-muc-sach.csv"

# (title, subtitle, part, author, place, publisher, year, 19-class mark, DDC, kho, serials, price, isbn body, pages)
Title = tuple[str, str, str, str, str, str, int, str, str, str, tuple[int, ...], int, str, str]
TITLES: tuple[Title, ...] = (
    ("Dế Mèn phiêu lưu ký", "", "", "Tô Hoài", "H.", "Kim Đồng", 2015, "ĐV13", "895.922332", "STN", (1, 2, 3),
     25000, "978604200001", "143 tr."),
    ("Đất rừng phương Nam", "Truyện", "", "Đoàn Giỏi", "H.", "Kim Đồng", 2018, "ĐV13", "895.92233", "STN",
     (4, 5), 58000,
     "978604200002", "304 tr."),
    ("Tắt đèn", "Tiểu thuyết", "", "Ngô Tất Tố", "H.", "Văn học", 2016, "V23", "895.92232", "STK", (1, 2), 45000,
     "978604200003", "207 tr."),
    ("Số đỏ", "Tiểu thuyết", "", "Vũ Trọng Phụng", "H.", "Văn học", 2014, "V23", "895.92232", "STK", (3,), 52000,
     "978604200004", "254 tr."),
    ("Truyện Kiều", "", "", "Nguyễn, Du, 1765-1820", "H.", "Văn học", 2013, "V21", "895.92212", "STK", (4, 5), 39000,
     "978604200005", "248 tr."),
    ("Lão Hạc", "Tập truyện ngắn", "", "Nam Cao", "H.", "Văn học", 2017, "V23", "895.92232", "STK", (6,), 42000,
     "978604200006", "199 tr."),
    ("Cho tôi xin một vé đi tuổi thơ", "", "", "Nguyễn Nhật Ánh", "Tp. Hồ Chí Minh", "Trẻ", 2018, "ĐV13", "895.92234",
     "STN", (6, 7), 62000, "978604100007", "208 tr."),
    ("Toán 6", "Sách giáo khoa", "Tập 1", "Hà Huy Khoái", "H.", "Giáo dục Việt Nam", 2021, "51(075)",
     "510.712", "SGK",
     (1, 2, 3, 4), 21000, "978604000008", "112 tr."),
    ("Ngữ văn 6", "Sách giáo khoa", "Tập 1", "Bùi Mạnh Hùng", "H.", "Giáo dục Việt Nam", 2021, "8(075)",
     "807.12", "SGK",
     (5, 6), 23000, "978604000009", "136 tr."),
    ("Khoa học tự nhiên 7", "Sách giáo viên", "", "Vũ Văn Hùng", "H.", "Giáo dục Việt Nam", 2022, "5(07)",
     "507.12", "SNV",
     (1, 2), 48000, "978604000010", "220 tr."),
    ("Từ điển tiếng Việt", "", "", "Hoàng Phê", "Đà Nẵng", "Nxb. Đà Nẵng", 2003, "4(V)(03)", "495.9223", "TRC", (1,),
     180000, "978604000011", "1221 tr."),
    ("Địa lí An Giang", "Tài liệu giáo dục địa phương lớp 8", "", "Trần Văn Đông", "H.", "Giáo dục Việt Nam", 2020,
     "91(V)", "915.979", "STK", (7,), 15000, "978604000012", "64 tr."),
)  # fmt: skip

BOOKS: tuple[tuple[str, ...], ...] = (
    ("DANH MỤC SÁCH MUA BỔ SUNG NĂM HỌC 2026-2027",),
    (),
    ("STT", "Tên sách", "Tác giả", "Nhà xuất bản", "Năm XB", "Số lượng", "Đơn giá", "Thể loại"),
    ("1", "Hoàng Tử Bé (Tái Bản 2022)", "Antoine de Saint-Exupéry", "Nhà Xuất Bản Kim Đồng", "", "5",
     "45.000", "Văn học thiếu nhi"),
    ("2", "Kính vạn hoa (Tập 1)", "Nguyễn Nhật Ánh", "NXB Kim Đồng", "2020", "3", "80.000 đ", "Truyện dài"),
    ("3", "KHÔNG GIA ĐÌNH", "Hector Malot", "NXB Văn học", "2019", "2", "120000", "Tiểu thuyết"),
    ("4", "Bài tập Toán 7", "Cung Thế Anh, Nguyễn Huy Đoan", "NXB Giáo dục Việt Nam", "2022", "10", "18.000",
     "Sách tham khảo"),
    ("5", "Những tấm lòng cao cả - Tặng kèm bookmark", "Edmondo De Amicis", "NXB Văn học", "2021", "4",
     "68.000", "Truyện thiếu nhi"),
)  # fmt: skip


def isbn(body: str) -> str:
    """Twelve digits and their check digit."""
    return body + str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10)


def make_record(number: int, title: Title) -> bytes:
    """One ISO 2709 record as the old systems write it: NFD text, leader/09 blank, both classifications."""
    (name, rest, part, author, place, publisher, year, mark, ddc, kho, serials, price, body, pages) = title
    fields = [
        ("001", f"KS{number:08d}"),
        ("008", f"210101s{year}    vm            000 0 vie d"),
        ("020", f"  \x1fa{isbn(body)}\x1fc{price}đ\x1fd1500b"),
        ("041", "0 \x1favie"),
        ("082", f"04\x1f214\x1fa{ddc}"),
        ("084", f"  \x1fa{mark}"),
        ("100", f"{'1' if ',' in author else '0'} \x1fa{author}"),
        (
            "245",
            f"10\x1fa{name}"
            + (f"\x1fn{part}" if part else "")
            + (f" :\x1fb{rest}" if rest else "")
            + f" /\x1fc{author}",
        ),
        ("260", f"  \x1fa{place} :\x1fb{publisher},\x1fc{year}"),
        ("300", f"  \x1fa{pages} ;\x1fc21 cm"),
        ("653", "  \x1faVăn học" if mark[0] in "VĐ" else "  \x1faSách trường học"),
        *(("852", f"  \x1faTHCS\x1fb{kho}\x1fj{mark}\x1fp{kho}.{serial:06d}") for serial in serials),
        ("911", "  \x1faCô Thư"),
        ("927", "  \x1faSH"),
    ]
    directory, data = b"", b""
    for tag, text in fields:
        encoded = unicodedata.normalize("NFD", text).encode() + b"\x1e"
        directory += f"{tag}{len(encoded):04d}{len(data):05d}".encode()
        data += encoded
    base = 24 + len(directory) + 1
    total = base + len(data) + 1
    return f"{total:05d}nam  22{base:05d}   4500".encode() + directory + b"\x1e" + data + b"\x1d"


def marc_bytes() -> bytes:
    """The whole MARC sample: 12 titles, 23 copies."""
    return b"".join(make_record(number, title) for number, title in enumerate(TITLES, start=1))


def books_bytes() -> bytes:
    """The list of books: a title row above the header, prices and editions as shops write them."""
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\r\n").writerows(BOOKS)
    return b"\xef\xbb\xbf" + stream.getvalue().encode()


def main() -> None:
    MARC_FILE.write_bytes(marc_bytes())
    BOOKS_FILE.write_bytes(books_bytes())


if __name__ == "__main__":
    main()
