from collections.abc import Awaitable, Callable

from httpx2 import AsyncClient
from sqlmodel.ext.asyncio.session import AsyncSession

from foodchassis.kernel import Envelope
from user_service.models import User, UserRole
from user_service.republish import republish_all
from user_service.settings import AccountSettings

Published = Callable[[], Awaitable[list[Envelope]]]


def a_user(name: str, role: UserRole = UserRole.CUSTOMER, phone: str | None = None) -> User:
    email = f"{name.lower().replace(' ', '.')}@example.com"
    return User(email=email, name=name, role=role, password_hash="none", phone=phone)


async def test_republishing_announces_earlier_users(
    client: AsyncClient, session: AsyncSession, published: Published
) -> None:
    """Stored without an event, as an earlier release did: their orders could show no name."""
    users = [a_user("Ada Byron", phone="+3292667700"), a_user("Da Lia", UserRole.RESTAURANT), a_user("Bob")]
    session.add_all([*users, a_user("Root", UserRole.ADMIN)])
    await session.commit()

    await republish_all(AccountSettings(), batch=2)

    events = await published()
    assert {event.type for event in events} == {"user.changed.v1"}
    assert sorted((event.data["name"], event.data["phone"], event.sequence) for event in events) == [
        *[("Ada", "+3292667700", 1), ("Bob", None, 1), ("Da Lia", None, 1)]
    ]
