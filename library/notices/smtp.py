"""Handing one mail to the school's mail server (smtplib, standard library). Errors become words. No database."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from library.foundation.clock import local_time, now
from library.notices.outbox import Deliver, DeliveryFailed
from library.notices.tables import MailMessage
from library.settings import Settings

TIMEOUT_SECONDS = 20


def make_deliver(settings: Settings, school: str) -> Deliver:
    """What outbox.send_due calls for each mail."""

    def deliver(mail: MailMessage) -> None:
        message = _compose(mail, settings, school)
        try:
            with _connect(settings) as server:
                if settings.mail_user:
                    server.login(settings.mail_user, settings.mail_password)
                server.send_message(message, from_addr=settings.mail_from, to_addrs=[mail.to_address])
        except smtplib.SMTPAuthenticationError as error:
            raise DeliveryFailed("Máy chủ thư không nhận tên đăng nhập hoặc mật khẩu.") from error
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            raise DeliveryFailed("Máy chủ thư không nhận địa chỉ này.", is_final=500 <= code < 600) from error
        except smtplib.SMTPResponseException as error:
            raise DeliveryFailed(f"Máy chủ thư từ chối (mã {error.smtp_code}).") from error
        except ssl.SSLCertVerificationError as error:
            raise DeliveryFailed(
                "Không tin được chứng chỉ của máy chủ thư: sai tên, hết hạn hoặc không do nơi tin cậy cấp. Chưa gửi gì."
                " Kiểm tra mail_server, mail_port."
            ) from error
        except smtplib.SMTPNotSupportedError as error:
            raise DeliveryFailed(
                "Máy chủ thư không mã hoá được ở cổng này. Chưa gửi gì. Kiểm tra mail_port, mail_security."
            ) from error
        except ssl.SSLError as error:
            raise DeliveryFailed(
                "Không mã hoá được đường truyền tới máy chủ thư. Kiểm tra mail_port, mail_security."
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise DeliveryFailed("Không nói chuyện được với máy chủ thư. Kiểm tra mạng và cấu hình.") from error

    return deliver


def _connect(settings: Settings) -> smtplib.SMTP:
    if settings.mail_security == "tls":
        return smtplib.SMTP_SSL(
            settings.mail_server, settings.mail_port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    server = smtplib.SMTP(settings.mail_server, settings.mail_port, timeout=TIMEOUT_SECONDS)
    if settings.mail_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _compose(mail: MailMessage, settings: Settings, school: str) -> EmailMessage:
    try:
        message = EmailMessage()
        message["From"] = Address(f"Thư viện {school}", addr_spec=settings.mail_from)
        message["To"] = Address(mail.to_name, addr_spec=mail.to_address)
        message["Subject"] = mail.subject
    except (ValueError, IndexError) as error:  # an address that is none
        raise DeliveryFailed("Địa chỉ thư chưa đúng.", is_final=True) from error
    message["Date"] = format_datetime(local_time(now()))
    # The same mail sent twice (we died after the server took it) carries the same id: mailboxes show it once.
    digest = hashlib.sha256(mail.event_key.encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@{settings.mail_from.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message
