"""Vietnamese books for young readers in the demo school: literature, folk tales, comics, history, skills.

Titles and authors are facts of literary history; years and prices are plausible. One line = one title:
"title|author", grouped by class number, publisher and how much children love it. Next: books_world.py.
"""

from __future__ import annotations

STORIES = """
Dế Mèn phiêu lưu ký|Tô Hoài
Đảo hoang|Tô Hoài
Chuyện nỏ thần|Tô Hoài
Nhà Chử|Tô Hoài
Vợ chồng A Phủ|Tô Hoài
Truyện Tây Bắc|Tô Hoài
Võ sĩ bọ ngựa|Tô Hoài
Đất rừng phương Nam|Đoàn Giỏi
Cá bống mú|Đoàn Giỏi
Trần Văn Ơn|Đoàn Giỏi
Những chuyện lạ về cá|Đoàn Giỏi
Tê giác trong ngàn xanh|Đoàn Giỏi
Quê nội|Võ Quảng
Tảng sáng|Võ Quảng
Những chiếc áo ấm|Võ Quảng
Bài học tốt|Võ Quảng
Cái Thăng|Võ Quảng
Lá cờ thêu sáu chữ vàng|Nguyễn Huy Tưởng
An Dương Vương xây thành ốc|Nguyễn Huy Tưởng
Kể chuyện Quang Trung|Nguyễn Huy Tưởng
Tìm mẹ|Nguyễn Huy Tưởng
Đêm hội Long Trì|Nguyễn Huy Tưởng
Sống mãi với thủ đô|Nguyễn Huy Tưởng
Góc sân và khoảng trời|Trần Đăng Khoa
Chân dung và đối thoại|Trần Đăng Khoa
Đảo chìm|Trần Đăng Khoa
Tuổi thơ dữ dội|Phùng Quán
Vượt Côn Đảo|Phùng Quán
Cho tôi xin một vé đi tuổi thơ|Nguyễn Nhật Ánh
Tôi thấy hoa vàng trên cỏ xanh|Nguyễn Nhật Ánh
Mắt biếc|Nguyễn Nhật Ánh
Cô gái đến từ hôm qua|Nguyễn Nhật Ánh
Còn chút gì để nhớ|Nguyễn Nhật Ánh
Hạ đỏ|Nguyễn Nhật Ánh
Bồ câu không đưa thư|Nguyễn Nhật Ánh
Buổi chiều Windows|Nguyễn Nhật Ánh
Thằng quỷ nhỏ|Nguyễn Nhật Ánh
Nữ sinh|Nguyễn Nhật Ánh
Phòng trọ ba người|Nguyễn Nhật Ánh
Út Quyên và tôi|Nguyễn Nhật Ánh
Bong bóng lên trời|Nguyễn Nhật Ánh
Chú bé rắc rối|Nguyễn Nhật Ánh
Bàn có năm chỗ ngồi|Nguyễn Nhật Ánh
Trại hoa vàng|Nguyễn Nhật Ánh
Trước vòng chung kết|Nguyễn Nhật Ánh
Hoa hồng xứ khác|Nguyễn Nhật Ánh
Quán gò đi lên|Nguyễn Nhật Ánh
Ngôi trường mọi khi|Nguyễn Nhật Ánh
Đi qua hoa cúc|Nguyễn Nhật Ánh
Lá nằm trong lá|Nguyễn Nhật Ánh
Đảo mộng mơ|Nguyễn Nhật Ánh
Tôi là Bêtô|Nguyễn Nhật Ánh
Có hai con mèo ngồi bên cửa sổ|Nguyễn Nhật Ánh
Chúc một ngày tốt lành|Nguyễn Nhật Ánh
Bảy bước tới mùa hè|Nguyễn Nhật Ánh
Ngồi khóc trên cây|Nguyễn Nhật Ánh
Con chó nhỏ mang giỏ hoa hồng|Nguyễn Nhật Ánh
Cây chuối non đi giày xanh|Nguyễn Nhật Ánh
Cảm ơn người lớn|Nguyễn Nhật Ánh
Làm bạn với bầu trời|Nguyễn Nhật Ánh
Con chim xanh biếc bay về|Nguyễn Nhật Ánh
Ra bờ suối ngắm hoa kèn hồng|Nguyễn Nhật Ánh
Mùa hè không tên|Nguyễn Nhật Ánh
Thương nhớ Trà Long|Nguyễn Nhật Ánh
Người Quảng đi ăn mì Quảng|Nguyễn Nhật Ánh
Sương khói quê nhà|Nguyễn Nhật Ánh
Tắt đèn|Ngô Tất Tố
Lều chõng|Ngô Tất Tố
Việc làng|Ngô Tất Tố
Những ngày thơ ấu|Nguyên Hồng
Bỉ vỏ|Nguyên Hồng
Lão Hạc|Nam Cao
Chí Phèo|Nam Cao
Sống mòn|Nam Cao
Đôi mắt|Nam Cao
Truyện người hàng xóm|Nam Cao
Gió đầu mùa|Thạch Lam
Nắng trong vườn|Thạch Lam
Sợi tóc|Thạch Lam
Hà Nội băm sáu phố phường|Thạch Lam
Vang bóng một thời|Nguyễn Tuân
Sông Đà|Nguyễn Tuân
Số đỏ|Vũ Trọng Phụng
Giông tố|Vũ Trọng Phụng
Bước đường cùng|Nguyễn Công Hoan
Kép Tư Bền|Nguyễn Công Hoan
Làng|Kim Lân
Con chó xấu xí|Kim Lân
Ông lão hàng xóm|Kim Lân
Chiếc lược ngà|Nguyễn Quang Sáng
Mùa gió chướng|Nguyễn Quang Sáng
Cánh đồng hoang|Nguyễn Quang Sáng
Dòng sông thơ ấu|Nguyễn Quang Sáng
Lặng lẽ Sa Pa|Nguyễn Thành Long
Bến quê|Nguyễn Minh Châu
Mảnh trăng cuối rừng|Nguyễn Minh Châu
Dấu chân người lính|Nguyễn Minh Châu
Chiếc thuyền ngoài xa|Nguyễn Minh Châu
Đất nước đứng lên|Nguyên Ngọc
Rừng xà nu|Nguyên Ngọc
Rẻo cao|Nguyên Ngọc
Hòn Đất|Anh Đức
Bức thư Cà Mau|Anh Đức
Người mẹ cầm súng|Nguyễn Thi
Những đứa con trong gia đình|Nguyễn Thi
Hương rừng Cà Mau|Sơn Nam
Chim quyên xuống đất|Sơn Nam
Bà Chúa Hòn|Sơn Nam
Lịch sử khẩn hoang miền Nam|Sơn Nam
Đồng bằng sông Cửu Long: Nét sinh hoạt xưa|Sơn Nam
Rừng mắm|Bình Nguyên Lộc
Quán rẽ|Bình Nguyên Lộc
Cha con nghĩa nặng|Hồ Biểu Chánh
Con nhà nghèo|Hồ Biểu Chánh
Thất Sơn mầu nhiệm|Nguyễn Văn Hầu
Cánh đồng bất tận|Nguyễn Ngọc Tư
Ngọn đèn không tắt|Nguyễn Ngọc Tư
Gió lẻ và chín câu chuyện khác|Nguyễn Ngọc Tư
Sông|Nguyễn Ngọc Tư
Ngày mai của những ngày mai|Nguyễn Ngọc Tư
Nỗi buồn chiến tranh|Bảo Ninh
Hà Nội lúc không giờ|Bảo Ninh
Mãi mãi tuổi hai mươi|Nguyễn Văn Thạc
Nhật ký Đặng Thuỳ Trâm|Đặng Thuỳ Trâm
Sống như Anh|Trần Đình Vân
Những vì sao xa xôi|Lê Minh Khuê
Bức tranh của em gái tôi|Tạ Duy Anh
Thiên thần sám hối|Tạ Duy Anh
Hiệp sĩ áo cỏ|Tạ Duy Anh
Vó ngựa trở về|Tạ Duy Anh
Xóm Bờ Giậu|Trần Đức Tiến
Làm mèo|Trần Đức Tiến
A lô! Cậu đấy à?|Trần Đức Tiến
Trên đôi cánh chuồn chuồn|Trần Đức Tiến
Chuyện xứ Lang Biang: Pho tượng Baltalon|Nguyễn Nhật Ánh
Chuyện xứ Lang Biang: Biến cố ở trường Đămri|Nguyễn Nhật Ánh
Chuyện xứ Lang Biang: Chủ nhân núi Lưng Chừng|Nguyễn Nhật Ánh
Chuyện xứ Lang Biang: Báu vật ở lâu đài K'Rahlan|Nguyễn Nhật Ánh
Miền xanh thẳm|Trần Hoài Dương
Cô bé mảnh khảnh|Trần Hoài Dương
Những tia nắng đầu tiên|Lê Phương Liên
Kho báu trong thành phố|Lê Phương Liên
Cuộc phiêu lưu của Văn Ngan tướng công|Vũ Tú Nam
Cái trứng bọ ngựa|Vũ Tú Nam
Chú gà trống choai|Hải Hồ
Cây tre trăm đốt|Nguyễn Đổng Chi
Chú đất nung|Nguyễn Kiên
Ông Cản Ngũ|Kim Lân
Cái Tết của Mèo Con|Nguyễn Đình Thi
Vỡ bờ|Nguyễn Đình Thi
Xung kích|Nguyễn Đình Thi
Mùa lá rụng trong vườn|Ma Văn Kháng
Côi cút giữa cảnh đời|Ma Văn Kháng
Chó Bi, đời lưu lạc|Ma Văn Kháng
Chuyện của Lý|Ma Văn Kháng
Thời xa vắng|Lê Lựu
Thương nhớ mười hai|Vũ Bằng
Miếng ngon Hà Nội|Vũ Bằng
Quân khu Nam Đồng|Bình Ca
Đi trốn|Bình Ca
Kim Thiếp Vũ Môn|Nguyễn Trần Thiên Lộc
Bí mật giấc ngủ|Lê Hữu Nam
Mật ngữ rừng xanh|Lê Hữu Nam
Cá linh đi học|Lê Quang Trạng
Thủ lĩnh băng vịt đồng|Lê Quang Trạng
Mùa hoa cải bên sông|Nguyễn Quang Thiều
Bí mật hồ cá thần|Nguyễn Quang Thiều
Con quỷ gỗ|Nguyễn Quang Thiều
Ngọn núi bà già mù|Nguyễn Quang Thiều
Thành phố mưa bay|Bùi Tự Lực
Nội tôi|Bùi Tự Lực
Cơn giông tuổi thơ|Thu Trân
Ông ngoại nắng mưa|Trần Quốc Toàn
Bờ ao đom đóm|Trần Quốc Toàn
"""

POEMS = """
Truyện Kiều|Nguyễn Du
Văn tế thập loại chúng sinh|Nguyễn Du
Thơ chữ Hán Nguyễn Du|Nguyễn Du
Truyện Lục Vân Tiên|Nguyễn Đình Chiểu
Văn tế nghĩa sĩ Cần Giuộc|Nguyễn Đình Chiểu
Thơ Hồ Xuân Hương|Hồ Xuân Hương
Chinh phụ ngâm khúc|Đặng Trần Côn
Cung oán ngâm khúc|Nguyễn Gia Thiều
Quốc âm thi tập|Nguyễn Trãi
Bạch Vân quốc ngữ thi|Nguyễn Bỉnh Khiêm
Thơ văn Bà Huyện Thanh Quan|Bà Huyện Thanh Quan
Thơ văn Nguyễn Khuyến|Nguyễn Khuyến
Thơ Tú Xương|Trần Tế Xương
Nhật ký trong tù|Hồ Chí Minh
Từ ấy|Tố Hữu
Việt Bắc|Tố Hữu
Gió lộng|Tố Hữu
Thơ thơ|Xuân Diệu
Gửi hương cho gió|Xuân Diệu
Lửa thiêng|Huy Cận
Hai bàn tay em|Huy Cận
Điêu tàn|Chế Lan Viên
Ánh sáng và phù sa|Chế Lan Viên
Hoa niên|Tế Hanh
Gửi miền Bắc|Tế Hanh
Lỡ bước sang ngang|Nguyễn Bính
Thơ Hàn Mặc Tử|Hàn Mặc Tử
Đầu súng trăng treo|Chính Hữu
Vầng trăng quầng lửa|Phạm Tiến Duật
Lời ru trên mặt đất|Xuân Quỳnh
Bầu trời trong quả trứng|Xuân Quỳnh
Hoa dọc chiến hào|Xuân Quỳnh
Tự hát|Xuân Quỳnh
Bến tàu trong thành phố|Xuân Quỳnh
Hương cây – Bếp lửa|Lưu Quang Vũ, Bằng Việt
Thơ tình Lưu Quang Vũ|Lưu Quang Vũ
Mây trắng của đời tôi|Lưu Quang Vũ
Mẹ và em|Nguyễn Duy
Ánh trăng|Nguyễn Duy
Mặt đường khát vọng|Nguyễn Khoa Điềm
Những bài thơ em yêu|Phạm Hổ
Chú bò tìm bạn|Phạm Hổ
Chuyện hoa chuyện quả|Phạm Hổ
Ngựa thần từ đâu đến|Phạm Hổ
Anh đom đóm|Võ Quảng
Măng tre|Võ Quảng
Gà mái hoa|Võ Quảng
Bắt nạt|Nguyễn Thế Hoàng Linh
Ra vườn nhặt nắng|Nguyễn Thế Hoàng Linh
"""

# Sách "Kính vạn hoa": every story has its own name; the order of the volumes differs by edition.
KALEIDOSCOPE = """
Nhà ảo thuật
Những con gấu bông
Thám tử nghiệp dư
Ông thầy nóng tính
Xin lỗi mày, Tai To
Người bạn lạ lùng
Bí mật kẻ trộm
Bắt đền hoa sứ
Con mả con ma
Cô giáo Trinh
Theo dấu chim ưng
Tiền chuộc
Mùa hè bận rộn
Hiệp sĩ ngủ ngày
Cháu của bà
Trúng số độc đắc
Thủ môn bị từ chối
Thi sĩ hạng ruồi
Lang thang trong rừng
Kho báu dưới hồ
Hoạ mi một mình
Kẻ thần bí
Bạn gái
Cửa hàng bánh kẹo
Một ngày kì lạ
Tiết mục bất ngờ
Khách sạn Hoa Hồng
Quà tặng ba lần
Mười lăm ngọn nến
Lớp phó trật tự
Người giúp việc khác thường
Ngủ quên trên đồi
Thằng thỏ đế
Bên ngoài cửa lớp
Gia sư
Má lúm đồng tiền
Cú nhảy kinh hoàng
Anh và em
Tướng quân
Đoàn kịch tỉnh lẻ
"""

FOLK_TALES = """
Tấm Cám
Thạch Sanh
Sọ Dừa
Cây khế
Sự tích trầu cau
Sự tích dưa hấu
Sự tích bánh chưng, bánh giầy
Sự tích hồ Gươm
Sự tích hồ Ba Bể
Sự tích chú Cuội cung trăng
Sự tích cây vú sữa
Sự tích con dã tràng
Sự tích ông Táo
Sự tích hoa cúc trắng
Sự tích cây nêu ngày Tết
Sự tích núi Bà Đen
Sự tích núi Sam
Sự tích Trọng Thuỷ – Mị Châu
Thánh Gióng
Sơn Tinh, Thuỷ Tinh
Con Rồng cháu Tiên
Chử Đồng Tử
Em bé thông minh
Cậu bé tích chu
Bốn anh tài
Ba lưỡi rìu
Cóc kiện Trời
Trí khôn của ta đây
Thỏ và rùa
Đẽo cày giữa đường
Thầy bói xem voi
Ếch ngồi đáy giếng
Chân, Tay, Tai, Mắt, Miệng
Ai mua hành tôi
Lấy vợ cóc
Người con gái Nam Xương
Nàng tiên ốc
Nữ Oa và Tứ Tượng
Bánh chưng xanh của Lang Liêu
Của Thiên trả Địa
Hai anh em và con chó đá
Sự tích trái sầu riêng
Quan Âm Thị Kính
Lưu Bình – Dương Lễ
Phạm Công – Cúc Hoa
Thoại Khanh – Châu Tuấn
Truyện Trạng Quỳnh
Truyện Trạng Lợn
Truyện Xiển Bột
Chuyện Ba Giai, Tú Xuất
Chuyện bác Ba Phi
Truyện cười dân gian Việt Nam
Tục ngữ, ca dao, dân ca Việt Nam
Đồng dao và trò chơi trẻ em
Câu đố dân gian cho học sinh
Ca dao Nam Bộ
Truyện cổ Khmer Nam Bộ
Truyện cổ Chăm
Truyện cổ Thái
Truyện cổ Tày – Nùng
Truyện cổ Mường
Truyện cổ Ê-đê
Sử thi Đăm Săn
Đẻ đất đẻ nước
Truyền thuyết các vua Hùng
Kho tàng truyện cổ tích Việt Nam
Truyện cổ nước Nam
Truyện kể dân gian An Giang
"""

COMICS = """
Thần đồng Đất Việt|Lê Linh|75|Trẻ
Tí Quậy|Đào Hải|12|Kim Đồng
Trạng Quỷnh|Kim Khánh|30|Đồng Nai
Dũng sĩ Hesman|Hùng Lân|20|Kim Đồng
Lịch sử Việt Nam bằng tranh|Trần Bạch Đằng|50|Trẻ
Long thần tướng|Nguyễn Thành Phong|4|Kim Đồng
"""

PEOPLE = """
Hai Bà Trưng
Bà Triệu
Lý Nam Đế
Mai Thúc Loan
Phùng Hưng
Ngô Quyền
Đinh Bộ Lĩnh
Lê Hoàn
Lý Công Uẩn
Lý Thường Kiệt
Nguyên phi Ỷ Lan
Trần Hưng Đạo
Trần Nhân Tông
Trần Quốc Toản
Phạm Ngũ Lão
Yết Kiêu
Chu Văn An
Mạc Đĩnh Chi
Nguyễn Hiền
Lê Lợi
Nguyễn Trãi
Lê Thánh Tông
Lương Thế Vinh
Nguyễn Bỉnh Khiêm
Phùng Khắc Khoan
Lê Quý Đôn
Lê Hữu Trác
Quang Trung
Bùi Thị Xuân
Nguyễn Du
Nguyễn Công Trứ
Thoại Ngọc Hầu
Nguyễn Trung Trực
Trương Định
Nguyễn Hữu Cảnh
Nguyễn Đình Chiểu
Trương Vĩnh Ký
Phan Bội Châu
Phan Châu Trinh
Hoàng Hoa Thám
Nguyễn Thị Định
Tôn Đức Thắng
Võ Nguyên Giáp
Kim Đồng
Võ Thị Sáu
Lý Tự Trọng
Nguyễn Văn Trỗi
Đặng Thuỳ Trâm
Tôn Thất Tùng
Tạ Quang Bửu
Trần Đại Nghĩa
Lương Định Của
"""

UNCLE_HO = """
Búp sen xanh|Sơn Tùng
Bông sen vàng|Sơn Tùng
Cuộc đời và sự nghiệp Chủ tịch Hồ Chí Minh
Những mẩu chuyện về đời hoạt động của Hồ Chủ tịch|Trần Dân Tiên
Vừa đi đường vừa kể chuyện|T. Lan
Bác Hồ và những bài học về đạo đức, lối sống dành cho học sinh lớp 6
Bác Hồ và những bài học về đạo đức, lối sống dành cho học sinh lớp 7
Bác Hồ và những bài học về đạo đức, lối sống dành cho học sinh lớp 8
Bác Hồ và những bài học về đạo đức, lối sống dành cho học sinh lớp 9
Kể chuyện Bác Hồ
Bác Hồ với thiếu niên, nhi đồng
Bác Hồ với giáo dục
117 chuyện kể về tấm gương đạo đức Hồ Chí Minh
Hồ Chí Minh: Di chúc
Hồ Chí Minh với An Giang
Bác Hồ sống mãi với chúng ta
Thư Bác Hồ gửi học sinh
Chuyện thường ngày của Bác Hồ
Bác Hồ với chiến sĩ
Từ làng Sen đến bến Nhà Rồng|Trình Quang Phú
Hành trình theo chân Bác|Trần Đức Tuấn
Bác Hồ ở Tân Trào
Bác Hồ ở Pác Bó
Đường Bác Hồ đi cứu nước
Học tập tấm gương đạo đức Bác Hồ
"""

LAW = """
Luật Trẻ em và văn bản hướng dẫn
Luật Giao thông đường bộ dành cho học sinh
Luật Bảo vệ môi trường: Hỏi và đáp
Luật An ninh mạng: Hỏi và đáp
Hiến pháp năm 2013
Pháp luật với học sinh trung học cơ sở
Em tìm hiểu quyền trẻ em
Phòng, chống ma tuý trong trường học
Phòng, chống xâm hại trẻ em
Phòng, chống đuối nước cho học sinh
An toàn giao thông cho nụ cười ngày mai
Phòng cháy, chữa cháy trong gia đình và trường học
Luật Biển Việt Nam: Hỏi và đáp
Bộ luật Dân sự: Những điều học sinh cần biết
Bạo lực học đường: Nhận diện và phòng ngừa
"""

SEA_AND_HOME = """
Biển, đảo Việt Nam: Hỏi và đáp
Hoàng Sa, Trường Sa: Hỏi và đáp
Trường Sa: Nơi ta đến
Những người lính đảo Gạc Ma
Đội hùng binh Hoàng Sa
Kể chuyện biển, đảo cho học sinh
Biển Đông yêu dấu
Theo dòng lịch sử đường Hồ Chí Minh trên biển
Thiên nhiên Việt Nam
Non nước Việt Nam
Các vườn quốc gia Việt Nam
Di sản thế giới ở Việt Nam
Lễ hội truyền thống Việt Nam
54 dân tộc Việt Nam
Làng nghề truyền thống Việt Nam
Địa chí An Giang
An Giang: Vùng đất và con người
Vùng Bảy Núi xưa và nay
Đồng bằng sông Cửu Long mùa nước nổi
Văn hoá Óc Eo
Lễ hội Vía Bà Chúa Xứ núi Sam
Rừng tràm Trà Sư
Chợ nổi miền Tây
Kênh Vĩnh Tế: Chuyện đào kênh giữ đất
Khởi nghĩa Nam Kỳ ở An Giang
Bác Tôn: Người con ưu tú của An Giang
Món ngon quê nhà An Giang
Long Xuyên: Thành phố bên sông Hậu
Châu Đốc: Vùng đất biên cương
Hò, lý, vè miền Tây
"""

SKILLS = """
Kĩ năng tự học
Kĩ năng quản lí thời gian
Kĩ năng lắng nghe
Kĩ năng làm việc nhóm
Kĩ năng thuyết trình
Kĩ năng từ chối
Kĩ năng kiểm soát cảm xúc
Kĩ năng ứng phó với bắt nạt
Kĩ năng sử dụng mạng xã hội an toàn
Kĩ năng sinh tồn
Kĩ năng thoát hiểm
Kĩ năng chi tiêu
Kĩ năng giao tiếp với bạn bè
Kĩ năng giao tiếp với cha mẹ
Kĩ năng đặt mục tiêu
Kĩ năng ghi nhớ
Kĩ năng đọc sách hiệu quả
Kĩ năng chăm sóc bản thân tuổi dậy thì
Lòng biết ơn
Lòng dũng cảm
Lòng nhân ái
Lòng trung thực
Tính tự lập
Tính kỉ luật
Tinh thần trách nhiệm
Biết chia sẻ
Biết xin lỗi
Bạn gái tuổi mới lớn
Bạn trai tuổi mới lớn
Hướng nghiệp cho học sinh lớp 9
Em tập nấu ăn
Em làm vườn
Sơ cứu khi ở nhà một mình
Phân loại rác từ lớp học
Tiết kiệm điện, nước ở nhà
"""


def lines_of(block: str) -> list[list[str]]:
    """The lines of one block, split at "|"."""
    return [line.split("|") for line in block.strip().splitlines()]
