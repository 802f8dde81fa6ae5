"""What an act with a book is called in lists for staff ("Vừa làm" at the desk). For a child: kiosk/words.py."""

from __future__ import annotations

ACT_WORDS: dict[str, str] = {"checkout": "Mượn", "renewal": "Gia hạn", "return": "Đã trả"}
