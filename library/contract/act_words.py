"""What an act with a book is called where it is listed: on the kiosk's screen and in "Vừa làm" at the desk."""

from __future__ import annotations

ACT_WORDS: dict[str, str] = {"checkout": "Mượn", "renewal": "Gia hạn", "return": "Đã trả"}
