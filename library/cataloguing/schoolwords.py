"""What a Vietnamese school book is for, read from its words: môn, khối, bộ sách, material (domain.md §C9, §C10).

Pure. A record that says these things itself (local 690, 521, 927) is believed first; this is the second
guess. Subject names that are everyday words ("Toán", "Văn", "Khoa học") count only beside a grade.
Next: marc.py.
"""

from __future__ import annotations

import re
from functools import lru_cache

from library.cataloguing.model import Material
from library.foundation.vietnamese import nfc, unify_spelling

# label -> (names that are enough alone, names that need a grade beside them)
SUBJECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Lịch sử và Địa lí": (("lịch sử và địa lí", "lịch sử & địa lí", "lịch sử - địa lí"), ()),
    "Khoa học tự nhiên": (("khoa học tự nhiên", "khtn"), ()),
    "Tự nhiên và Xã hội": (("tự nhiên và xã hội", "tự nhiên & xã hội", "tự nhiên - xã hội"), ()),
    "Giáo dục kinh tế và pháp luật": (("giáo dục kinh tế và pháp luật", "gdkt&pl"), ()),
    "Giáo dục công dân": (("giáo dục công dân", "gdcd"), ()),
    "Giáo dục quốc phòng và an ninh": (("giáo dục quốc phòng và an ninh", "giáo dục quốc phòng"), ()),
    "Giáo dục thể chất": (("giáo dục thể chất",), ("thể dục",)),
    "Giáo dục địa phương": (("giáo dục địa phương", "tài liệu giáo dục địa phương"), ()),
    "Hoạt động trải nghiệm": (("hoạt động trải nghiệm, hướng nghiệp", "hoạt động trải nghiệm"), ()),
    "Ngữ văn": (("ngữ văn",), ("văn", "văn học", "tập làm văn")),
    "Tiếng Việt": (("tiếng việt",), ("luyện từ và câu", "chính tả", "tập viết", "luyện viết")),
    "Tiếng Anh": (("tiếng anh", "anh văn", "english"), ()),
    "Tiếng Pháp": (("tiếng pháp",), ()),
    "Tiếng Nga": (("tiếng nga",), ()),
    "Tiếng Trung Quốc": (("tiếng trung quốc", "tiếng trung"), ()),
    "Tiếng Nhật": (("tiếng nhật",), ()),
    "Toán": (("toán học", "đại số", "hình học", "giải tích"), ("toán", "số học")),
    "Vật lí": (("vật lí",), ("lí",)),
    "Hoá học": (("hoá học",), ("hoá",)),
    "Sinh học": (("sinh học",), ("sinh",)),
    "Lịch sử": (("lịch sử",), ("sử",)),
    "Địa lí": (("địa lí",), ("địa",)),
    "Tin học": (("tin học",), ()),
    "Công nghệ": ((), ("công nghệ", "kĩ thuật")),
    "Khoa học": ((), ("khoa học",)),
    "Đạo đức": ((), ("đạo đức",)),
    "Âm nhạc": ((), ("âm nhạc",)),
    "Mĩ thuật": ((), ("mĩ thuật",)),
}

BOOK_SETS: dict[str, tuple[str, ...]] = {
    "Kết nối tri thức với cuộc sống": ("kết nối tri thức", "kntt"),
    "Chân trời sáng tạo": ("chân trời sáng tạo", "ctst"),
    "Cánh Diều": ("sách cánh diều", "bộ cánh diều", "(cánh diều", "- cánh diều", "[cánh diều"),
    "Cùng học để phát triển năng lực": ("cùng học để phát triển năng lực",),
    "Vì sự bình đẳng và dân chủ trong giáo dục": ("vì sự bình đẳng và dân chủ",),
}

# Local document types as schools and the National Library write them (927 $a; also a column of lists).
LOCAL_TYPES: dict[str, Material] = {
    "SGK": Material.TEXTBOOK, "GK": Material.TEXTBOOK, "SACH GIAO KHOA": Material.TEXTBOOK,
    "TEXTBOOK": Material.TEXTBOOK,
    "SNV": Material.TEACHER, "SGV": Material.TEACHER, "NV": Material.TEACHER, "SACH NGHIEP VU": Material.TEACHER,
    "SACH GIAO VIEN": Material.TEACHER, "TEACHER": Material.TEACHER,
    "STK": Material.REFERENCE, "TK": Material.REFERENCE, "SACH THAM KHAO": Material.REFERENCE,
    "REFERENCE": Material.REFERENCE,
    "STN": Material.CHILDREN, "TN": Material.CHILDREN, "SACH THIEU NHI": Material.CHILDREN,
    "TRUYEN": Material.CHILDREN, "CHILDREN": Material.CHILDREN,
    "TD": Material.TOOL, "TU DIEN": Material.TOOL, "SACH CONG CU": Material.TOOL, "TRA CUU": Material.TOOL,
    "TU DIEN, TRA CUU": Material.TOOL, "TOOL": Material.TOOL,
    "BTC": Material.PERIODICAL, "TC": Material.PERIODICAL, "BAO": Material.PERIODICAL, "TAP CHI": Material.PERIODICAL,
    "BAO, TAP CHI": Material.PERIODICAL, "BAO - TAP CHI": Material.PERIODICAL, "PERIODICAL": Material.PERIODICAL,
    "BD": Material.MAP_PICTURE, "TRANH": Material.MAP_PICTURE, "BAN DO": Material.MAP_PICTURE,
    "BAN DO, TRANH ANH": Material.MAP_PICTURE, "MAP_PICTURE": Material.MAP_PICTURE,
    "DIA": Material.DISC, "BANG DIA": Material.DISC, "DISC": Material.DISC,
    "HOC LIEU DIEN TU": Material.DIGITAL, "EBOOK": Material.DIGITAL, "DIGITAL": Material.DIGITAL,
}  # fmt: skip

_NUMBER_WORDS = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "mười": 10,
    "mười một": 11, "mười hai": 12,
}  # fmt: skip
_CLASS_WORD = re.compile(
    r"(?<!\w)(?:lớp|khối)\s*(1[0-2]|[1-9])(?!\d)(?:\s*[-–,&]\s*(1[0-2]|[1-9])(?!\d))?"
    r"|(?<!\w)lớp\s+(mười một|mười hai|một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười)(?!\w)"
)
_NAMES = sorted(
    ((unify_spelling(name).lower(), label, alone) for label, (strong, weak) in SUBJECTS.items()
     for names, alone in ((strong, True), (weak, False)) for name in names),
    key=lambda row: -len(row[0]),
)  # fmt: skip
_SUBJECT = re.compile(
    r"(?<!\w)(" + "|".join(re.escape(name) for name, _, _ in _NAMES) + r")(?!\w)(?:\s+(?:lớp\s+)?(1[0-2]|[1-9])(?!\d))?"
)
_LABEL_OF = {name: (label, alone) for name, label, alone in _NAMES}

_TEACHER = re.compile(
    r"sách giáo viên|\bsgv\b|sách nghiệp vụ|thiết kế bài (?:giảng|dạy|soạn)|giáo án|bồi dưỡng giáo viên"
    r"|bồi dưỡng thường xuyên"
    r"|phương pháp dạy|dành cho giáo viên|hướng dẫn (?:dạy|giảng dạy)|nghiệp vụ sư phạm"
)
_TOOL = re.compile(r"^(?:đại )?từ điển|\btừ điển\b|sổ tay (?:toán|vật|hoá|công thức)|bách khoa (?:toàn )?thư|niên giám")
_PERIODICAL = re.compile(r"^(?:tạp chí|báo )\b|^tạp chí|toán học và tuổi trẻ|toán tuổi thơ|văn học và tuổi trẻ")
_MAP = re.compile(r"\batlat\b|\batlas\b|^(?:tập )?bản đồ|^tranh (?:ảnh|dạy học|treo tường)|^quả địa cầu")
_PRACTICE = re.compile(
    r"bài tập|nâng cao|bồi dưỡng|đề (?:thi|kiểm tra)|ôn (?:tập|thi|luyện)|luyện (?:thi|tập|viết)"
    r"|học tốt|để học|giải"
    r"|chuyên đề|tham khảo|trắc nghiệm|phát triển|bài văn|tuyển (?:chọn|tập)|văn mẫu|kiến thức|hướng dẫn"
    r"|\bvở\b|phương pháp"
)
_TEXTBOOK = re.compile(r"sách giáo khoa|\bsgk\b|sách học sinh")
_CHILDREN = re.compile(
    r"thiếu nhi|truyện tranh|cổ tích|nhi đồng|doraemon|đô-?rê-?mon|conan|thần đồng đất việt|truyện kể cho bé|cho bé"
    r"|truyện đọc|ngụ ngôn|thần thoại|ehon|mẹ kể con nghe|shin"
)


@lru_cache(maxsize=8192)
def _comparable(text: str) -> str:
    return unify_spelling(text).lower()


def detect_grades(text: str) -> tuple[int, ...]:
    """Khối 1–12 named in a title: "lớp 6", "lớp 4 - 5", "Toán 6", "lớp Ba"."""
    plain = _comparable(text)
    found: set[int] = set()
    if "lớp" in plain or "khối" in plain:
        for first, last, word in _CLASS_WORD.findall(plain):
            if word:
                found.add(_NUMBER_WORDS[word])
            else:
                low, high = int(first), int(last or first)
                found.update(range(low, high + 1) if low < high else {low, high})
    if any(char.isdigit() for char in plain):
        found.update(int(grade) for _, grade in _SUBJECT.findall(plain) if grade)
    return tuple(sorted(found))


def detect_subjects(text: str, has_grade: bool = False) -> tuple[str, ...]:
    """Môn named in a text. An everyday word counts only when a grade stands beside it or `has_grade`."""
    found: list[str] = []
    for match in _SUBJECT.finditer(_comparable(text)):
        name, grade = match.groups()
        label, alone = _LABEL_OF[name]
        # "sinh" of "học sinh" is no môn: one syllable counts at the beginning or with its grade behind it.
        distinct = match.start() == 0 or " " in name or name == "toán"
        if (alone or grade or (has_grade and distinct)) and label not in found:
            found.append(label)
    return tuple(found)


def find_subject(text: str, *, keyword: bool = False) -> str | None:
    """The môn that a cell names and nothing else ("Vật lý" -> Vật lí); None otherwise. A `keyword` such as
    "Văn học" or "Khoa học" says what a book is about, not that it is for that môn."""
    known = _LABEL_OF.get(_comparable(text))
    return known[0] if known and (known[1] or not keyword) else None


def detect_book_set(text: str) -> str:
    """The textbook series named in a text (bộ sách), or empty."""
    plain = nfc(text).lower()
    if plain in ("cánh diều",):
        return "Cánh Diều"
    return next((label for label, words in BOOK_SETS.items() if any(word in plain for word in words)), "")


def detect_material(
    title: str,
    *,
    grades: tuple[int, ...] = (),
    subjects: tuple[str, ...] = (),
    book_set: str = "",
    publisher: str = "",
    class_number: str = "",
) -> Material:
    """What kind of document a title is, by its words (domain.md §C9, form marks of §C4). Books that say
    nothing are reference books."""
    plain = nfc(title).lower()
    if _TEACHER.search(plain) or "(07)" in class_number:
        return Material.TEACHER
    if _PERIODICAL.search(plain):
        return Material.PERIODICAL
    if _TOOL.search(plain) or "(03)" in class_number:
        return Material.TOOL
    if _MAP.search(plain):
        return Material.MAP_PICTURE
    practice = bool(_PRACTICE.search(plain)) or "(076)" in class_number
    if _TEXTBOOK.search(plain) or "(075)" in class_number:
        return Material.TEXTBOOK
    if grades and subjects and not practice:
        return Material.TEXTBOOK
    if class_number.startswith("Đ") or _CHILDREN.search(plain):
        return Material.CHILDREN
    if not grades and not practice and "kim đồng" in publisher.lower():
        return Material.CHILDREN
    return Material.REFERENCE
