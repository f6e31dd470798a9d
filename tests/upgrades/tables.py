"""The tables of this release, and the statements of a recorded release on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import psycopg
from sqlalchemy import Connection, NullPool, create_engine, make_url
from sqlmodel import SQLModel
from upgrades.recordings import Recording
from upgrades.replaying import play, refused

from foodchassis.testing.databases import Templates


@contextmanager
def head(templates: Templates, package: str) -> Iterator[Connection]:
    """Yield a connection to a database of this service with all its migrations, and no rows."""
    with templates.lend(package) as url:
        engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
        with engine.connect() as connection:
            yield connection


@contextmanager
def undone(connection: Connection) -> Iterator[psycopg.Connection[Any]]:
    """Yield psycopg's connection in a transaction that is rolled back at the end."""
    with connection.begin() as transaction:
        driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
        yield driver
        transaction.rollback()


def refusals(connection: Connection, recording: Recording, migration: str = "") -> list[str]:
    """Return the statements of a release that these tables refuse after this migration."""
    found = []
    for name, scene in recording.scenes.items():
        with undone(connection) as driver:
            if migration:
                driver.execute(migration)
            found += [f"{name}: {refusal}" for refusal in refused(play(driver, scene))]
    return found


def models(package: str) -> list[type[SQLModel]]:
    """Return the models of a service that are tables."""
    kinds = [kind for kind in vars(import_module(f"{package}.models")).values() if isinstance(kind, type)]
    return [kind for kind in kinds if issubclass(kind, SQLModel) and hasattr(kind, "__table__")]
