"""`foodctl bench growth`: response times with many stored orders compared with few."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from statistics import median
from uuid import UUID

import psycopg
from rich.console import Console

from foodchassis import now
from foodctl.catalog import service_named
from foodlab.bench.generator import generate
from foodlab.bench.journeys import Journeys, open_crowd
from foodlab.bench.load import Load
from foodlab.bench.report import Report
from foodlab.bench.request import Request
from foodlab.bench.run import started
from foodlab.bench.table import table, verdict
from foodlab.bench.whole import Whole
from foodlab.chart import bars

FEW = 1_000
BOUND = 1.2
DRIVERS = 5
TURNS = 400
ROUNDS = 5
ORDERS_OF_A_CUSTOMER = 20
# Every service derives the same ids for order number i: its time as in UUIDv7, followed by a hash.
PREPARE = """
    CREATE FUNCTION pg_temp.id_of(kind text, i bigint, at timestamptz) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
        SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8'
            || substr(h, 4, 15))::uuid FROM md5(kind || i) AS h
    $$;
    CREATE TEMPORARY TABLE fresh AS
    SELECT pg_temp.id_of('order', i, at) AS order_id, pg_temp.id_of('payment', i, at) AS payment_id,
        pg_temp.id_of('delivery', i, at) AS delivery_id, pg_temp.id_of('offer', i, at) AS offer_id,
        pg_temp.id_of('transaction', i, at) AS transaction_id,
        pg_temp.id_of('customer', i / {each}, '2026-01-01') AS customer_id, at
    FROM generate_series({first}, {last}) AS i,
        LATERAL (SELECT '{base}'::timestamptz - i * interval '3 seconds' AS at) AS moment;
"""
# Each table gets copies of the rows of one delivered order, with these columns replaced.
CLONE = """
    INSERT INTO {table} SELECT copy.* FROM fresh,
        LATERAL (SELECT * FROM {table} WHERE {key} = '{id}') AS pattern,
        LATERAL jsonb_populate_record(NULL::{table}, to_jsonb(pattern) || jsonb_build_object({columns})) AS copy
"""
THEIRS = {"customer_id": "customer_id", "created_at": "at"}
OF_THE_PAYMENT = {"payment_id": "payment_id", "at": "at"}


@dataclass(frozen=True)
class Route:
    """One request, and the median of its median times, in milliseconds, with few orders and with many."""

    what: str
    few: float
    many: float

    @property
    def ratio(self) -> float:
        """Return the ratio of the times with many and few orders."""
        return self.many / self.few


class City:
    """The orders of one system, copied from one that was delivered."""

    def __init__(self, whole: Whole) -> None:
        """Use the newest delivered order."""
        self._whole = whole
        self._base = now()
        self._stored = 0
        newest = "SELECT id, delivery_id FROM orders WHERE status = 'delivered' ORDER BY id DESC LIMIT 1"
        (row,) = whole.fetch("order", newest)
        self._order, self._delivery = row
        ((self._payment,),) = whole.fetch("payment", "SELECT id FROM payments WHERE order_id = %s", self._order)

    def grow(self, orders: int) -> None:
        """Store this many orders, with their lines, history, payments, ledger and deliveries."""
        capture = "SELECT id FROM ledger_transactions WHERE payment_id = %s"
        ((transaction,),) = self._whole.fetch("payment", capture, self._payment)
        order, payment, delivery = map(str, (self._order, self._payment, self._delivery))
        tables = {
            "order": [
                ("orders", "id", order, {"id": "order_id", "delivery_id": "delivery_id", **THEIRS}),
                ("order_lines", "order_id", order, {"order_id": "order_id"}),
                ("order_history", "order_id", order, {"order_id": "order_id", "at": "at"}),
            ],
            "payment": [
                ("payments", "id", payment, {"id": "payment_id", "order_id": "order_id", **THEIRS}),
                ("ledger_transactions", "id", transaction, {"id": "transaction_id", **OF_THE_PAYMENT}),
                ("ledger_entries", "transaction_id", transaction, {"transaction_id": "transaction_id"}),
            ],
            "delivery": [
                ("deliveries", "id", delivery, {"id": "delivery_id", "order_id": "order_id", **THEIRS}),
                ("offers", "delivery_id", delivery, {"id": "offer_id", "delivery_id": "delivery_id"}),
            ],
        }
        for service, copied in tables.items():
            self._clone(service, orders, copied)
        self._stored = orders

    def _clone(self, service: str, orders: int, copied: Sequence[tuple[str, str, object, dict[str, str]]]) -> None:
        url = self._whole.system.database_url(service_named(service))
        fresh = {"each": ORDERS_OF_A_CUSTOMER, "first": self._stored + 1, "last": orders, "base": self._base}
        with psycopg.connect(url, options="-c synchronous_commit=off -c jit=off") as connection:
            connection.execute(PREPARE.format(**fresh))
            for table, key, pattern, columns in copied:
                replaced = ", ".join(f"'{name}', fresh.{of}" for name, of in columns.items())
                statement = CLONE.format(table=table, key=key, id=pattern, columns=replaced)
                connection.execute(statement)
        with psycopg.connect(url, autocommit=True) as connection:
            for table, *_ in copied:
                connection.execute(f"VACUUM ANALYZE {table}")

    def one_order(self) -> tuple[UUID, UUID, UUID, UUID]:
        """Return a customer with many orders, one of them, its payment and its delivery."""
        found = """
            SELECT customer_id, id, delivery_id FROM orders WHERE status = 'delivered' AND created_at < %s
            ORDER BY id DESC OFFSET 100 LIMIT 1
        """
        ((customer, order, delivery),) = self._whole.fetch("order", found, self._base)
        ((payment,),) = self._whole.fetch("payment", "SELECT id FROM payments WHERE order_id = %s", order)
        return customer, order, payment, delivery


class Growth:
    """Times every route that reads or stores orders."""

    def __init__(self, whole: Whole, basket: dict[str, object], owner: str) -> None:
        """Prepare the requests; `owner` is the token of the restaurant's owner."""
        self._whole = whole
        self._port = whole.system.ports["gateway"]
        self._body = json.dumps({**basket, "payment_method": "tok_declined"})
        self._restaurant = basket["restaurant_id"]
        self._owner = owner
        self._numbers = count()

    def measure(self, city: City) -> dict[str, float]:
        """Return the median of each route's p50, in milliseconds."""
        customer, order, payment, delivery = city.one_order()
        token = self._whole.tokens.of(customer, "customer")
        reads = {
            "GET /orders, a customer's": ("/orders", token),
            "GET /orders?restaurant_id, its owner's": (f"/orders?restaurant_id={self._restaurant}", self._owner),
            "GET /orders/{id}": (f"/orders/{order}", token),
            "GET /orders/{id}/timeline": (f"/orders/{order}/timeline", token),
            "GET /payments?order_id": (f"/payments?order_id={order}", token),
            "GET /payments/{id}": (f"/payments/{payment}", token),
            "GET /deliveries, a customer's": ("/deliveries", token),
            "GET /deliveries/{id}": (f"/deliveries/{delivery}", token),
        }
        requests = {name: Request(self._port, path, tokens=(of,)) for name, (path, of) in reads.items()}
        requests["POST /orders"] = Request.order(self._port, self._whole.tokens.customers(1), self._body)
        rounds = [self._round(tuple(requests.values())) for _ in range(ROUNDS)]
        return {name: 1000 * median(one[place] for one in rounds) for place, name in enumerate(requests)}

    def _round(self, requests: tuple[Request, ...]) -> tuple[float, ...]:
        return generate("growth", Load(requests, 1, 60.0, TURNS // ROUNDS, warm=5)).p50


def measure(orders: int, console: Console, file: Path) -> None:
    """Measure with few orders, store many, measure again; print the table and write the file."""
    report = Report()
    with started(console, Whole) as (whole, status):
        basket = asyncio.run(open_crowd(whole, DRIVERS))
        Journeys(whole, basket).slowly(DRIVERS, 5)
        ((owner,),) = whole.fetch("order", "SELECT owner_id FROM restaurants WHERE id = %s", basket["restaurant_id"])
        city, growth = City(whole), Growth(whole, basket, whole.tokens.of(owner, "restaurant"))
        city.grow(FEW)
        growth.measure(city)
        few = growth.measure(city)
        status.update(f"storing {orders:,} orders")
        city.grow(orders)
        status.update("measuring")
        many = growth.measure(city)
    routes = [Route(name, few[name], many[name]) for name in few]
    _show(routes, orders, console)
    title = f"p50 of a request with {orders:,} stored orders beside {FEW:,}, ratio"
    picture = bars(title, {one.what: {"ratio": one.ratio} for one in routes}, digits=2)
    listed = [asdict(route) | {"ratio": route.ratio} for route in routes]
    report.write(file, console, {"orders": orders, "routes": listed}, picture)


def _show(routes: Sequence[Route], orders: int, console: Console) -> None:
    lines = (
        (
            one.what,
            f"{one.few:.2f} ms",
            f"{one.many:.2f} ms",
            f"{one.ratio:.2f}",
            f"≤ {BOUND}",
            verdict(met=one.ratio <= BOUND),
        )
        for one in routes
    )
    title = f"p50 of a request with {orders:,} stored orders beside {FEW:,}"
    console.print(table(title, ("route", f"{FEW:,}", f"{orders:,}", "ratio", "goal", "met?"), lines))
