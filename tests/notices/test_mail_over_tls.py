"""Mail over a real encrypted line: STARTTLS and TLS from the first byte, certificates that are right and that are
not, a wrong password, a server that is away. The password and the children's names never go in the clear, and the
outbox keeps what did not go (L162)."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from lending_world import STAFF, TODAY, World
from notices_mailbox import Mailbox

from library.lending import service as lending
from library.notices.model import NoticeOf
from library.notices.outbox import list_mails, queue_class_mail, retry_mail, send_due
from library.notices.queries import list_notices
from library.notices.smtp import make_deliver
from library.readers.classes import set_homeroom_teacher
from library.readers.tables import Reader
from library.settings import load_settings

# aiosmtpd thinks of STARTTLS only; with TLS from the first byte nothing is in the clear.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
USER, PASSWORD = "thuvien", "mat-khau-cua-thu"
OpenServer = Callable[..., Mailbox]


class Heard(Mailbox):
    """A mailbox that remembers what passwords it was told, and over what kind of line."""

    def __init__(self) -> None:
        super().__init__()
        self.logins: list[tuple[bytes, bool]] = []

    def check(self, server, session, envelope, mechanism, auth_data) -> AuthResult:
        assert isinstance(auth_data, LoginPassword)
        encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.logins.append((auth_data.password, encrypted))
        return AuthResult(success=auth_data.password == PASSWORD.encode(), handled=False)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """Who this machine trusts: a certificate authority of our own, as OpenSSL is told by the environment."""
    ours = trustme.CA()
    ours.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    return ours


@pytest.fixture
def open_server() -> Iterator[OpenServer]:
    """Starts real SMTP servers: open_server(security, certificate)."""
    running: list[Controller] = []

    def start(security: str, certificate: trustme.LeafCert | None = None) -> Heard:
        box = Heard()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            box.port = free.getsockname()[1]
        more: dict[str, object] = {}
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            more = {"ssl_context": context} if security == "tls" else {"tls_context": context, "require_starttls": True}
        controller = Controller(
            box, hostname="127.0.0.1", port=box.port, authenticator=box.check, auth_required=True,
            auth_require_tls=security == "starttls", **more,
        )  # fmt: skip
        controller.start()
        running.append(controller)
        return box

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def queued(school: World) -> World:
    """One mail about the late books of 6A1 waits."""
    dung = school.readers["Nguyễn Văn Dũng"]
    Reader.update(email="dung@truong.edu.vn").where(Reader.id == dung).execute()
    set_homeroom_teacher(school.classes["6A1"], dung, STAFF)
    (book,) = school.add_title("Dế Mèn phiêu lưu ký")
    lending.check_out(book, reader_id=school.readers["Trần Minh An"], actor=STAFF, channel="desk")
    school.clock.set_day(TODAY + timedelta(days=40))
    assert queue_class_mail("overdue", list_notices(NoticeOf.OVERDUE)[0], STAFF)
    return school


def deliver_to(box: Mailbox, data_dir: Path, security: str, password: str = PASSWORD):
    settings = load_settings(
        {"KESACH_DATA": str(data_dir), "KESACH_MAIL_SERVER": "127.0.0.1", "KESACH_MAIL_PORT": str(box.port),
         "KESACH_MAIL_SECURITY": security, "KESACH_MAIL_FROM": "thuvien@truong.edu.vn", "KESACH_MAIL_USER": USER,
         "KESACH_MAIL_PASSWORD": password}
    )  # fmt: skip
    return make_deliver(settings, "THCS Thử")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_goes_over_an_encrypted_line(
    queued: World, authority: trustme.CA, open_server: OpenServer, data_dir: Path, security: str
) -> None:
    box = open_server(security, authority.issue_cert("127.0.0.1"))
    assert send_due(deliver_to(box, data_dir, security)) == (1, 0)
    (mail,) = box.taken
    assert "Trần Minh An" in mail.get_content() and box.logins == [(PASSWORD.encode(), True)]
    assert list_mails()[0].state == "sent"


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("wrong", ["another name", "nobody we trust"])
def test_a_certificate_that_is_not_right_gets_no_password_and_no_mail(
    queued: World, authority: trustme.CA, open_server: OpenServer, data_dir: Path, security: str, wrong: str
) -> None:
    issuer = authority if wrong == "another name" else trustme.CA()
    box = open_server(security, issuer.issue_cert("mail.khac.example" if wrong == "another name" else "127.0.0.1"))
    assert send_due(deliver_to(box, data_dir, security)) == (0, 1)
    assert box.taken == [] and box.logins == []
    line = list_mails()[0]
    assert line.state == "waiting" and "Không tin được chứng chỉ của máy chủ thư" in line.last_error


def test_a_server_without_encryption_gets_nothing_when_it_is_asked_for(
    queued: World, open_server: OpenServer, data_dir: Path
) -> None:
    box = open_server("none")
    assert send_due(deliver_to(box, data_dir, "starttls")) == (0, 1)
    assert "không mã hoá được ở cổng này" in list_mails()[0].last_error
    queued.clock.at += timedelta(minutes=6)
    assert send_due(deliver_to(box, data_dir, "tls")) == (0, 1)
    assert "Không mã hoá được đường truyền" in list_mails()[0].last_error
    assert box.taken == [] and box.logins == [] and list_mails()[0].state == "waiting"


def test_a_wrong_password_is_said_and_the_mail_goes_once_it_is_right(
    queued: World, authority: trustme.CA, open_server: OpenServer, data_dir: Path
) -> None:
    box = open_server("starttls", authority.issue_cert("127.0.0.1"))
    assert send_due(deliver_to(box, data_dir, "starttls", "sai")) == (0, 1)
    line = list_mails()[0]
    assert "không nhận tên đăng nhập hoặc mật khẩu" in line.last_error and line.state == "waiting"
    assert "sai" not in line.last_error and box.taken == []
    retry_mail(line.id, STAFF)
    assert send_due(deliver_to(box, data_dir, "starttls")) == (1, 0) and len(box.taken) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_is_down_loses_nothing(queued: World, data_dir: Path, security: str) -> None:
    away = Mailbox()
    with socket.socket() as taken:  # a port nobody answers on
        taken.bind(("127.0.0.1", 0))
        away.port = taken.getsockname()[1]
        assert send_due(deliver_to(away, data_dir, security)) == (0, 1)
    line = list_mails()[0]
    assert line.state == "waiting" and "Không nói chuyện được với máy chủ thư" in line.last_error
