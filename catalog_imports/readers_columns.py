"""The columns of a list of readers: what a heading may be called, and what is kept. Nothing else is read."""

from __future__ import annotations

from collections.abc import Sequence

# Field -> headings that mean it (compared without accents and case). Nothing else is read.
ALIASES: dict[str, Sequence[str]] = {
    "ordinal": ("STT", "TT", "Số TT", "Số thứ tự"),
    "education_id": (
        "Mã định danh Bộ GD&ĐT", "Mã định danh Bộ GDĐT", "Mã định danh Bộ Giáo dục và Đào tạo", "Mã định danh",
        "Mã định danh học sinh", "Mã định danh trên CSDL ngành", "Mã số định danh Bộ GD&ĐT", "Mã MOET",
    ),
    "local_code": (
        "Mã học sinh", "Mã HS", "Mã số học sinh", "Mã cán bộ", "Mã CBGVNV", "Mã CB GV NV", "Mã giáo viên", "Mã GV",
    ),
    "full_name": (
        "Họ tên", "Họ và tên", "Họ tên học sinh", "Họ và tên học sinh", "Tên học sinh", "Họ tên giáo viên",
        "Họ và tên giáo viên", "Họ và tên cán bộ", "Họ tên CBGVNV", "Họ và tên khai sinh",
    ),
    "family_name": ("Họ", "Họ đệm", "Họ và đệm", "Họ và tên đệm", "Họ và chữ đệm", "Họ lót", "Họ và chữ lót"),
    "given_name": ("Tên",),
    "born_on": ("Ngày sinh", "Ngày tháng năm sinh", "Ngày, tháng, năm sinh", "NTNS", "Sinh ngày"),
    "gender": ("Giới tính", "Nam/Nữ", "Phái", "GT"),
    "female_mark": ("Nữ",),
    "status": ("Trạng thái", "Tình trạng", "Trạng thái học sinh", "Trạng thái cán bộ"),
    "class_name": ("Lớp", "Lớp học", "Tên lớp"),
    "class_code": ("Mã lớp", "Mã lớp học"),
    "grade": ("Khối", "Khối học", "Khối lớp"),
    "department": ("Tổ chuyên môn", "Tổ bộ môn", "Tổ CM", "Thuộc tổ", "Tổ công tác"),
    "post": ("Vị trí việc làm", "Chức vụ", "Chức danh", "Loại cán bộ"),
    "homeroom": ("Lớp chủ nhiệm", "Chủ nhiệm lớp", "GVCN lớp", "Chủ nhiệm"),
}  # fmt: skip
# What is kept of a list, as a person would name it; said before and after a file is chosen.
KEPT_COLUMNS: dict[str, str] = {
    "full_name": "Họ và tên",
    "class_name": "Lớp",
    "education_id": "Mã định danh Bộ GD&ĐT",
    "local_code": "Mã của trường",
    "born_on": "Ngày sinh",
    "gender": "Giới tính",
    "status": "Trạng thái",
    "department": "Tổ chuyên môn",
    "post": "Vị trí việc làm, chức vụ",
    "homeroom": "Lớp chủ nhiệm",
}
