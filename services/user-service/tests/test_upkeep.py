from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text, update

from foodchassis import Database, new_id, now
from foodchassis.testing import eventually
from user_service.models import AuditRead, EmailLink, LinkPurpose, Login, RefreshToken, Revocation, User

LEFT = """
    SELECT (SELECT count(*) FROM logins) + (SELECT count(*) FROM refresh_tokens) + (SELECT count(*) FROM email_links)
        + (SELECT count(*) FROM revocations) + (SELECT count(*) FROM audit_reads)
        + (SELECT count(*) FROM users WHERE folded_name IS NULL)
"""


@pytest.fixture
def service_environment(service_environment: dict[str, str]) -> dict[str, str]:
    return {**service_environment, "UPKEEP_INTERVAL": "0.1"}


async def test_the_upkeep_folds_names_and_deletes_expired_rows(app: FastAPI, an_account: Any) -> None:
    await an_account()
    past = now() - timedelta(days=366)
    transaction = app.state.resources.get(Database).transaction
    async with transaction() as session:
        for table in (Login, RefreshToken):
            await session.exec(update(table).values(expires_at=past))
        session.add(
            EmailLink(digest=b"1", purpose=LinkPurpose.SIGN_UP, email="a@example.com", user_id=None, expires_at=past)
        )
        session.add(Revocation(name="a log-in", expires_at=past))
        session.add(AuditRead(id=new_id(), at=past, admin_id=new_id(), operation="list_users", object_id=None))
        await session.exec(update(User).values(folded_name=None))

    async def done() -> bool:
        async with transaction() as session:
            return bool(await session.scalar(text(LEFT)) == 0)

    await eventually(done)
