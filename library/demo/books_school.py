"""School books of the demo school: textbooks by môn × khối × bộ sách, exercise and teacher's books,
reference books, teachers' professional books, dictionaries, periodicals, maps.

Series, publishers and chief authors of the 2018 programme are facts; reference titles follow the usual
patterns of the trade and may be made up. Next: books_reading.py, collection.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from library.cataloguing.model import Material, RecordFields
from library.demo.books_vietnamese import lines_of

EDUCATION = "Giáo dục Việt Nam"
KNTT, CTST, CD = "Kết nối tri thức với cuộc sống", "Chân trời sáng tạo", "Cánh Diều"
GRADES = (6, 7, 8, 9)
_YEAR_OF_GRADE = {6: 2021, 7: 2022, 8: 2023, 9: 2024}

# môn -> DDC number of its school books
SUBJECT_CLASS: dict[str, str] = {
    "Ngữ văn": "807.12",
    "Toán": "510.71",
    "Tiếng Anh": "428.0071",
    "Khoa học tự nhiên": "507.12",
    "Lịch sử và Địa lí": "907.12",
    "Giáo dục công dân": "170.712",
    "Tin học": "004.0712",
    "Công nghệ": "607.12",
    "Âm nhạc": "780.712",
    "Mĩ thuật": "707.12",
    "Giáo dục thể chất": "796.0712",
    "Hoạt động trải nghiệm": "373.14",
}
_SHOWN = {"Hoạt động trải nghiệm": "Hoạt động trải nghiệm, hướng nghiệp"}
_CHIEF = {
    (KNTT, "Toán"): "Hà Huy Khoái",
    (KNTT, "Ngữ văn"): "Bùi Mạnh Hùng",
    (KNTT, "Khoa học tự nhiên"): "Vũ Văn Hùng",
    (KNTT, "Tiếng Anh"): "Hoàng Văn Vân",
    (KNTT, "Lịch sử và Địa lí"): "Vũ Minh Giang",
    (KNTT, "Giáo dục công dân"): "Nguyễn Thị Toan",
    (KNTT, "Tin học"): "Nguyễn Chí Công",
    (KNTT, "Công nghệ"): "Lê Huy Hoàng",
    (KNTT, "Âm nhạc"): "Hoàng Long",
    (KNTT, "Mĩ thuật"): "Đoàn Thị Mỹ Hương",
    (KNTT, "Giáo dục thể chất"): "Nguyễn Duy Quyết",
    (KNTT, "Hoạt động trải nghiệm"): "Lưu Thu Thuỷ",
    (CTST, "Toán"): "Trần Nam Dũng",
    (CTST, "Ngữ văn"): "Nguyễn Thị Hồng Nam",
    (CTST, "Khoa học tự nhiên"): "Cao Cự Giác",
    (CTST, "Công nghệ"): "Bùi Văn Hồng",
    (CTST, "Tiếng Anh"): "Trần Cao Bội Ngọc",
    (CD, "Toán"): "Đỗ Đức Thái",
    (CD, "Ngữ văn"): "Nguyễn Minh Thuyết",
    (CD, "Khoa học tự nhiên"): "Mai Sỹ Tuấn",
    (CD, "Lịch sử và Địa lí"): "Đỗ Thanh Bình",
    (CD, "Giáo dục công dân"): "Nguyễn Thị Mỹ Lộc",
    (CD, "Tin học"): "Hồ Sĩ Đàm",
    (CD, "Công nghệ"): "Nguyễn Tất Thắng",
    (CD, "Giáo dục thể chất"): "Lưu Quang Hiệp",
    (CD, "Hoạt động trải nghiệm"): "Nguyễn Dục Quang",
}
_TWO_VOLUMES = {"Toán", "Ngữ văn"}
_ENGLISH = {KNTT: "Global Success", CTST: "Friends Plus", CD: "Explore English"}


@dataclass(slots=True)
class DemoTitle:
    """A title to catalogue. `copies`: how many to buy; `love`: how often it is borrowed (0 = never);
    `first_year`: when the school got it at the earliest."""

    fields: RecordFields
    copies: int
    love: float = 1.0
    id: int = 0

    @property
    def price(self) -> int:
        return self.fields.price or 0


def make_record(title: str, material: Material, ddc: str, **more: Any) -> RecordFields:
    return RecordFields(title=title, material=material, class_scheme="ddc", class_number=ddc, **more)


def textbooks() -> Iterator[DemoTitle]:
    """SGK, sách bài tập and sách giáo viên of the three series."""
    for grade in GRADES:
        year = _YEAR_OF_GRADE[grade]
        for book_set in (KNTT, CTST, CD):
            publisher = "Đại học Sư phạm" if book_set == CD else EDUCATION
            for subject, ddc in SUBJECT_CLASS.items():
                name = f"{_SHOWN.get(subject, subject)} {grade}"
                chief = _CHIEF.get((book_set, subject))
                common = {
                    "authors": (chief,) if chief else (),
                    "publisher": publisher,
                    "place": "Hà Nội",
                    "year": year,
                    "book_set": book_set,
                    "subjects": (subject,),
                    "grades": (grade,),
                    "size": "26 cm",
                    "responsibility": f"{chief} tổng chủ biên" if chief else "",
                }
                subtitle = _ENGLISH[book_set] if subject == "Tiếng Anh" else ""
                # The school teaches from the first series; of the others the teachers' room has a few.
                amount = 14 if book_set == KNTT else 3
                for part in ("Tập một", "Tập hai") if subject in _TWO_VOLUMES else ("",):
                    yield DemoTitle(
                        make_record(
                            name,
                            Material.TEXTBOOK,
                            ddc,
                            subtitle=subtitle,
                            part=part,
                            pages="128 tr.",
                            price=16_000 + 1_000 * (grade - 6) + len(subject) * 200,
                            **common,
                        ),
                        amount,
                        0.5,
                    )
                    if subject in ("Giáo dục thể chất", "Hoạt động trải nghiệm", "Mĩ thuật", "Âm nhạc"):
                        continue
                    yield DemoTitle(
                        make_record(
                            f"Bài tập {name}",
                            Material.TEXTBOOK,
                            ddc,
                            part=part,
                            pages="96 tr.",
                            price=14_000 + 1_000 * (grade - 6),
                            **common,
                        ),
                        4 if book_set == KNTT else 2,
                        0.4,
                    )
                yield DemoTitle(
                    make_record(
                        f"{name}: Sách giáo viên", Material.TEACHER, ddc, pages="200 tr.", price=42_000, **common
                    ),
                    4 if book_set == KNTT else 1,
                    0.6,
                )


# Patterns of the trade; {s} = môn, {g} = khối. For which subjects, price, publisher.
_MATHS, _LETTERS, _ENGLISH_ONLY, _SCIENCE = ("Toán",), ("Ngữ văn",), ("Tiếng Anh",), ("Khoa học tự nhiên",)
_MAIN = ("Toán", "Ngữ văn", "Tiếng Anh", "Khoa học tự nhiên", "Lịch sử và Địa lí")
_ALL_SUBJECTS = tuple(SUBJECT_CLASS)[:8]
_HCM, _HN_UNI, _SU_PHAM = "Tổng hợp Thành phố Hồ Chí Minh", "Đại học Quốc gia Hà Nội", "Đại học Sư phạm"
_REFERENCE: tuple[tuple[str, tuple[str, ...], int, str], ...] = (
    ("Bồi dưỡng học sinh giỏi {s} {g}", _ALL_SUBJECTS, 62_000, _HN_UNI),
    ("Đề kiểm tra, đánh giá {s} {g}", _ALL_SUBJECTS, 45_000, _SU_PHAM),
    ("Hướng dẫn học tốt {s} {g}", _ALL_SUBJECTS, 52_000, _HN_UNI),
    ("Ôn tập hè {s} {g}", _MAIN, 35_000, EDUCATION),
    ("Trắc nghiệm {s} {g}", _ALL_SUBJECTS, 48_000, _HCM),
    ("Phát triển năng lực {s} {g}", _MAIN, 55_000, EDUCATION),
    ("Kiến thức trọng tâm {s} {g}", _MAIN, 47_000, _HN_UNI),
    ("Các chuyên đề bồi dưỡng {s} {g}", _MAIN, 68_000, _HN_UNI),
    ("Củng cố và ôn luyện {s} {g}", _MAIN, 58_000, _HN_UNI),
    ("Sổ tay {s} {g}", _MAIN, 30_000, EDUCATION),
    ("Bài tập nâng cao và một số chuyên đề {s} {g}", _MATHS, 65_000, EDUCATION),
    ("Nâng cao và phát triển {s} {g}", (*_MATHS, *_SCIENCE), 60_000, EDUCATION),
    ("Tuyển tập các bài toán hay và khó lớp {g}", _MATHS, 72_000, _HCM),
    ("500 bài toán chọn lọc lớp {g}", _MATHS, 59_000, _SU_PHAM),
    ("Các dạng toán và phương pháp giải lớp {g}", _MATHS, 66_000, EDUCATION),
    ("Toán phát triển tư duy lớp {g}", _MATHS, 54_000, _SU_PHAM),
    ("Hình học lớp {g}: Bài tập cơ bản và nâng cao", _MATHS, 56_000, _HCM),
    ("Đại số lớp {g}: Bài tập cơ bản và nâng cao", _MATHS, 56_000, _HCM),
    ("Những bài văn chọn lọc lớp {g}", _LETTERS, 49_000, _HCM),
    ("Những bài làm văn mẫu lớp {g}", _LETTERS, 46_000, _HN_UNI),
    ("Đọc hiểu mở rộng văn bản Ngữ văn {g}", _LETTERS, 52_000, EDUCATION),
    ("Bình giảng tác phẩm Ngữ văn {g}", _LETTERS, 50_000, EDUCATION),
    ("Rèn kĩ năng làm văn lớp {g}", _LETTERS, 44_000, EDUCATION),
    ("Từ vựng và ngữ pháp Tiếng Anh {g}", _ENGLISH_ONLY, 55_000, _HN_UNI),
    ("Bài tập Tiếng Anh {g} có đáp án", _ENGLISH_ONLY, 58_000, _HCM),
    ("Luyện nghe Tiếng Anh {g}", _ENGLISH_ONLY, 52_000, _HCM),
    ("Big 4: Bộ đề tự kiểm tra Tiếng Anh {g}", _ENGLISH_ONLY, 89_000, _HN_UNI),
    ("Thí nghiệm vui Khoa học tự nhiên {g}", _SCIENCE, 48_000, EDUCATION),
    ("Câu hỏi thực tế Khoa học tự nhiên {g}", _SCIENCE, 45_000, EDUCATION),
    ("Tư liệu dạy học Lịch sử {g}", ("Lịch sử và Địa lí",), 57_000, EDUCATION),
    ("Tập bản đồ Địa lí {g}", ("Lịch sử và Địa lí",), 38_000, EDUCATION),
    ("Tình huống Giáo dục công dân {g}", ("Giáo dục công dân",), 36_000, EDUCATION),
    ("Thực hành Tin học {g}", ("Tin học",), 42_000, EDUCATION),
)
_REFERENCE_AUTHORS = (
    "Vũ Hữu Bình",
    "Tôn Thân",
    "Nguyễn Đức Tấn",
    "Bùi Văn Tuyên",
    "Phan Doãn Thoại",
    "Lê Anh Xuân",
    "Tạ Đức Hiền",
    "Thái Thuỷ Vân",
    "Nguyễn Thị Chi",
    "Mai Lan Hương",
    "Lưu Hoằng Trí",
    "Đại Lợi",
    "Nguyễn Ngọc Đạm",
    "Vũ Dương Thuỵ",
    "Trần Văn Sáu",
    "Phạm Minh Diệu",
    "Lê Thị Thu Hương",
    "Nguyễn Bảo Ngọc",
    "Hoàng Văn Khánh",
    "Đặng Thị Mai Hoa",
)
_ENTRANCE = (
    ("Ôn thi vào lớp 10 môn {s}", 65_000),
    ("Bộ đề luyện thi vào lớp 10 môn {s}", 79_000),
    ("Chinh phục đề thi vào 10 môn {s}", 95_000),
    ("Cấp tốc ôn thi vào lớp 10 môn {s}", 58_000),
)


def reference_books() -> Iterator[DemoTitle]:
    """STK by môn and khối, and the entrance examination shelf of grade 9."""
    turn = 0
    for pattern, subjects, price, publisher in _REFERENCE:
        for subject in subjects:
            for grade in GRADES:
                turn += 1
                author = _REFERENCE_AUTHORS[turn * 7 % len(_REFERENCE_AUTHORS)]
                yield DemoTitle(
                    make_record(
                        pattern.format(s=subject, g=grade),
                        Material.REFERENCE,
                        SUBJECT_CLASS[subject],
                        authors=(author,),
                        publisher=publisher,
                        place="Thành phố Hồ Chí Minh" if publisher == _HCM else "Hà Nội",
                        year=2021 + (turn * 3) % 5,
                        subjects=(subject,),
                        grades=(grade,),
                        pages=f"{120 + turn % 90} tr.",
                        size="24 cm",
                        price=price + 1_000 * (grade - 6),
                    ),
                    2 + (subject in ("Toán", "Ngữ văn", "Tiếng Anh")),
                    0.9,
                )
    for pattern, price in _ENTRANCE:
        for subject in ("Toán", "Ngữ văn", "Tiếng Anh"):
            yield DemoTitle(
                make_record(
                    pattern.format(s=subject),
                    Material.REFERENCE,
                    SUBJECT_CLASS[subject],
                    authors=(_REFERENCE_AUTHORS[price % 19],),
                    publisher=_HN_UNI,
                    place="Hà Nội",
                    year=2025,
                    subjects=(subject,),
                    grades=(9,),
                    pages="240 tr.",
                    size="24 cm",
                    price=price,
                ),
                4,
                2.0,
            )


_TEACHERS_BY_SUBJECT = (
    ("Thiết kế bài dạy {s} {g}", 58_000),
    ("Kế hoạch bài dạy {s} {g} theo hướng phát triển năng lực", 65_000),
)
_TEACHERS_GENERAL = """
Phương pháp dạy học tích cực ở trung học cơ sở
Đổi mới kiểm tra, đánh giá theo định hướng năng lực
Công tác chủ nhiệm lớp ở trường trung học cơ sở
Tư vấn tâm lí học đường
Xây dựng trường học hạnh phúc
Dạy học theo dự án
Giáo dục STEM trong trường trung học cơ sở
Ứng dụng công nghệ thông tin trong dạy học
Kỉ luật tích cực trong lớp học
Giáo dục hoà nhập học sinh khuyết tật
Quản lí chuyên môn ở tổ bộ môn
Sinh hoạt chuyên môn theo nghiên cứu bài học
Nghiệp vụ công tác Đội Thiếu niên Tiền phong Hồ Chí Minh
Luật Giáo dục và văn bản hướng dẫn thi hành
Điều lệ trường trung học cơ sở, trường trung học phổ thông
Cẩm nang công tác thư viện trường học
Tổ chức tiết đọc thư viện
Phòng, chống bạo lực học đường
Bồi dưỡng thường xuyên giáo viên trung học cơ sở: Mô đun 1
Bồi dưỡng thường xuyên giáo viên trung học cơ sở: Mô đun 2
Bồi dưỡng thường xuyên giáo viên trung học cơ sở: Mô đun 3
Bồi dưỡng thường xuyên giáo viên trung học cơ sở: Mô đun 4
Hướng dẫn thực hiện Chương trình giáo dục phổ thông 2018
Chương trình giáo dục phổ thông: Chương trình tổng thể
Kĩ năng giao tiếp sư phạm
Tâm lí học lứa tuổi thiếu niên
Sơ cứu ban đầu trong trường học
Nghiên cứu khoa học sư phạm ứng dụng
Trò chơi trong dạy học
Sơ đồ tư duy trong dạy học
"""


def teacher_books() -> Iterator[DemoTitle]:
    """SNV beyond the sách giáo viên."""
    for pattern, price in _TEACHERS_BY_SUBJECT:
        for subject in _ALL_SUBJECTS:
            for grade in GRADES:
                yield DemoTitle(
                    make_record(
                        pattern.format(s=subject, g=grade),
                        Material.TEACHER,
                        SUBJECT_CLASS[subject],
                        publisher=_SU_PHAM,
                        place="Hà Nội",
                        year=2022 + grade % 3,
                        subjects=(subject,),
                        grades=(grade,),
                        pages="180 tr.",
                        size="24 cm",
                        price=price,
                    ),
                    1,
                    0.7,
                )
    for number, (title,) in enumerate(lines_of(_TEACHERS_GENERAL)):
        yield DemoTitle(
            make_record(
                title,
                Material.TEACHER,
                "371.1" if number % 3 else "373.1",
                publisher=EDUCATION,
                place="Hà Nội",
                year=2018 + number % 7,
                pages=f"{140 + 5 * number} tr.",
                size="21 cm",
                price=48_000 + 1_000 * number,
            ),
            2 + number % 3,
            0.8,
        )


_TOOLS = """
Từ điển tiếng Việt|Hoàng Phê|495.9223|Đà Nẵng
Từ điển chính tả tiếng Việt|Hoàng Tuyền Linh|495.9223|
Từ điển thành ngữ và tục ngữ Việt Nam|Nguyễn Lân|495.9223|Văn học
Từ điển từ và ngữ Hán - Việt|Nguyễn Lân|495.9223|Văn học
Từ điển đồng nghĩa tiếng Việt|Nguyễn Văn Tu|495.9223|
Từ điển trái nghĩa tiếng Việt|Dương Kỳ Đức|495.9223|
Từ điển từ láy tiếng Việt|Hoàng Văn Hành|495.9223|
Từ điển Anh - Việt|Lê Khả Kế|423.95922|
Từ điển Việt - Anh|Bùi Phụng|495.922321|Thế giới
Từ điển Anh - Việt bằng hình cho học sinh||423.95922|
Từ điển Pháp - Việt|Lê Khả Kế|443.95922|
Oxford Advanced Learner's Dictionary|A. S. Hornby|423|Oxford University Press
Từ điển Toán học phổ thông||510.3|@
Từ điển Vật lí phổ thông||530.3|@
Từ điển Hoá học phổ thông||540.3|@
Từ điển Sinh học phổ thông|Lê Đình Lương|570.3|@
Từ điển văn học (bộ mới)|Đỗ Đức Hiểu|803|Thế giới
Từ điển nhân vật lịch sử Việt Nam|Nguyễn Q. Thắng|959.70092|
Từ điển danh nhân thế giới||920.02|
Từ điển bách khoa Việt Nam||039.95922|Từ điển Bách khoa
Bách khoa toàn thư tuổi trẻ: Khoa học và kĩ thuật||034.951|Phụ nữ
Bách khoa toàn thư tuổi trẻ: Văn học và nghệ thuật||034.951|Phụ nữ
Bách khoa toàn thư tuổi trẻ: Thiên nhiên và môi trường||034.951|Phụ nữ
Atlat Địa lí Việt Nam|Ngô Đạt Tam|912.597|@
Atlas thế giới cho học sinh||912|
Sổ tay công thức Toán - Lí - Hoá trung học cơ sở||510.21|@
Sổ tay địa danh Việt Nam|Đinh Xuân Vịnh|915.97003|
Niên giám thống kê tỉnh An Giang||315.9791|Thống kê
Hỏi đáp về Hiến pháp nước Cộng hoà xã hội chủ nghĩa Việt Nam||342.597|
Đại Việt sử ký toàn thư|Ngô Sĩ Liên|959.7|Văn học
"""
_PERIODICALS = """
Báo Nhân Dân|079.597
Báo Giáo dục và Thời đại|370.5
Báo An Giang|079.5979
Báo Thiếu niên Tiền phong|059.95922
Báo Nhi đồng|059.95922
Báo Khăn Quàng Đỏ|059.95922
Báo Hoa học trò|059.95922
Báo Mực tím|059.95922
Tạp chí Toán học và Tuổi trẻ|510.5
Tạp chí Toán Tuổi thơ 2|510.5
Tạp chí Văn học và Tuổi trẻ|805
Tạp chí Vật lí và Tuổi trẻ|530.5
Tạp chí Giáo dục|370.5
Tạp chí Thế giới trong ta|370.15
Tạp chí Xưa và Nay|959.7005
"""
_MAPS = """
Bản đồ hành chính Việt Nam
Bản đồ tự nhiên Việt Nam
Bản đồ các nước trên thế giới
Bản đồ hành chính tỉnh An Giang
Bản đồ Biển Đông và các đảo của Việt Nam
Bản đồ khí hậu Việt Nam
Bản đồ kinh tế chung Việt Nam
Bản đồ châu Á: Tự nhiên
Bản đồ châu Phi: Tự nhiên
Bản đồ châu Âu: Tự nhiên
Lược đồ chiến thắng Bạch Đằng năm 938
Lược đồ chiến dịch Điện Biên Phủ năm 1954
Lược đồ Cách mạng tháng Tám năm 1945
Lược đồ chiến dịch Hồ Chí Minh năm 1975
Tranh: Cấu tạo tế bào
Tranh: Hệ tuần hoàn ở người
Tranh: Vòng tuần hoàn của nước
Tranh: Bảng tuần hoàn các nguyên tố hoá học
Tranh: Năm điều Bác Hồ dạy
Tranh: An toàn giao thông cho học sinh
"""


def _publisher(text: str) -> str:
    """ "@" stands for the Education publishing house in the lists above; empty for one that fits."""
    return EDUCATION if text == "@" else text or "Khoa học xã hội"


def tools_and_periodicals(last_year: int) -> Iterator[DemoTitle]:
    """Dictionaries, atlases, newspapers and magazines by year, maps and pictures."""
    for number, (title, author, ddc, publisher) in enumerate(lines_of(_TOOLS)):
        yield DemoTitle(
            make_record(
                title,
                Material.TOOL,
                ddc,
                authors=(author,) if author else (),
                publisher=_publisher(publisher),
                year=2005 + number % 16,
                pages=f"{400 + 31 * number} tr.",
                size="24 cm",
                price=95_000 + 6_000 * number,
            ),
            3,
            0.0,
        )
    for title, ddc in lines_of(_PERIODICALS):
        for year in (last_year - 1, last_year):
            yield DemoTitle(
                make_record(
                    f"{title}. Năm {year}",
                    Material.PERIODICAL,
                    ddc,
                    publisher=title,
                    year=year,
                    price=12_000,
                    keywords=("Báo, tạp chí",),
                ),
                4,
                0.0,
            )
    for number, (title,) in enumerate(lines_of(_MAPS)):
        yield DemoTitle(
            make_record(
                title,
                Material.MAP_PICTURE,
                "912" if "đồ" in title else "371.33",
                publisher=EDUCATION,
                place="Hà Nội",
                year=2015 + number % 9,
                size="79 x 109 cm",
                price=42_000 + 1_500 * number,
            ),
            2,
            0.0,
        )
