"""Two databases with order-service's tables, dropped after the run: one for the service, one for pgbench."""

import json
import subprocess
import sys
from secrets import token_hex
from urllib.parse import urlsplit

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from devservers.interface import nothing_to_do
from devservers.steps import Say, Silence, Step, run
from foodlab.bench.errors import MeasurementError
from foodlab.bench.restaurant import PIZZA, RESTAURANT, SOUP

_SERVICE = "order_service"


class Scratch:
    """The databases of one run on one server."""

    def __init__(self, server: str) -> None:
        """Name the databases of order-service and of pgbench."""
        self._server = server
        self._name = f"bench_{token_hex(4)}"
        self._reference = f"{self._name}_reference"
        self._made: list[str] = []
        self.service_url = self._url(self._name)
        self.reference_url = self._url(self._reference)

    def make(self, say: Say) -> None:
        """Run the service's migrations, copy the database, and store the menu."""
        say("migrating")
        self._create(self._name)
        migrated = subprocess.run(
            [sys.executable, "-m", "foodlab.migrate"],
            input=json.dumps({_SERVICE: self.service_url}),
            capture_output=True,
            text=True,
            check=False,
        )
        if migrated.returncode != 0:
            raise MeasurementError(f"the migration failed: {migrated.stderr.strip().splitlines()[-1:]}")
        self._create(self._reference, self._name)
        self._seed()

    def drop(self) -> None:
        """Drop the databases."""
        for name in self._made:
            self._on_server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def orders(self) -> int:
        """Count the orders that the service has stored."""
        return self._count("SELECT count(*) FROM orders")

    def let_it_publish(self) -> None:
        """Wait until the service's outbox is empty, so that no figure affects the next one."""

        def missing() -> str | None:
            left = self._count("SELECT count(*) FROM outbox")
            return f"{left} events are not published" if left else None

        run([Step("outbox", nothing_to_do, missing)], Silence())

    def _seed(self) -> None:
        with psycopg.connect(self.service_url) as connection:
            connection.execute(
                "INSERT INTO restaurants (id, version, owner_id, snapshot) VALUES (%s, %s, %s, %s)",
                [
                    RESTAURANT.restaurant_id,
                    RESTAURANT.version,
                    RESTAURANT.owner_id,
                    Jsonb(RESTAURANT.model_dump(mode="json")),
                ],
            )
            for item in (PIZZA, SOUP):
                connection.execute(
                    "INSERT INTO menu_items (id, version, restaurant_id, removed, snapshot)"
                    " VALUES (%s, %s, %s, false, %s)",
                    [item.item_id, item.version, item.restaurant_id, Jsonb(item.model_dump(mode="json"))],
                )

    def _count(self, query: str) -> int:
        with psycopg.connect(self.service_url) as connection:
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0

    def _create(self, name: str, template: str = "template1") -> None:
        self._made.append(name)
        self._on_server(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )

    def _on_server(self, statement: sql.Composed) -> None:
        try:
            with psycopg.connect(self._server, autocommit=True) as connection:
                connection.execute(statement)
        except psycopg.Error as error:
            raise MeasurementError(f"the databases of the bench: {str(error).strip()}") from None

    def _url(self, name: str) -> str:
        return urlsplit(self._server)._replace(path=f"/{name}").geturl()
