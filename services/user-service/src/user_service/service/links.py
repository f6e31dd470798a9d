"""Links by e-mail: stored as digests, sent after the commit, valid for one use."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis import now, resources
from foodchassis.storage import after_commit
from user_service.adapters.mail import Mail
from user_service.adapters.refresh_tokens import digest, new_token
from user_service.errors import LinkInvalidError
from user_service.models import EmailLink, LinkPurpose
from user_service.rules.messages import Text, link_text, notice
from user_service.settings import UserSettings


def store_link(
    session: AsyncSession, purpose: LinkPurpose, email: str, user_id: UUID | None, sign_up: dict[str, str] | None = None
) -> str:
    """Store a link and return its token; also when none is sent, so that both cases take equally long."""
    settings = resources(session).get(UserSettings)
    is_reset = purpose is LinkPurpose.RESET_PASSWORD
    seconds = settings.reset_link_seconds if is_reset else settings.email_link_seconds
    token, expires_at = new_token(), now() + timedelta(seconds=seconds)
    session.add(
        EmailLink(
            digest=digest(token), purpose=purpose, email=email, user_id=user_id, sign_up=sign_up, expires_at=expires_at
        )
    )
    return token


def send_link(session: AsyncSession, purpose: LinkPurpose, email: str, token: str) -> None:
    """Send the link with this token after the commit."""
    _post(session, email, link_text(purpose, resources(session).get(UserSettings).pages, token))


def send_notice(session: AsyncSession, email: str, text: Text) -> None:
    """Send a message without a token after the commit."""
    _post(session, email, notice(text, resources(session).get(UserSettings).pages))


async def is_good(session: AsyncSession, token: str, purpose: LinkPurpose) -> bool:
    """Return whether a link could be used now."""
    mine = (
        col(EmailLink.digest) == digest(token),
        col(EmailLink.purpose) == purpose,
        col(EmailLink.expires_at) > now(),
    )
    return (await session.exec(select(EmailLink.purpose).where(*mine))).first() is not None


async def use_link(session: AsyncSession, token: str, *purposes: LinkPurpose) -> EmailLink:
    """Mark a link as used and return it. Raises LinkInvalidError when it was used, has expired or was never sent."""
    mine = (col(EmailLink.digest) == digest(token), col(EmailLink.purpose).in_(purposes))
    used = await session.exec(delete(EmailLink).where(*mine, col(EmailLink.expires_at) > now()).returning(EmailLink))
    link: EmailLink | None = used.scalars().one_or_none()
    if link is None:
        raise LinkInvalidError("It was used before, has expired or was never sent; ask for a new one.")
    return link


async def drop_links(session: AsyncSession, user_id: UUID) -> None:
    """Delete every link of a user, because its purpose has been fulfilled."""
    await session.exec(delete(EmailLink).where(col(EmailLink.user_id) == user_id))


async def drop_expired(session: AsyncSession) -> None:
    """Delete expired and used links, with their unfinished sign-ups."""
    await session.exec(delete(EmailLink).where(col(EmailLink.expires_at) <= now()))


def _post(session: AsyncSession, email: str, text: Text) -> None:
    after_commit(session, partial(resources(session).get(Mail).post, email, text.subject, text.body))
