"""What can be said about one record or row of an import: stable code, severity, Vietnamese sentence.

Import problems are values, not exceptions. Next: report.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from library.contract.codes import register_errors

Severity = Literal["warning", "error"]

# A record or row with an error is not taken; one with warnings is, and the person should know.
MESSAGES: dict[str, str] = {
    # ISO 2709
    "truncated": "Biểu ghi bị cắt ngang ở cuối tệp. Lấy lại tệp đầy đủ rồi nhập lại phần này.",
    "too_short": "Đoạn này quá ngắn, không phải biểu ghi MARC.",
    "leader_bad": "Đầu biểu (leader) hỏng, không đọc được biểu ghi.",
    "leader_repaired": "Đầu biểu (leader) có chỗ sai, đã sửa: {what}.",
    "directory_bad": "Thư mục trường (directory) hỏng, không xác định được các trường.",
    "directory_repaired": "Thư mục trường (directory) sai, đã dựng lại theo dấu ngăn trường.",
    "no_fields": "Biểu ghi không có trường nào.",
    "not_a_title": "Đây là biểu ghi {kind}, không phải sách hay tài liệu, nên không đưa vào mục lục.",
    "encoding_flag": "Đầu biểu không ghi Unicode nhưng nội dung là UTF-8; đã đọc theo UTF-8.",
    "encoding_flag_marc8": "Đầu biểu ghi Unicode nhưng nội dung có vẻ là MARC-8; đã đọc theo MARC-8. Xem lại dấu.",
    "encoding_damaged": "Có ký tự không đọc được theo bảng mã của biểu ghi, đã thay bằng dấu �. Xem lại trường này.",
    "encoding_guessed": "Trường có chữ không theo bảng mã của biểu ghi; đã đọc theo Windows-1252. Xem lại dấu.",
    "encoding_choice": "Chữ trong biểu ghi có vẻ theo bảng mã {label} (“{preview}”). "
    "Nhập lại và chọn bảng mã này (--profile {name}).",
    "control_removed": "Trường có ký tự điều khiển, đã thay bằng dấu cách.",
    "tag_bad": "Nhãn trường hoặc chỉ thị có ký tự lạ, đã thay bằng khoảng trắng.",
    "marc_too_long": "Biểu ghi dài hơn mức tệp .mrc cho phép; khi xuất hãy dùng MARCXML.",
    # MARCXML
    "xml_broken": "Đoạn XML của biểu ghi không đúng cú pháp: {detail}.",
    "xml_unclosed": "Biểu ghi XML không có thẻ đóng.",
    "xml_field_bad": "Trường hoặc trường con thiếu nhãn hay mã, đã bỏ qua phần đó.",
    # content
    "title_missing": "Không có nhan đề. Mở biểu ghi và bổ sung.",
    "isbn_bad": "ISBN {detail} sai số kiểm tra; giữ nguyên trong biểu ghi nhưng không dùng để tìm.",
    "duplicate": "Sách này đã có (biểu ghi số {record_id}: “{title}”), không tạo thêm.",
    "duplicate_in_file": "Trùng với mục {other} trong cùng tệp, không tạo thêm.",
    "isbn_shared": "ISBN này đã dùng cho sách khác (biểu ghi số {record_id}: “{title}”). Kiểm tra lại.",
    # copies
    "accession_in_file_twice": "Số đăng ký cá biệt {number} xuất hiện hai lần trong tệp; bản thứ hai không được tạo.",
    "accession_taken_by_other": "Số đăng ký cá biệt {number} đã có ở sách “{title}”; bản này không được tạo.",
    "accession_unusable": "Số đăng ký cá biệt “{number}” không dùng làm mã vạch được; bản này không được tạo.",
    "copies_not_repeated": "Dòng này giống hệt lần nhập trước nên không thêm bản. "
    "Nếu là sách mua thêm, thêm bản ở trang của sách.",
    # book lists
    "row_no_title": "Dòng không có nhan đề.",
    "cell_formula": "Ô {column} là công thức; đã dùng giá trị đã tính sẵn.",
    "cell_formula_empty": "Ô {column} là công thức chưa có giá trị. Mở tệp bằng Excel, lưu lại rồi nhập lại.",
    "cell_error": "Ô {column} báo lỗi {value}.",
    "cell_number_bad": "Ô {column} cần một số, đang là “{value}”; đã bỏ trống.",
    "cell_code_lost": "Ô {column} bị Excel làm tròn ({value}). Định dạng ô là văn bản rồi nhập lại.",
    "cell_encoding": "Chữ ở dòng này theo bảng mã {label}, đã chuyển sang Unicode. Kiểm tra lại.",
    "copies_too_many": "Số lượng {value} lớn hơn {limit}; chỉ nhận biểu ghi, không tạo bản.",
    "file_encoding": "Tệp không phải Unicode; đã đọc theo {label}. Kiểm tra lại chữ trong vài dòng đầu.",
}

# Whole-file errors: nothing was changed (exit code 2).
FILE_ERRORS: dict[str, str] = {
    "import_empty": "Tệp {name} trống. Kiểm tra lại tệp rồi chọn lại.",
    "import_too_large": "Tệp {name} lớn hơn {limit_mb} MB. Chia nhỏ tệp rồi nhập từng phần.",
    "import_pdf": "Tệp {name} là tệp PDF, không phải tệp {wanted}.",
    "import_archive": "Tệp {name} là tệp nén. Giải nén rồi chọn tệp {wanted} bên trong.",
    "import_sheet_for_marc": "Tệp {name} là bảng tính. Dùng mục nhập danh mục sách (kesach import books).",
    "import_marc_for_sheet": "Tệp {name} là tệp MARC. Chọn loại “Biểu ghi MARC”, hoặc lệnh kesach import marc.",
    "import_not_marc": "Tệp {name} không phải tệp MARC (ISO 2709 hoặc MARCXML).",
    "import_xml_dtd": "Tệp {name} có khai báo DTD (DOCTYPE) nên không được mở vì lý do an toàn.",
    "import_no_header": "Không tìm thấy hàng tiêu đề trong {name}. "
    "Cần ít nhất một cột tên là “Nhan đề” hoặc “Tên sách”.",
    "import_mapping_bad": "Tệp ánh xạ cột {name} chưa đúng: {detail}.",
    "import_profile_bad": "Không có bảng mã {profile}. Chọn một trong: {choices}.",
    "import_running": "Đợt nhập {number} của tệp này đang chạy ở nơi khác. Đợi xong rồi xem kết quả.",
    "import_unknown": "Không có đợt nhập {number}.",
    "import_undone_already": "Đợt nhập {number} đã hoàn tác rồi.",
    "import_file_gone": "Không còn tệp gốc của đợt nhập {number}. Nhập lại tệp đó để chạy tiếp, hoặc hoàn tác đợt này.",
    "import_not_running": "Đợt nhập {number} không dở dang.",
    "import_upload_missing": "Chưa chọn tệp, hoặc tệp đã tải lên không còn. Chọn lại tệp.",
}
register_errors(FILE_ERRORS)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to know about one record or row. `tag` is a MARC tag or a column's name."""

    code: str
    severity: Severity = "warning"
    tag: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return MESSAGES[self.code].format_map(_Missing(self.params))

    def as_stored(self, row: int | None) -> dict[str, Any]:
        """For import_item.problems: worded already, so that old reports stay as they were said."""
        return {"row": row, "tag": self.tag, "code": self.code, "severity": self.severity, "message": self.message}


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"
