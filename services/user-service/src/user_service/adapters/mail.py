"""Sends e-mail by SMTP, or writes it to a folder for developers; in the background."""

import asyncio
import ssl
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog

from foodchassis import new_id
from user_service.adapters import metrics
from user_service.settings import UserSettings

log = structlog.get_logger()
FAILURES = (aiosmtplib.SMTPException, OSError, TimeoutError)
TIMEOUT_SECONDS = 10.0


class Mailer(Protocol):
    """A way to send an e-mail."""

    async def send(self, message: EmailMessage) -> None:
        """Send one message. Raises one of FAILURES."""


class SmtpMailer:
    """Sends through the server at smtp://, smtp+starttls:// or smtps://user:password@host:port."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in {"smtp", "smtp+starttls", "smtps"} or not self._url.hostname:
            msg = "SMTP_URL must be smtp://, smtp+starttls:// or smtps://user:password@host:port"
            raise ValueError(msg)

    async def send(self, message: EmailMessage) -> None:
        """Send one message over a connection of its own."""
        await aiosmtplib.send(
            message,
            hostname=self._url.hostname,
            port=self._url.port,
            username=unquote(self._url.username) if self._url.username else None,
            password=unquote(self._url.password) if self._url.password else None,
            use_tls=self._url.scheme == "smtps",
            start_tls=self._url.scheme == "smtp+starttls",
            tls_context=ssl.create_default_context() if self._url.scheme != "smtp" else None,
            timeout=TIMEOUT_SECONDS,
        )


class FolderMailer:
    """Writes each message to a file that only its owner may read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage) -> None:
        """Write one message."""
        await asyncio.to_thread(self._write, message)

    def _write(self, message: EmailMessage) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f"{new_id()}.draft"
        draft.touch(mode=0o600)
        draft.write_bytes(message.as_bytes())
        draft.replace(draft.with_suffix(".eml"))


class Mail:
    """The queue of messages to send. Messages in it are lost when the service stops: users request them again."""

    def __init__(self, settings: UserSettings, mailer: Mailer | None) -> None:
        self._settings = settings
        self._mailer = mailer
        self._queue: asyncio.Queue[EmailMessage] = asyncio.Queue(settings.mail_queue)

    def post(self, to: str, subject: str, text: str) -> None:
        """Queue a message; a full queue drops it."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._settings.mail_from, to, subject
        message["Message-ID"] = make_msgid(domain=self._settings.mail_from.rpartition("@")[2].rstrip(">"))
        message.set_content(text)
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            metrics.mails.labels("dropped").inc()
            log.warning("mail.dropped", queue=self._settings.mail_queue)

    async def run(self) -> None:
        """Send queued messages until cancelled."""
        while True:
            await self._deliver(await self._queue.get())

    async def _deliver(self, message: EmailMessage) -> None:
        if self._mailer is None:
            metrics.mails.labels("dropped").inc()
            log.warning("mail.not_configured", hint="set SMTP_URL or MAIL_FOLDER")
            return
        for delay in (*self._settings.mail_retry_delays, None):
            try:
                await self._mailer.send(message)
            except FAILURES as error:
                # Only the kind: the server's response contains the address.
                log.warning("mail.failed", error=type(error).__name__, again_in=delay)
                if delay is not None:
                    await asyncio.sleep(delay)
            else:
                metrics.mails.labels("sent").inc()
                return
        metrics.mails.labels("failed").inc()


def mailer(settings: UserSettings) -> Mailer | None:
    """Return the mailer that the settings select."""
    if settings.smtp_url is not None:
        return SmtpMailer(settings.smtp_url.get_secret_value())
    return FolderMailer(settings.mail_folder) if settings.mail_folder is not None else None
