"""Reason and error codes with their words: the one table shared by server, kiosk and tests.

Codes never change once released. `staff` is said to the librarian and may name details; `child` is
said at the kiosk: one kind sentence that shames nobody and points to what to do (look.md).
`overridable`: staff may set it aside at the desk with a comment. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Wording:
    """How one code is said, to staff and to a child."""

    staff: str
    child: str
    overridable: bool = False


SCHOOL_YEAR = re.compile(r"20\d\d-20\d\d")
_CALL = "Em gọi cô thủ thư nhé."

# Order = which reason a child is told first.
REASONS: dict[str, Wording] = {
    "reader_unknown": Wording("Không tìm thấy thẻ[ {card}| này]. Quét lại, hoặc gõ họ tên để tìm.", f"Thẻ này chưa có trong thư viện. {_CALL}"),
    "card_replaced": Wording("Thẻ[ {card}| này] không còn dùng: đã báo mất, đã thay hoặc đã đóng. Quét thẻ mới, hoặc gõ họ tên để tìm.", f"Thẻ này là thẻ cũ rồi. Em quét thẻ mới nhé. Chưa có thẻ mới thì {_CALL[0].lower()}{_CALL[1:]}"),
    "card_unread": Wording("Thẻ[ {card}| này] đọc chưa đúng. Quét lại thẻ, rồi quét sách của bạn đọc ấy.", "Máy chưa đọc được thẻ. Em quét lại nhé."),
    "codes_joined": Wording("Hai mã dính vào nhau[: {barcode}]. Quét lại thẻ, rồi quét lại sách.", "Máy đọc hai mã dính vào nhau. Em quét lại thẻ, rồi quét lại sách nhé."),
    "labels_joined": Wording("Hai mã dính vào nhau[: {barcode}]. Quét lại từng cuốn.", "Máy đọc hai mã dính vào nhau. Em quét lại từng cuốn nhé."),
    "card_awaited": Wording("Chưa biết cho ai mượn: [{what}|thẻ hoặc tên] vừa rồi chưa mở được bạn đọc nào. Quét thẻ, rồi quét lại cuốn này.", "Em quét thẻ của mình trước nhé."),
    "name_unknown": Wording("Không có bạn đọc nào tên [“{text}”|này]. Xem lại dấu và lớp, gõ ít chữ hơn, hoặc quét thẻ.", "Em quét thẻ của mình nhé."),
    "word_unknown": Wording("Không có bạn đọc hay cuốn sách nào khớp với[ “{text}”| chữ này]. Xem lại chữ vừa gõ, hoặc quét mã dán trên sách.", "Máy không nhận ra mã này. Em quét lại nhé."),
    "copy_unknown": Wording("Không tìm thấy sách có mã[ {barcode}| này]. Quét lại, hoặc thêm bản sách mới.", f"Cuốn này chưa có trong thư viện. {_CALL}"),
    "not_a_card": Wording("Mã[ {barcode}| này] là mã sách, không phải thẻ.", "Đây là sách. Em quét thẻ của mình trước nhé."),
    "not_a_copy": Wording("Mã[ {barcode}| này] là thẻ bạn đọc, không phải sách.", "Đây là thẻ. Em quét mã trên cuốn sách nhé."),
    "code_unknown": Wording("Không nhận ra mã[ {barcode}| này]. Quét lại, hoặc gõ lại đúng mã in dưới vạch.", "Máy không nhận ra mã này. Em quét lại nhé."),
    "isbn_scanned": Wording("Đây là mã ISBN[ của “{title}”][ ({count} bản)]. Quét mã vạch của thư viện dán trên cuốn sách.", "Em quét mã vạch của thư viện trên cuốn sách nhé."),
    "publisher_code": Wording("[{barcode}|Đây] là mã của nhà xuất bản, giống nhau trên mọi cuốn. Quét nhãn thư viện dán trên sách.", "Mã này của nhà xuất bản. Em quét nhãn thư viện dán trên sách nhé."),
    "scan_unreadable": Wording("Không đọc được mã vừa quét. Quét lại chậm hơn.", "Máy chưa đọc được mã. Em quét lại nhé."),
    "reader_expired": Wording("Thẻ của {name} đã hết hạn[ từ {since}].", f"Thẻ của em đã hết hạn. {_CALL}", True),
    "reader_blocked": Wording("{name} đang tạm ngừng mượn[ đến {until}][: {why}].", f"Hôm nay em chưa mượn được. {_CALL}", True),
    "has_overdues": Wording("{name} đang giữ [{count} cuốn|sách] quá hạn.", "Em còn sách quá hạn chưa trả. Em trả rồi mượn tiếp nhé.", True),
    "copy_on_loan_same_reader": Wording("{name} đang mượn chính cuốn này[, hạn {due_on}].", "Em đang mượn cuốn này rồi. Em chọn cuốn khác nhé."),
    "copy_on_loan": Wording("Cuốn này đang có người mượn[: {holder}][, hạn {due_on}]. [{todo}|Cần trả trước khi cho mượn].", f"Cuốn này chưa được trả. {_CALL}"),
    "copy_lost": Wording("Cuốn này đã báo mất[ ngày {since}].", f"Cuốn này cô thủ thư đang tìm đấy. {_CALL}", True),
    "copy_missing": Wording("Cuốn này ghi là thất lạc khi kiểm kê.", f"Cuốn này cô thủ thư đang tìm đấy. {_CALL}", True),
    "copy_withdrawn": Wording("Cuốn này đã thanh lý[ ngày {since}].", f"Cuốn này không còn dùng nữa. {_CALL}"),
    "held_for_other": Wording("Cuốn này đang giữ cho bạn đọc khác đã đặt trước.", "Cuốn này có bạn đặt trước rồi. Em chọn cuốn khác nhé.", True),
    "booked_for_lesson": Wording("Tiết dạy[ ngày {on}] đã đặt [{count} bản, chỉ còn {free} bản|nhan đề này]: cho mượn cuốn này thì lớp thiếu sách.", "Cuốn này để dành cho tiết học. Em chọn cuốn khác nhé.", True),
    "reserved_by_other": Wording("Nhan đề này có người đang đợi, chưa gia hạn được.", "Có bạn đang đợi cuốn này. Em trả đúng hạn giúp bạn nhé.", True),
    "same_title": Wording("{name} đang mượn một bản khác của nhan đề này.", "Em đang có một cuốn giống hệt rồi. Em chọn cuốn khác nhé.", True),
    "reference_only": Wording("Sách tra cứu, chỉ dùng tại thư viện.", "Cuốn này đọc tại thư viện thôi em nhé.", True),
    "not_for_home": Wording("Loại sách này không cho mượn về nhà.", "Cuốn này đọc tại thư viện thôi em nhé.", True),
    "teachers_only": Wording("Sách này chỉ thầy cô mượn về được.", "Cuốn này dành cho thầy cô. Em chọn cuốn khác nhé.", True),
    "copy_in_repair": Wording("Cuốn này đang chờ sửa.", f"Cuốn này đang chờ sửa. {_CALL}", True),
    "copy_in_class_corner": Wording("Cuốn này thuộc góc lớp[ {unit}]. [{todo}|Nhận về thư viện rồi mới cho mượn được].", "Cuốn này thuộc góc lớp[ {unit}], chỉ đọc ở lớp đó. Em đưa cho cô thủ thư nhé."),
    "copy_on_mobile_shelf": Wording("Cuốn này thuộc [{unit}|tủ lưu động]. [{todo}|Nhận về thư viện rồi mới cho mượn được].", f"Cuốn này thuộc [{{unit}}|tủ lưu động]. {_CALL}"),
    # Behind what is about the copy: a child who brings a book back must not meet another no for the same one.
    "loan_limit": Wording("{name} đang mượn [{count}/{limit} cuốn|đủ số cuốn] được phép[ ({of})].", "Em đang mượn đủ [{limit}|số] cuốn rồi. Trả bớt một cuốn rồi mượn tiếp nhé.", True),
    "renewal_limit": Wording("Đã gia hạn [{count}/{limit}|đủ số] lần.", "Em mượn thêm ngày đủ số lần rồi. Em trả sách đúng hạn nhé.", True),
    "loan_recalled": Wording("Cuốn này đã được gọi về[, hạn trả {due_on}].", "Thư viện đang cần cuốn này. Em trả đúng hạn giúp cô nhé.", True),
    "renewal_no_gain": Wording("Gia hạn lúc này không làm hạn trả muộn hơn[ {due_on}].", "Cuốn này chưa mượn thêm ngày được. Em trả đúng hạn nhé."),
    "renewal_not_on_loan": Wording("Cuốn này không có lượt mượn của bạn đọc này để gia hạn.", f"Cuốn này không phải em mượn. {_CALL}"),
    "renewal_nobody_has": Wording("Cuốn này không ai đang mượn, không có gì để gia hạn.", f"Cuốn này chưa được cho mượn. {_CALL}"),
    "due_after_leaving": Wording("Hạn trả sẽ sau ngày {name} rời trường[ ({leaves_on})].", f"Hôm nay em chưa mượn được. {_CALL}", True),
    "library_closed": Wording("Lịch không còn ngày mở cửa nào trong một năm tới. Kiểm tra ngày nghỉ ở trang Lịch thư viện.", f"Hôm nay chưa mượn được. {_CALL}"),
    "hold_has_it": Wording("{name} đang mượn nhan đề này.", "Em đang mượn cuốn này rồi."),
    "hold_twice": Wording("{name} đã đặt mượn nhan đề này.", "Em đã đặt mượn cuốn này rồi."),
    "hold_no_copy": Wording("Nhan đề này không có bản nào cho mượn về.", "Cuốn này đọc tại thư viện thôi em nhé."),
    "hold_other_title": Wording("Cuốn vừa quét không phải nhan đề được đặt mượn.", f"Cuốn này không phải cuốn em đặt. {_CALL}"),
    "hold_not_here": Wording("Cuốn này không ở trong kho để giữ cho bạn đọc.", f"Cuốn này chưa lấy được. {_CALL}"),
    "hold_ready": Wording("Lượt đặt này đã có cuốn[ {barcode}] trên kệ sách đặt mượn. Cất cuốn vừa quét lên kệ.", "Sách em đặt đã để ở quầy rồi. Em hỏi cô thủ thư nhé."),
    "unit_full": Wording("{unit} không đủ chỗ[: chứa tối đa {capacity} bản, bộ này thừa {over} bản].", f"Góc sách đã đầy. {_CALL}"),
    "unit_not_empty": Wording("{unit} còn[ {count}] bản chưa nhận về. Nhận về hoặc ghi rõ từng bản trước khi đóng.", f"Góc sách còn sách. {_CALL}"),
    "not_in_unit": Wording("Cuốn này không thuộc {unit}[, nơi của cuốn này là {where}].", f"Cuốn này thuộc nơi khác. {_CALL}"),
    "not_of_class": Wording("Em này không thuộc lớp của {unit}.", f"Góc sách này của lớp khác. {_CALL}"),
    "corner_loan_limit": Wording("Em này đang mượn [{count}/{limit}|đủ số] cuốn của góc lớp. Nhận trả bớt rồi ghi tiếp.", "Em đang mượn đủ [{limit}|số] cuốn của góc lớp rồi. Trả bớt một cuốn nhé."),
    "corner_twice": Wording("Lớp[ {unit}| này] đã có góc lớp đang mở.", f"Lớp em đã có góc sách. {_CALL}"),
    "reader_has_loans": Wording("Còn[ {count} cuốn| sách] chưa trả. Nhận trả trước.", f"Em còn sách chưa trả. {_CALL}"),
    "reader_has_charges": Wording("Còn[ {count}] khoản đền sách chưa xong. Ghi đã đền hoặc miễn trước.", f"Em còn việc ở thư viện. {_CALL}"),
    "reader_has_holds": Wording("Còn[ {count}] lượt đặt mượn. Huỷ trước.", f"Em còn sách đặt mượn. {_CALL}"),
    "reader_keeps_unit": Wording("Đang phụ trách {unit}. Đổi người phụ trách trước.", f"Em đang phụ trách {{unit}}. {_CALL}"),
    "textbook_not_in_set": Wording("[“{title}”|Cuốn này] không có trong bộ sách giáo khoa của khối này.", f"Cuốn này không thuộc bộ của lớp em. {_CALL}"),
    "textbook_library_book": Wording("Đây là sách thư viện, không phải sách giáo khoa. Nhận trả ở trang Quầy mượn trả.", f"Đây là sách của thư viện. {_CALL}"),
    "textbook_held": Wording("Cuốn này đang đứng tên [{name}|bạn đọc khác][, lớp {school_class}]. Thu lại trước, hoặc trả cho em ấy.", f"Cuốn này của bạn khác. {_CALL}"),
    "textbook_twice": Wording("Cuốn này đã quét cho[ {name}| em khác].", f"Cuốn này đã cấp cho bạn khác. {_CALL}"),
    "textbook_nobody_lacks": Wording("Cả lớp đã có [“{title}”|cuốn này].", f"Lớp em đủ cuốn này rồi. {_CALL}"),
    "textbook_card_unread": Wording("Thẻ[ {card}| này] đọc chưa đúng. Quét lại thẻ, rồi quét lại sách của em ấy.", "Máy chưa đọc được thẻ. Em quét lại nhé."),
    "textbook_not_in_class": Wording("Thẻ[ {card}| này] không phải của học sinh lớp này.", f"Em không có tên trong lớp này. {_CALL}"),
    "textbook_nobody": Wording("Chưa biết cấp cho ai: thẻ quét trước đó chưa đọc đúng, hoặc không thuộc lớp này.", f"Em quét thẻ của mình trước nhé. {_CALL}"),
    "textbook_condition_bad": Wording("Không có hiện trạng[ “{text}”| này]. Dùng: mới, tốt, khá, cũ, rách, hư hỏng.", _CALL),
    "lesson_short": Wording("[“{title}”|Nhan đề này][: cần {wanted} bản, chỉ còn {free}| không đủ bản].", f"Sách cho tiết học chưa đủ. {_CALL}"),
    "lesson_closed": Wording("[Ngày {on}|Hôm đó] thư viện đóng cửa.", f"Hôm đó thư viện đóng cửa. {_CALL}"),
    "lesson_other_title": Wording("Cuốn này không thuộc sách đã đặt cho tiết dạy.", f"Cuốn này không thuộc tiết học. {_CALL}"),
    "lesson_no_copy": Wording("Trên kệ không còn bản nào của sách đã đặt.", f"Sách cho tiết học chưa có. {_CALL}"),
    "key_reused": Wording("Khoá lặp lại với nội dung khác. Gửi lại với khoá mới.", f"Có trục trặc nhỏ. {_CALL}"),
    # Offline decisions at the kiosk (docs/lending-rules.md, part on the kiosk)
    "offline_limit": Wording("Quầy đang mất mạng: mỗi em mượn [tối đa {limit}|ít] cuốn.", "Máy đang mất mạng nên em mượn [{limit}|ít] cuốn thôi nhé."),
    "offline_stale": Wording("Dữ liệu của quầy đã quá cũ để tự cho mượn.", f"Máy đang mất mạng. {_CALL}"),
    "offline_no_renewal": Wording("Quầy đang mất mạng, chưa gia hạn được.", f"Máy đang mất mạng nên chưa mượn thêm ngày được. {_CALL}"),
    "mode_return_only": Wording("Quầy này chỉ nhận trả.", "Máy này chỉ nhận trả sách. Em mượn ở bàn cô thủ thư nhé."),
    "mode_borrow_only": Wording("Quầy này chỉ cho mượn.", "Máy này chỉ cho mượn. Em trả sách ở bàn cô thủ thư nhé."),
}

# Errors that are not a lending reason. Said on pages, in the API and on the command line.
ERRORS: dict[str, str] = {
    "not_found": "Không tìm thấy trang hoặc mục này.",
    "malformed": "Yêu cầu không đọc được[: {detail}].",
    "unauthorised": "Chưa đăng nhập, hoặc mã thiết bị không đúng.",
    "forbidden": "Tài khoản này không được làm việc đó.",
    "too_large": "Tệp hoặc nội dung gửi lên lớn hơn [{limit_mb} MB|mức cho phép].",
    "too_often": "Thử quá nhiều lần. Đợi [{seconds} giây|một lát] rồi thử lại.",
    "busy": "Hệ thống đang bận. Thử lại sau ít giây.",
    "internal": "Có lỗi trong hệ thống. Chưa có gì bị ghi sai; hãy thử lại, nếu còn lỗi thì báo người phụ trách kèm[ mã {request_id}| lúc gặp lỗi].",
    "key_missing": "Yêu cầu ghi cần có tiêu đề Idempotency-Key dạng UUID.",
    "database_pending": "Cơ sở dữ liệu cần nâng cấp trước khi chạy. Chạy: kesach db upgrade",
    "database_newer": "Dữ liệu này thuộc phiên bản Kệ Sách mới hơn chương trình đang chạy. Cập nhật chương trình rồi chạy lại.",
    "backup_failed": "Không ghi được bản sao lưu[ vào {path}][: {why}]. Kiểm tra ổ đĩa rồi thử lại.",
    "backup_missing": "Không có tệp[ {file}| này].",
    "backup_foreign": "[{file}|Tệp này] không phải bản sao lưu của Kệ Sách.",
    "backup_damaged": "Bản sao lưu[ {file}| này] bị hỏng[ ({part})]. Dùng bản khác; dữ liệu hiện có chưa bị đụng tới.",
    "backup_newer": "Bản sao lưu[ {file}| này] do phiên bản mới hơn[ ({version})] tạo ra. Cập nhật chương trình trước.",
    "restore_would_overwrite": "Đã có dữ liệu ở[ {what}| đó]. Thêm --replace để thay (dữ liệu cũ được cất riêng, không xoá).",
    "preference_bad": "[“{label}”|Giá trị này] chưa đúng[: {why}].",
    "preference_unknown": "Không có cài đặt[ tên {key}| này].",
    "period_bad": "Khoảng ngày chưa đúng: ngày kết thúc phải sau ngày bắt đầu và không quá một năm.",
    "period_unknown": "Ngày nghỉ này đã được bỏ. Tải lại trang.",
    "year_unknown": "Chưa có năm học[ {label}| này] trong lịch.",
    "year_bad": "Học kỳ II phải bắt đầu sau ngày đầu năm học, kết thúc sau đó, và cả năm không quá 400 ngày.",
    "year_meets": "Ngày này lấn sang năm học[ {label}| khác]. Chọn ngày không trùng.",
    "year_label_bad": "Năm học viết như 2026-2027.",
    "visit_unknown": "Lượt này đã được bỏ. Tải lại trang.",
    "period_number_bad": "Tiết là một số từ 1 đến 12.",
    "record_unknown": "Không tìm thấy biểu ghi[ số {record_id}| này].",
    "class_unknown": "Không có lớp[ {name}| này] trong năm học[ {school_year}| này].",
    "reader_missing": "Không tìm thấy bạn đọc này.",
    "hold_unknown": "Lượt đặt mượn này không còn nữa. Tải lại danh sách.",
    "hold_nobody_waits": "Không có ai đang đợi[ “{title}”| cuốn này]. Cất sách lên kệ.",
    "loan_unknown": "Không tìm thấy lượt mượn này, hoặc lượt mượn đã kết thúc.",
    "override_needs_comment": "Ghi lý do trước khi cho mượn ngoài quy định.",
    "override_staff_only": "Chỉ cán bộ thư viện được cho mượn ngoài quy định.",
    "return_day_bad": "Ngày trả phải từ ngày mượn đến hôm nay, và không lùi quá[ {days} ngày| mức cho phép].",
    "return_comment": "Ghi lý do khi nhận trả lùi ngày.",
    "class_list_long": "[Có {lines} dòng mã mà lớp chỉ có {members} em|Số dòng mã nhiều hơn số em trong lớp]. Bỏ bớt dòng rồi ghi lại.",
    "damage_condition": "Chọn tình trạng của cuốn sách.",
    "undo_nothing": "Không có bước nào vừa làm để hoàn tác.",
    "undo_after_find": "Bước vừa rồi là tìm thấy sách, không có gì để hoàn tác. Bấm nút hoàn tác ở một dòng trong “Vừa làm” của Quầy mượn trả để hoàn tác việc trước đó.",
    "undo_after_refusal": "Bước vừa rồi bị từ chối, không có gì để hoàn tác. Bấm nút hoàn tác ở một dòng trong “Vừa làm” của Quầy mượn trả để hoàn tác việc trước đó.",
    "undo_after_nothing": "Bước vừa rồi không có lượt mượn nào để hoàn tác. Bấm nút hoàn tác ở một dòng trong “Vừa làm” của Quầy mượn trả để hoàn tác việc trước đó.",
    "undo_after_other": "Bước vừa rồi không hoàn tác được ở đây. Bấm nút hoàn tác ở một dòng trong “Vừa làm” của Quầy mượn trả để hoàn tác việc trước đó.",
    "undo_too_late": "Không hoàn tác được: cuốn này đã có bước khác sau đó.",
    "copy_status_bad": "Bản sách[ {barcode}| này] không chuyển được sang tình trạng này.",
    "due_day_closed": "Thư viện nghỉ ngày {day}[, ngày mở cửa kế tiếp là {next}]. Chọn ngày khác.",
    "due_day_past_leaving": "Ngày {leaves_on} là ngày cuối phục vụ {name}, hạn trả không đặt sau ngày ấy. Chọn ngày sớm hơn, hoặc sửa ngày thôi phục vụ ở trang bạn đọc.",
    "leaver_due_moved": "{name} thôi phục vụ sau ngày {leaves_on}, nên đã dời hạn trả [{count} cuốn|sách]: {what}.",
    "leaver_keeps_books": "{name} thôi phục vụ sau ngày {leaves_on}, từ nay không còn ngày mở cửa nào để trả đúng hạn. Cần nhận lại ngay [{count} cuốn|sách]: {what}.",
    "period_twice": "Những ngày này đã nghỉ rồi: “{name}”, {starts_on} đến {ends_on}.",
    "due_day_bad": "Hạn trả phải sau ngày mượn và không quá mười năm.",
    "policy_unknown": "Dòng quy định này không còn nữa. Tải lại trang.",
    "policy_twice": "Đã có một dòng quy định cho đúng đối tượng, khối, loại tài liệu và kho này. Sửa dòng đó.",
    "policy_bad": "Dòng quy định chưa dùng được[: {why}].",
    "people_bad": "Số người phải từ 1 đến 200.",
    "visit_day_outside": "Ngày này ở ngoài năm học của lớp[ {name}][ ({label}: {starts_on} – {ends_on})]. Xem lại ngày.",
    "visit_twice": "Lớp[ {name}| này] đã có một lượt[ {count} người][ tiết {period}] ngày[ {on}| này]. Nếu ghi nhầm thì sửa lượt cũ; nếu lớp đến thêm lần nữa thì ghi thêm.",
    "day_not_yet": "Ngày[ {on}| này] chưa đến, nên chưa ghi gì. Chọn hôm nay hoặc ngày ghi trên phiếu.",
    "day_in_future": "Ngày này chưa đến. Chọn hôm nay hoặc một ngày đã qua.",
    "purpose_bad": "Chọn mục đích của lượt vào thư viện.",
    "class_missing": "Không tìm thấy lớp này.",
    "unit_unknown": "Góc lớp hoặc tủ này không còn mở. Tải lại danh sách.",
    "unit_same": "Chọn nơi nhận khác nơi giao.",
    "set_empty": "Chưa có mã sách nào. Quét ít nhất một cuốn.",
    "set_too_big": "Một lần giao nhận [tối đa {limit}|quá nhiều] cuốn. Chia thành nhiều lần.",
    "outcome_bad": "Chọn một kết quả cho từng cuốn: thất lạc, mất hoặc hư hỏng.",
    "keeper_bad": "Chọn một giáo viên hoặc nhân viên phụ trách.",
    "helper_bad": "Học sinh phụ giúp phải thuộc lớp này.",
    "capacity_bad": "Sức chứa từ 1 đến 1.000 bản.",
    "name_missing": "Nhập tên.",
    "kind_bad": "Chọn loại tủ, túi hoặc kệ.",
    "place_missing": "Nhập nơi đặt tủ hoặc chọn lớp.",
    "stop_meets": "Chặng này trùng ngày với chặng[ ở {place}| khác]. Chọn ngày khác.",
    "stop_state_bad": "Chặng này đã đi qua bước đó. Tải lại trang.",
    "stop_unknown": "Không tìm thấy chặng này. Tải lại trang.",
    "document_unknown": "Không tìm thấy phiếu giao nhận này.",
    "count_bad": "Số bản đếm được từ 0 đến 5.000.",
    "use_bad": "Số lượt từ 1 đến 1.000.",
    "field_missing": "[Thiếu mục {field}|Còn thiếu một mục].",
    "field_bad": "[Mục {field}|Một mục] chưa dùng được.",
    "return_older": "Quầy nhận trả trước khi cuốn này được cho mượn lại. Kiểm tra sách đang ở đâu.",
    "checkout_older": "Quầy cho mượn trước lượt mượn đang mở. Kiểm tra sách đang ở đâu.",
    "scan_unwritten": "Quầy không ghi được lượt quét này. Kiểm tra sách đang ở đâu.",
    "act_malformed": "Quầy gửi một việc không đọc được. Xem nội dung đi kèm.",
    "resolution_missing": "Ghi ngắn gọn đã xử lý thế nào.",
    "conflict_unknown": "Việc này đã được xử lý. Tải lại danh sách.",
    "date_bad": "Ngày chưa đúng. Ghi như 06/12/2026.",
    "number_bad": "Cần một số nguyên.",
    "login_failed": "Tên đăng nhập hoặc mật khẩu chưa đúng.",
    "login_locked": "Tài khoản tạm khoá vì nhập sai nhiều lần. Thử lại sau [{minutes} phút|ít phút].",
    "password_weak": "Mật khẩu cần [ít nhất {length}|thêm] ký tự và không phải mật khẩu quá quen thuộc.",
    "name_taken": "Tên[ {name}| này] đã có người dùng. Chọn tên khác.",
}


_PART = re.compile(r"\[([^\[\]|]*)(?:\|([^\[\]]*))?\]")
_SLOT = re.compile(r"\{(\w+)\}")
_FIRST = re.compile(r"“?\{(\w+)\}")
_QUOTED = re.compile(r"“\{(\w+)\}”")


def word(code: str, params: Mapping[str, Any] | None = None, *, child: bool = False) -> str:
    """The Vietnamese sentence for a code; an unknown code is worded as a general error, never shown raw.

    No slot is ever shown empty: `[ ngày {since}]` is left out when a field in it is missing or empty,
    `[tối đa {limit}|quá nhiều]` becomes what stands behind the bar, and a field outside brackets has a noun in
    `_NOUNS`, else "này" (a test walks all words without fields).
    """
    if code in REASONS:
        template = REASONS[code].child if child else REASONS[code].staff
    else:
        template = ERRORS.get(code, ERRORS["internal"])
    fields = {key: text for key, value in (params or {}).items() if (text := _shown(key, value))}

    def choose(part: re.Match[str]) -> str:
        whole = all(name in fields for name in _SLOT.findall(part[1]))
        return part[1] if whole else part[2] or ""

    said = _QUOTED.sub(lambda quoted: quoted[0] if quoted[1] in fields else f"{{{quoted[1]}}}",
                       _PART.sub(choose, template)).format_map(_Fields(fields))  # fmt: skip
    first = _FIRST.match(template)
    return said[:1].upper() + said[1:] if first and first[1] not in fields else said


def register_errors(words: Mapping[str, str]) -> None:
    """A feature adds its own error wordings at import time; a code may be given only once."""
    for code, text in words.items():
        if ERRORS.setdefault(code, text) != text or code in REASONS:
            raise ValueError(f"error code {code!r} is worded twice")


def is_overridable(code: str) -> bool:
    return code in REASONS and REASONS[code].overridable


def first_for_child(codes: Iterable[str]) -> str:
    """Which of several reasons a child hears: the one that comes first in REASONS."""
    order = {code: position for position, code in enumerate(REASONS)}
    return min(codes, key=lambda code: order.get(code, len(order)))


class _Fields(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return _NOUNS.get(key, "này")


_NOUNS = {
    "name": "bạn đọc này", "title": "nhan đề này", "unit": "góc lớp hoặc tủ này", "count": "một số", "copies": "một số",
    "limit": "mức cho phép", "most": "mức cho phép", "length": "mức cho phép", "capacity": "mức cho phép",
}  # fmt: skip


_COUNTS = frozenset({"count", "limit", "over", "capacity", "free", "copies", "lines", "members", "days"})
"""Fields that say how many; other numbers are names of things (a tiết, a round, a record)."""


def _shown(key: str, value: Any) -> str:
    if value is None:
        return ""
    if key in _COUNTS and type(value) is int:
        return f"{value:,}".replace(",", ".")  # as on the pages: 1.403
    if hasattr(value, "strftime"):
        return value.strftime("%d/%m/%Y")
    text = str(value).strip()
    # A school year is read with a dash between its years, however it was typed.
    return text.replace("-", "–") if SCHOOL_YEAR.fullmatch(text) else text
