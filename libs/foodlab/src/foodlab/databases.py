"""The services' databases and roles, and their tables."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from devservers.errors import StartError
from devservers.steps import Say, Step
from devservers.tail import tail
from foodctl.catalog import Service
from foodctl.system import System


def create(system: System, services: Sequence[Service]) -> None:
    """Create for every service a role, and a database to which only this role may connect."""
    try:
        with psycopg.connect(system.endpoints.postgres_url, autocommit=True) as connection:
            for service in services:
                _create(connection, service.package, system.credentials.role(service.package))
    except psycopg.Error as error:
        raise StartError(f"the databases cannot be created: {str(error).strip()}") from None


def drop(system: System, services: Sequence[Service]) -> None:
    """Drop the databases and roles."""
    try:
        with psycopg.connect(system.endpoints.postgres_url, autocommit=True) as connection:
            for service in services:
                name = sql.Identifier(service.package)
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
                connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(name))
    except psycopg.Error as error:
        raise StartError(f"the databases cannot be dropped: {str(error).strip()}") from None


def _create(connection: psycopg.Connection, package: str, password: str) -> None:
    name = sql.Identifier(package)
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [package]).fetchone() is not None
    verb = sql.SQL("ALTER" if known else "CREATE")
    connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, name, sql.Literal(password)))
    if connection.execute("SELECT FROM pg_database WHERE datname = %s", [package]).fetchone() is None:
        # Without superuser rights, databases can only be created for roles of which the creator is a member.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, name))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))


class Migration:
    """One process that migrates all databases, because importing the libraries takes most of the time."""

    def __init__(self, system: System, services: Sequence[Service], log: Path) -> None:
        """Prepare for these services, writing to this log."""
        self._system = system
        self._services = services
        self._urls = {service.package: system.database_url(service) for service in services}
        self._log = log
        self._child: subprocess.Popen[bytes] | None = None

    def steps(self, after: str) -> list[Step]:
        """Return the steps that create the databases and then their tables."""
        create_them = Step("databases", lambda _: create(self._system, self._services), lambda: None, after=(after,))
        return [create_them, Step("tables", self._launch, self._missing, after=(create_them.name,))]

    def undo(self) -> None:
        """Stop the process if it still runs; each migration is atomic."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()

    def _launch(self, say: Say) -> None:
        say(f"migrating {len(self._urls)} databases")
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "foodlab.migrate"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        if self._child.stdin:
            with self._child.stdin as pipe:
                pipe.write(json.dumps(self._urls).encode())

    def _missing(self) -> str | None:
        code = self._child.poll() if self._child else None
        if code:
            raise StartError(f"a migration failed:\n{tail(self._log)}")
        return None if code == 0 else "the migrations are not done yet"
