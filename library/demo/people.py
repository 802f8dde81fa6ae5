"""The people of the demo school: 480 pupils in 12 classes, 35 teachers in 6 departments, 3 staff.

Names are put together from the family, middle and given names that are common in the south of Vietnam;
nobody real is meant. Same seed, same people. Next: school.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

CLASSES = tuple(f"{grade}A{number}" for grade in (6, 7, 8, 9) for number in (1, 2, 3))
PUPILS_PER_CLASS = 40

_FAMILY = {
    "Nguyễn": 36,
    "Trần": 12,
    "Lê": 10,
    "Phạm": 7,
    "Huỳnh": 6,
    "Phan": 4,
    "Võ": 4,
    "Đặng": 2.5,
    "Bùi": 2,
    "Đỗ": 1.5,
    "Hồ": 1.6,
    "Ngô": 1.4,
    "Dương": 1.4,
    "Trương": 1.8,
    "Lâm": 1.2,
    "Lý": 0.7,
    "Đinh": 0.7,
    "Đoàn": 0.8,
    "Mai": 0.8,
    "Tô": 0.4,
    "Châu": 0.6,
    "Cao": 0.6,
    "Thạch": 0.3,
    "Neáng": 0.1,
}
_BOY_MIDDLE = (
    "Văn Minh Hoàng Quốc Gia Thanh Đức Hữu Công Anh Tuấn Nhật Bảo Trung Thành Xuân Ngọc Phúc Tấn Chí Thiên Trọng Khánh"
)
_BOY_GIVEN = (
    "An Anh Bảo Bình Cường Dũng Duy Đạt Đăng Đức Hải Hào Hiếu Hoàng Huy Hùng Khang Khánh Khoa Khôi Kiên Kiệt "
    "Lâm Long Lộc Luân Minh Nam Nghĩa Nguyên Nhân Nhật Phát Phong Phú Phúc Phước Quân Quang Quốc Sơn Tài Tâm Tân "
    "Thái Thành Thiện Thịnh Thuận Tiến Tín Toàn Trí Trung Trường Tú Tuấn Tùng Việt Vinh Vũ Vỹ Ân Đông"
)
_GIRL_MIDDLE = (
    "Thị Ngọc Thanh Minh Bảo Gia Kim Mỹ Như Phương Quỳnh Thảo Thu Thuỳ Tuyết Khánh Hồng Hoài Diễm Yến Cẩm Ánh Lan Tường"
)
_GIRL_GIVEN = (
    "An Anh Ánh Băng Châu Chi Diễm Diệp Dung Duyên Đào Giang Hà Hân Hạnh Hằng Hiền Hoa Hoà Hồng Huệ Hương "
    "Khuê Lan Linh Loan Ly Mai Minh My Mỹ Nga Ngân Nghi Ngọc Nguyên Nhi Như Nhung Oanh Phương Quyên Quỳnh Thanh Thảo "
    "Thi Thơ Thu Thuỷ Thuý Thư Thương Tiên Trà Trâm Trân Trang Trinh Trúc Tú Tuyền Tuyết Uyên Vân Vy Xuân Ý Yến"
)
# Children of one name: two in one class (only the birth date tells them apart), three over the school.
_NAMESAKES = (
    ("6A1", "Nguyễn Minh Anh", "female"),
    ("6A1", "Nguyễn Minh Anh", "female"),
    ("7A2", "Trần Gia Bảo", "male"),
    ("7A2", "Trần Gia Bảo", "male"),
    ("6A3", "Nguyễn Ngọc Ánh", "female"),
    ("8A1", "Nguyễn Ngọc Ánh", "female"),
    ("9A2", "Nguyễn Ngọc Anh", "female"),
    ("8A3", "Lê Hoàng Phúc", "male"),
    ("9A1", "Lê Hoàng Phúc", "male"),
)

# Department -> (members, subjects taught)
DEPARTMENTS: dict[str, int] = {
    "Toán – Tin": 8,
    "Ngữ văn": 7,
    "Khoa học tự nhiên": 7,
    "Sử – Địa – GDCD": 5,
    "Ngoại ngữ": 4,
    "Nghệ thuật – Thể chất": 4,
}
_STAFF_POSTS = ("Nhân viên kế toán", "Nhân viên y tế", "Nhân viên văn thư")


@dataclass(slots=True)
class Person:
    """One reader to be. `activity` is how eagerly they borrow (0 = never); `id` is set when written."""

    kind: str
    full_name: str
    gender: str
    born_on: date
    education_id: str
    class_name: str | None = None
    grade: int | None = None
    department: str | None = None
    post: str | None = None
    homeroom: str | None = None
    activity: float = 1.0
    id: int = 0
    card: str = ""
    open_loans: list[int] = field(default_factory=list)


def _name(random: Random, gender: str, born_year: int) -> str:
    family = random.choices(tuple(_FAMILY), tuple(_FAMILY.values()))[0]
    middles = (_BOY_MIDDLE if gender == "male" else _GIRL_MIDDLE).split()
    givens = (_BOY_GIVEN if gender == "male" else _GIRL_GIVEN).split()
    old = born_year < 2000
    # Parents' generation: mostly one middle name, "Văn" and "Thị"; children: often two.
    middle = middles[0] if old and random.random() < 0.45 else random.choice(middles)
    given = random.choice(givens)
    while given == middle:
        given = random.choice(givens)
    if not old and random.random() < 0.22:
        second = random.choice(middles[1:])
        if second not in (middle, given):
            middle = f"{middle} {second}" if middle == middles[0] else f"{second} {middle}"
    return f"{family} {middle} {given}"


def make_pupils(random: Random, first_year: int) -> list[Person]:
    """480 pupils for the school year that begins in `first_year`; grade 6 was born eleven years earlier."""
    pupils: list[Person] = []
    code = 8_900_100_000
    for class_name in CLASSES:
        grade = int(class_name[0])
        fixed = [(name, gender) for place, name, gender in _NAMESAKES if place == class_name]
        for number in range(PUPILS_PER_CLASS):
            year = first_year - grade - 5 - (random.random() < 0.03)
            born_on = date(year, 1, 1) + timedelta(days=random.randrange(365))
            if number < len(fixed):
                name, gender = fixed[number]
            else:
                gender = "female" if random.random() < 0.49 else "male"
                name = _name(random, gender, year)
            code += random.randint(3, 97)
            # A few read everything, most now and then, some not at all (field experience).
            activity = random.choices((0.0, 0.4, 1.0, 2.5, 6.0), (8, 32, 35, 19, 6))[0]
            if gender == "female":
                activity *= 1.25
            if grade == 9:
                activity *= 0.75
            pupils.append(Person("pupil", name, gender, born_on, str(code), class_name, grade, activity=activity))
    return pupils


def make_staff(random: Random, first_year: int) -> list[Person]:
    """35 teachers (12 of them homeroom teachers, 2 in the school's lead) and 3 others."""
    people: list[Person] = []
    code = 8_900_000_100
    homerooms = list(CLASSES)
    for department, members in DEPARTMENTS.items():
        for number in range(members):
            year = first_year - random.randint(26, 55)
            gender = "female" if random.random() < 0.68 else "male"
            code += random.randint(3, 60)
            post = "Tổ trưởng chuyên môn" if number == 0 else "Tổ phó chuyên môn" if number == 1 else "Giáo viên"
            homeroom = homerooms.pop(0) if number in (2, 3) and homerooms else None
            born_on = date(year, 1, 1) + timedelta(days=random.randrange(365))
            people.append(
                Person(
                    "teacher",
                    _name(random, gender, year),
                    gender,
                    born_on,
                    str(code),
                    department=department,
                    post=post,
                    homeroom=homeroom,
                    activity=random.choice((0.5, 1.0, 1.0, 2.0)),
                )
            )
    people[-1].post, people[-2].post = "Hiệu trưởng", "Phó hiệu trưởng"
    people[-1].homeroom = people[-2].homeroom = None
    free = [person for person in people if person.post == "Giáo viên" and person.homeroom is None]
    taken = {person.homeroom for person in people}
    for name, person in zip([name for name in CLASSES if name not in taken], free, strict=False):
        person.homeroom = name
    for post in _STAFF_POSTS:
        year = first_year - random.randint(26, 50)
        code += random.randint(3, 60)
        born_on = date(year, 1, 1) + timedelta(days=random.randrange(365))
        people.append(
            Person("staff", _name(random, "female", year), "female", born_on, str(code), post=post, activity=0.4)
        )
    return people
