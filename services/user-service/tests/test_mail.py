import asyncio
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from devservers.ports import free_ports
from foodchassis.kernel import background
from foodchassis.testing import eventually
from user_service.adapters.mail import FolderMailer, Mail, SmtpMailer, mailer
from user_service.settings import UserSettings

# The server under test asks for a password, and speaks on loopback only.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")
TO, TEXT = "ada@example.com", "Grüezi\n\nhttps://food.example/account/reset-password#token=" + "x" * 43 + "\n"


class Inbox:
    """What a real SMTP server received; it refuses the first `refusals` messages."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []
        self.refusals = 0

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        if self.refusals:
            self.refusals -= 1
            return f"451 no room for {TO}"
        self.received.append(envelope)
        return "250 OK"


def authenticate(_: SMTP, __: Session, ___: Envelope, ____: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data.login == b"us er" and data.password == b"p@ss/word")


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    inbox, [port] = Inbox(), free_ports(1)
    server = Controller(
        inbox, "127.0.0.1", port, authenticator=authenticate, auth_required=True, auth_require_tls=False
    )
    server.start()
    yield inbox, port
    server.stop()


def settings(environment: dict[str, str], **changes: Any) -> UserSettings:
    return UserSettings(signing_keys=environment["SIGNING_KEYS"], mail_retry_delays=(0.01,), _env_file=None, **changes)


async def test_a_message_is_sent_by_smtp(inbox: tuple[Inbox, int], service_environment: dict[str, str]) -> None:
    box, port = inbox
    url = f"smtp://us%20er:p%40ss%2Fword@127.0.0.1:{port}"
    configured = settings(service_environment, smtp_url=url, mail_from="foodapp <no-reply@food.example>")
    mail = Mail(configured, mailer(configured))
    box.refusals = 1

    async with background(mail.run()):
        mail.post(TO, "Choose a new password", TEXT)

        async def arrived() -> bool:
            return bool(box.received)

        await eventually(arrived)

    [envelope] = box.received
    content: Any = envelope.content
    assert (envelope.mail_from, envelope.rcpt_tos) == ("no-reply@food.example", [TO])
    assert b"Subject: Choose a new password" in content
    assert b"@food.example>" in content


async def test_an_unsent_e_mail_is_logged_without_its_recipient(
    inbox: tuple[Inbox, int], service_environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    box, port = inbox
    box.refusals = 9
    configured = settings(service_environment, smtp_url=f"smtp://us%20er:p%40ss%2Fword@127.0.0.1:{port}", mail_queue=1)
    mail = Mail(configured, mailer(configured))
    mail.post(TO, "first", TEXT)
    mail.post(TO, "one too many", TEXT)

    async with background(mail.run()):

        async def tried_twice() -> bool:
            return box.refusals == 7

        await eventually(tried_twice)
        await asyncio.sleep(0)

    out = capsys.readouterr().out
    assert "mail.dropped" in out
    assert "mail.failed" in out
    assert TO not in out
    assert "token" not in out


async def test_developers_read_mail_in_a_folder(tmp_path: Path) -> None:
    folder, message = tmp_path / "mail", EmailMessage()
    message.set_content("hello")

    await FolderMailer(folder).send(message)

    [file] = folder.iterdir()
    assert (file.suffix, file.stat().st_mode & 0o077, folder.stat().st_mode & 0o077) == (".eml", 0, 0)


@pytest.mark.parametrize("url", ["http://host", "smtp:///x", "host:25", ""])
def test_an_invalid_mail_server_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="SMTP_URL must be smtp://"):
        SmtpMailer(url)


async def test_without_a_mail_server_e_mails_are_logged_as_unsent(
    service_environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    configured = settings(service_environment)
    mail = Mail(configured, mailer(configured))

    async with background(mail.run()):
        mail.post(TO, "x", TEXT)

        async def said() -> bool:
            return "mail.not_configured" in capsys.readouterr().out

        await eventually(said)
