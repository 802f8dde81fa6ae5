"""World literature, science and comics for young readers in the demo school, in Vietnamese editions.

"title|author|class number" by block; classes name the original literature. Next: books_reading.py.
"""

from __future__ import annotations

NOVELS = """
Không gia đình|Hector Malot|843
Trong gia đình|Hector Malot|843
Hoàng tử bé|Antoine de Saint-Exupéry|843
Hai vạn dặm dưới đáy biển|Jules Verne|843
Vòng quanh thế giới trong tám mươi ngày|Jules Verne|843
Cuộc du hành vào lòng đất|Jules Verne|843
Thuyền trưởng tuổi mười lăm|Jules Verne|843
Những đứa con của thuyền trưởng Grant|Jules Verne|843
Hòn đảo bí mật|Jules Verne|843
Năm tuần trên khinh khí cầu|Jules Verne|843
Từ Trái Đất đến Mặt Trăng|Jules Verne|843
Những người khốn khổ|Victor Hugo|843
Nhà thờ Đức Bà Paris|Victor Hugo|843
Ba người lính ngự lâm|Alexandre Dumas|843
Bá tước Monte Cristo|Alexandre Dumas|843
Buổi học cuối cùng|Alphonse Daudet|843
Thư viết từ cối xay gió|Alphonse Daudet|843
Bí mật của cây sồi|Maurice Druon|843
Tistu – Cậu bé có ngón tay xanh|Maurice Druon|843
Nhóc Nicolas|René Goscinny|843
Những cuộc phiêu lưu mới của nhóc Nicolas|René Goscinny|843
Nhóc Nicolas trong giờ ra chơi|René Goscinny|843
Nhóc Nicolas trong kỳ nghỉ hè|René Goscinny|843
Nhóc Nicolas và các bạn|René Goscinny|843
Những tấm lòng cao cả|Edmondo De Amicis|853
Cuộc phiêu lưu của Pinocchio|Carlo Collodi|853
Chú hành tây|Gianni Rodari|853
Truyện kể trên điện thoại|Gianni Rodari|853
Chuyện con mèo dạy hải âu bay|Luis Sepúlveda|863
Chuyện con ốc sên muốn biết tại sao nó chậm chạp|Luis Sepúlveda|863
Đôn Ki-hô-tê, nhà quý tộc tài ba xứ Mancha|Miguel de Cervantes|863
Nhà giả kim|Paulo Coelho|869.3
Cây cam ngọt của tôi|José Mauro de Vasconcelos|869.3
Robinson Crusoe|Daniel Defoe|823
Gulliver du ký|Jonathan Swift|823
Oliver Twist|Charles Dickens|823
David Copperfield|Charles Dickens|823
Bài ca Giáng sinh|Charles Dickens|823
Đảo giấu vàng|Robert Louis Stevenson|823
Bắt cóc|Robert Louis Stevenson|823
Alice ở xứ sở diệu kỳ|Lewis Carroll|823
Alice ở xứ sở trong gương|Lewis Carroll|823
Peter Pan|James Matthew Barrie|823
Sách rừng xanh|Rudyard Kipling|823
Gió qua rặng liễu|Kenneth Grahame|823
Khu vườn bí mật|Frances Hodgson Burnett|823
Công chúa nhỏ|Frances Hodgson Burnett|823
Bá tước nhỏ|Frances Hodgson Burnett|823
Jane Eyre|Charlotte Brontë|823
Đồi gió hú|Emily Brontë|823
Kiêu hãnh và định kiến|Jane Austen|823
Chúa tể những chiếc nhẫn: Đoàn hộ nhẫn|J. R. R. Tolkien|823
Chúa tể những chiếc nhẫn: Hai toà tháp|J. R. R. Tolkien|823
Chúa tể những chiếc nhẫn: Nhà vua trở về|J. R. R. Tolkien|823
Anh chàng Hobbit|J. R. R. Tolkien|823
Sư tử, phù thuỷ và cái tủ áo|C. S. Lewis|823
Cháu trai pháp sư|C. S. Lewis|823
Con ngựa và cậu bé|C. S. Lewis|823
Hoàng tử Caspian|C. S. Lewis|823
Hành trình trên tàu Hướng Tới Bình Minh|C. S. Lewis|823
Charlie và nhà máy sôcôla|Roald Dahl|823
Charlie và thang máy kính vĩ đại|Roald Dahl|823
Matilda|Roald Dahl|823
Phù thuỷ, phù thuỷ|Roald Dahl|823
Chuyện khổng lồ BFG|Roald Dahl|823
James và quả đào khổng lồ|Roald Dahl|823
Ngài cáo tuyệt vời|Roald Dahl|823
Mary Poppins|P. L. Travers|823
Gấu Pooh xinh xắn|A. A. Milne|823
Gấu Paddington|Michael Bond|823
Harry Potter và Hòn đá Phù thuỷ|J. K. Rowling|823
Harry Potter và Phòng chứa Bí mật|J. K. Rowling|823
Harry Potter và Tên tù nhân ngục Azkaban|J. K. Rowling|823
Harry Potter và Chiếc cốc lửa|J. K. Rowling|823
Harry Potter và Hội Phượng Hoàng|J. K. Rowling|823
Harry Potter và Hoàng tử lai|J. K. Rowling|823
Harry Potter và Bảo bối Tử thần|J. K. Rowling|823
Sherlock Holmes: Chiếc nhẫn tình cờ|Arthur Conan Doyle|823
Sherlock Holmes: Dấu bộ tứ|Arthur Conan Doyle|823
Sherlock Holmes: Con chó của dòng họ Baskerville|Arthur Conan Doyle|823
Sherlock Holmes: Thung lũng khủng khiếp|Arthur Conan Doyle|823
Sherlock Holmes: Những cuộc phiêu lưu|Arthur Conan Doyle|823
Thế giới đã mất|Arthur Conan Doyle|823
Ngựa ô yêu dấu|Anna Sewell|823
Chiến mã|Michael Morpurgo|823
Cỗ máy thời gian|H. G. Wells|823
Người vô hình|H. G. Wells|823
Chúa Ruồi|William Golding|823
Trại súc vật|George Orwell|823
Những cuộc phiêu lưu của Tom Sawyer|Mark Twain|813
Những cuộc phiêu lưu của Huckleberry Finn|Mark Twain|813
Hoàng tử và chú bé nghèo khổ|Mark Twain|813
Tiếng gọi nơi hoang dã|Jack London|813
Nanh Trắng|Jack London|813
Tình yêu cuộc sống|Jack London|813
Martin Eden|Jack London|813
Ông già và biển cả|Ernest Hemingway|813
Túp lều bác Tom|Harriet Beecher Stowe|813
Những người phụ nữ nhỏ bé|Louisa May Alcott|813
Phù thuỷ xứ Oz|L. Frank Baum|813
Chiếc lá cuối cùng|O. Henry|813
Giết con chim nhại|Harper Lee|813
Bắt trẻ đồng xanh|J. D. Salinger|813
Mạng nhện của Charlotte|E. B. White|813
Nhắt Stuart|E. B. White|813
Tiếng kèn thiên nga|E. B. White|813
Ngôi nhà nhỏ trên thảo nguyên|Laura Ingalls Wilder|813
Ngôi nhà nhỏ trong rừng lớn|Laura Ingalls Wilder|813
Bên bờ suối Mận|Laura Ingalls Wilder|813
Bên bờ hồ Bạc|Laura Ingalls Wilder|813
Mùa đông bất tận|Laura Ingalls Wilder|813
Anne tóc đỏ dưới chái nhà xanh|L. M. Montgomery|813
Anne tóc đỏ làng Avonlea|L. M. Montgomery|813
Polyanna|Eleanor H. Porter|813
Chuyến phiêu lưu diệu kỳ của Edward Tulane|Kate DiCamillo|813
Chuyện chú chuột Despereaux|Kate DiCamillo|813
Điều kỳ diệu|R. J. Palacio|813
Percy Jackson và kẻ cắp tia chớp|Rick Riordan|813
Percy Jackson và Biển Quái vật|Rick Riordan|813
Percy Jackson và lời nguyền của Titan|Rick Riordan|813
Percy Jackson và cuộc chiến chốn mê cung|Rick Riordan|813
Percy Jackson và vị thần cuối cùng|Rick Riordan|813
Cầu đến xứ sở thần tiên Terabithia|Katherine Paterson|813
Pippi tất dài|Astrid Lindgren|839.73
Emil ở làng Lönneberga|Astrid Lindgren|839.73
Lũ trẻ làng ồn ào|Astrid Lindgren|839.73
Karlsson trên mái nhà|Astrid Lindgren|839.73
Mio, con trai ta|Astrid Lindgren|839.73
Cuộc lữ hành kỳ diệu của Nils Holgersson qua suốt nước Thuỵ Điển|Selma Lagerlöf|839.73
Thế giới của Sophie|Jostein Gaarder|839.82
Truyện cổ Andersen|Hans Christian Andersen|839.81
Cô bé bán diêm|Hans Christian Andersen|839.81
Nàng tiên cá|Hans Christian Andersen|839.81
Bà chúa Tuyết|Hans Christian Andersen|839.81
Bầy chim thiên nga|Hans Christian Andersen|839.81
Vịt con xấu xí|Hans Christian Andersen|839.81
Bộ quần áo mới của hoàng đế|Hans Christian Andersen|839.81
Chú lính chì dũng cảm|Hans Christian Andersen|839.81
Truyện cổ Grimm|Jacob Grimm|398.20943
Nàng Bạch Tuyết và bảy chú lùn|Jacob Grimm|398.20943
Cô bé quàng khăn đỏ|Charles Perrault|398.20944
Chú mèo đi hia|Charles Perrault|398.20944
Cô bé Lọ Lem|Charles Perrault|398.20944
Người đẹp ngủ trong rừng|Charles Perrault|398.20944
Truyện ngụ ngôn La Fontaine|Jean de La Fontaine|841
Ngụ ngôn Ê-dốp|Aesop|398.24
Nghìn lẻ một đêm||398.20953
Thần thoại Hy Lạp|Nguyễn Văn Khoả|398.20938
Thần thoại Bắc Âu|Neil Gaiman|398.20948
Iliad và Odyssey|Homer|883
Chuyện dài bất tận|Michael Ende|833
Momo|Michael Ende|833
Jim Nút và bác lái tàu Lukas|Michael Ende|833
Emil và các thám tử|Erich Kästner|833
Lớp học biết bay|Erich Kästner|833
Hai Lottchen|Erich Kästner|833
Tim mực|Cornelia Funke|833
Ông trùm trộm|Cornelia Funke|833
Heidi, cô bé trên núi cao|Johanna Spyri|833
Con hươu Bambi|Felix Salten|833
Tứ quái TKKG: Kẻ săn lùng ngăn kéo|Stefan Wolf|833
Tứ quái TKKG: Nhà tiên tri mù|Stefan Wolf|833
Tứ quái TKKG: Bóng ma trong trang viên|Stefan Wolf|833
Tứ quái TKKG: Kẻ trộm ngựa đêm khuya|Stefan Wolf|833
Thời thơ ấu|Maksim Gorky|891.73
Kiếm sống|Maksim Gorky|891.73
Những trường đại học của tôi|Maksim Gorky|891.73
Người mẹ|Maksim Gorky|891.73
Thép đã tôi thế đấy|Nikolai Ostrovsky|891.73
Người thầy đầu tiên|Chinghiz Aitmatov|891.73
Cây phong non trùm khăn đỏ|Chinghiz Aitmatov|891.73
Con tàu trắng|Chinghiz Aitmatov|891.73
Bông hồng vàng và Bình minh mưa|Konstantin Paustovsky|891.73
Truyện ngắn Chekhov|Anton Chekhov|891.73
Con gái viên đại uý|Aleksandr Pushkin|891.73
Ông lão đánh cá và con cá vàng|Aleksandr Pushkin|891.71
Timur và đồng đội|Arkady Gaidar|891.73
Chiếc cốc xanh|Arkady Gaidar|891.73
Trung đoàn trưởng nhỏ tuổi|Valentin Kataev|891.73
Mít Đặc và các bạn|Nikolai Nosov|891.73
Mít Đặc ở thành phố Mặt Trời|Nikolai Nosov|891.73
Mít Đặc trên Mặt Trăng|Nikolai Nosov|891.73
Vitya Maleev ở nhà và ở trường|Nikolai Nosov|891.73
Bác sĩ Aybôlit|Korney Chukovsky|891.73
Dagestan của tôi|Rasul Gamzatov|899.96
Totto-chan bên cửa sổ|Kuroyanagi Tetsuko|895.63
Chuyến tàu đêm trên dải Ngân Hà|Miyazawa Kenji|895.63
Tôi là mèo|Natsume Soseki|895.63
Cậu ấm ngây thơ|Natsume Soseki|895.63
Xứ tuyết|Kawabata Yasunari|895.63
Tây du ký|Ngô Thừa Ân|895.13
Tam quốc diễn nghĩa|La Quán Trung|895.13
Thuỷ hử|Thi Nại Am|895.13
Hồng lâu mộng|Tào Tuyết Cần|895.13
Cố hương|Lỗ Tấn|895.13
AQ chính truyện|Lỗ Tấn|895.13
Thơ Đường|Nhiều tác giả|895.11
Mây và sóng|Rabindranath Tagore|891.44
Người làm vườn|Rabindranath Tagore|891.44
Panchatantra: Truyện ngụ ngôn Ấn Độ||398.20954
Sử thi Ramayana|Valmiki|891.2
Hoàng tử hạnh phúc|Oscar Wilde|823
Món quà của các đạo sĩ|O. Henry|813
Chó sói và cừu non|Jean de La Fontaine|841
Chú chó trung thành Hachiko|Lesléa Newman|813
Nhật ký Anne Frank|Anne Frank|839.31
Chú bé mang pyjama sọc|John Boyne|823
Kẻ trộm sách|Markus Zusak|823
"""

# title|author|volumes|class number|publisher|love
SERIES = """
Doraemon: Truyện ngắn|Fujiko F. Fujio|45|741.5952|Kim Đồng
Doraemon: Truyện dài|Fujiko F. Fujio|24|741.5952|Kim Đồng
Thám tử lừng danh Conan|Aoyama Gosho|100|741.5952|Kim Đồng
Shin – Cậu bé bút chì|Usui Yoshito|30|741.5952|Kim Đồng
Dragon Ball: 7 viên ngọc rồng|Toriyama Akira|42|741.5952|Kim Đồng
One Piece|Oda Eiichiro|60|741.5952|Kim Đồng
Nhóc Maruko|Sakura Momoko|14|741.5952|Kim Đồng
Nhật ký chú bé nhút nhát|Jeff Kinney|14|813|Văn học
Những cuộc phiêu lưu của Tintin|Hergé|22|741.5949|Trẻ
Xì Trum|Peyo|16|741.5949|Kim Đồng
Lucky Luke|Morris|30|741.5949|Kim Đồng
Khoa học diệu kì: Chuyến xe buýt của cô Frizzle|Joanna Cole|12|500|Dân trí
Why? Khám phá khoa học|Nhiều tác giả|20|500|Kim Đồng
Hạt giống tâm hồn|Nhiều tác giả|15|158.1|Tổng hợp Thành phố Hồ Chí Minh
Súp gà cho tâm hồn|Jack Canfield|12|158.1|Tổng hợp Thành phố Hồ Chí Minh
Mười vạn câu hỏi vì sao|Nhiều tác giả|14|500|Giáo dục Việt Nam
Kiến thức thật kì thú|Nick Arnold|16|500|Trẻ
"""

PEOPLE = """
Albert Einstein
Isaac Newton
Galileo Galilei
Nicolaus Copernicus
Marie Curie
Louis Pasteur
Charles Darwin
Thomas Edison
Alexander Graham Bell
Michael Faraday
James Watt
Alfred Nobel
Dmitri Mendeleev
Archimedes
Pythagoras
Euclid
Leonardo da Vinci
Michelangelo
Vincent van Gogh
Pablo Picasso
Ludwig van Beethoven
Wolfgang Amadeus Mozart
Johann Sebastian Bach
Frédéric Chopin
William Shakespeare
Lev Tolstoy
Rabindranath Tagore
Lỗ Tấn
Khổng Tử
Socrates
Aristoteles
Christopher Columbus
Ferdinand Magellan
Marco Polo
Roald Amundsen
Yuri Gagarin
Neil Armstrong
Helen Keller
Florence Nightingale
Mẹ Teresa
Mahatma Gandhi
Nelson Mandela
Martin Luther King
Abraham Lincoln
George Washington
Napoléon Bonaparte
Walt Disney
Charlie Chaplin
Stephen Hawking
Steve Jobs
"""

SCIENCE = """
Vũ trụ|523.1
Hệ Mặt Trời|523.2
Mặt Trăng|523.3
Sao chổi và thiên thạch|523.6
Du hành vũ trụ|629.4
Trái Đất|525
Núi lửa và động đất|551.2
Bão và lốc xoáy|551.55
Thời tiết và khí hậu|551.6
Biến đổi khí hậu|363.7
Đại dương|551.46
Sông và hồ|551.48
Sa mạc|551.41
Rừng mưa nhiệt đới|577.34
Khoáng vật và đá|549
Hoá thạch|560
Khủng long|567.9
Voi ma mút và thời băng hà|569
Tế bào|571.6
Di truyền|576.5
Tiến hoá|576.8
Vi khuẩn và vi rút|579
Nấm|579.5
Thực vật|580
Cây ăn thịt|583
Côn trùng|595.7
Bướm|595.78
Kiến và ong|595.79
Nhện|595.44
Cá|597
Cá mập|597.3
Ếch nhái|597.8
Rắn|597.96
Chim|598
Đại bàng và chim săn mồi|598.9
Thú|599
Cá voi và cá heo|599.5
Voi|599.67
Hổ và sư tử|599.75
Khỉ và vượn|599.8
Cơ thể người|612
Bộ não|612.82
Trái tim|612.17
Năm giác quan|612.8
Dinh dưỡng|613.2
Lực và chuyển động|531
Âm thanh|534
Ánh sáng|535
Nhiệt|536
Điện|537
Nam châm|538
Nguyên tử|539
Nguyên tố hoá học|546
Nước|553.7
Không khí|533
Năng lượng|333.79
Năng lượng mặt trời|621.47
Rô-bốt|629.892
Máy tính|004
Internet|004.678
Trí tuệ nhân tạo|006.3
Lập trình Scratch|005.1
Máy bay|629.133
Tàu thuỷ|623.82
Ô tô|629.222
Tàu hoả|625.1
Cầu và đường hầm|624
Những toà nhà chọc trời|720.483
Kim tự tháp|932
Vạn Lí Trường Thành|951
Con số|513
Hình học quanh ta|516
Ảo thuật toán học|793.74
Mật mã|652.8
Những phát minh làm thay đổi thế giới|609
"""
