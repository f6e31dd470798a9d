from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import IntegrityError
from sqlmodel.ext.asyncio.session import AsyncSession

from devservers.interface import Endpoints
from foodchassis.storage import tables
from foodchassis.storage.migrations import configuration, upgrade
from order_service.models import metadata

BEFORE = """
    WITH paths (status, kitchen, path) AS (VALUES
        ('pending', 'waiting', '{created}'::text[]),
        ('placed', 'waiting', '{created,placed}'),
        ('placed', 'accepted', '{created,placed,accepted}'),
        ('paid', 'ready', '{created,placed,accepted,paid}'),
        ('assigned', 'ready', '{created,placed,accepted,paid,assigned}'),
        ('picked_up', 'handed_over', '{created,placed,accepted,paid,assigned,picked_up}'),
        ('delivered', 'handed_over', '{created,placed,accepted,paid,assigned,picked_up,delivered}')
    ), stored AS (
        INSERT INTO orders (
            id, version, status, kitchen, customer_id, restaurant_id, restaurant_name, owner_id, pickup,
            delivery_address, auto_accept, prep_minutes, currency, subtotal, delivery_fee, service_fee, tax, tip, total,
            created_at, driver_id
        )
        SELECT gen_random_uuid(), cardinality(path), status, kitchen, gen_random_uuid(), gen_random_uuid(), 'Da Lia',
            gen_random_uuid(), '{}', '{}', false, 15, 'EUR', 1, 0, 0, 0, 0, 1, now(),
            CASE WHEN status = 'delivered' THEN gen_random_uuid() END
        FROM paths RETURNING id, status, kitchen
    )
    INSERT INTO order_history (
        order_id, version, to_status, kitchen, trigger, event, actor, correlation_id, causation_id, at
    )
    SELECT id, version, CASE step WHEN 'created' THEN 'pending' WHEN 'accepted' THEN 'placed' ELSE step END, kitchen,
        'before', 'order.' || step, 'system', '', '', now()
    FROM stored JOIN paths USING (status, kitchen), unnest(path) WITH ORDINALITY AS steps (step, version)
"""


def test_migrations_create_exactly_the_tables_of_the_models(database_url: str) -> None:
    upgrade("order_service", database_url)
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, [tables.metadata, metadata]) == []  # type: ignore[arg-type]
    engine.dispose()


def test_migrations_update_existing_orders(servers: Endpoints) -> None:
    name = f"upgraded_{token_hex(4)}"
    url = urlsplit(servers.postgres_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(servers.postgres_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            command.upgrade(configuration("order_service", url), "order_0001")
            with psycopg.connect(url) as connection:
                connection.execute(BEFORE)
            upgrade("order_service", url)
            with psycopg.connect(url) as connection:
                rows = connection.execute(
                    "SELECT status, paid, delivery_closed, accepted_at IS NOT NULL, keep, needs_attention,"
                    " lost_drivers,"
                    " (SELECT string_agg(name, ',' ORDER BY name) FROM deadlines WHERE subject = id),"
                    " (SELECT count(driver_id) FROM order_history WHERE order_id = id)"
                    " FROM orders ORDER BY status, kitchen"
                ).fetchall()
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    assert rows == [
        ("assigned", True, False, True, None, False, [], "pickup.overdue", 0),
        ("delivered", True, True, True, None, False, [], None, 3),
        ("paid", True, False, True, None, False, [], "delivery.unanswered", 0),
        ("pending", False, False, False, None, False, [], "payment.unanswered", 0),
        ("picked_up", True, False, True, None, False, [], "delivery.late,delivery.lost", 0),
        ("placed", False, False, True, None, False, [], "capture.unanswered", 0),
        ("placed", False, False, False, None, False, [], "restaurant.silent", 0),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "keep = -1",
        "keep = total + 1",
        "status = 'cancelling'",
        "status = 'cancelled', keep = 0",
        "cancelled_by = 'driver'",
        "total = total + 1",
        "tip = -1, total = total - tip - 1",
        "status = 'lost'",
        "kitchen = 'cold'",
        "version = 0",
    ],
)
async def test_the_database_refuses_invalid_rows(place: Any, session: AsyncSession, change: str) -> None:
    await place()

    with pytest.raises(IntegrityError):
        await (await session.connection()).execute(text(f"UPDATE orders SET {change}"))
