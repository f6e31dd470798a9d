"""Sends a batch of statements to PostgreSQL in one round trip.

psycopg's cursors wait for the socket once per statement, also in pipeline mode, which took a third of the CPU
time of a busy service.
"""

import re
from collections.abc import Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Wait

Rows = list[tuple[Any, ...]]
Query = tuple[str, Mapping[str, Any]]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
REMEMBERED = "foodchassis_pipeline"
GOOD = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}


class Pipeline:
    """Runs batches of statements on one connection, each statement prepared the first time it is sent."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], *, prepares: bool) -> None:
        self._connection = connection
        self._transformer = Transformer(connection)
        self._prepared: dict[tuple[bytes, tuple[int, ...]], bytes] = {}
        # Behind a pooler the next transaction may use another connection, without the prepared statements.
        self._prepares = prepares and connection.prepare_threshold is not None

    @classmethod
    def of(cls, connection: psycopg.AsyncConnection[Any], *, shared: bool) -> "Pipeline":
        """Return the pipeline of a connection, which records its prepared statements.

        On a connection shared with psycopg's cursors nothing is prepared: they deallocate all statements after a
        rollback.
        """
        found: Pipeline | None = vars(connection).get(REMEMBERED)
        if found is None:
            found = vars(connection)[REMEMBERED] = cls(connection, prepares=not shared)
        return found

    async def run(self, batch: Sequence[Query], *, commit: bool = False) -> list[Rows]:
        """Execute statements in the connection's transaction, which begins with the first, and return their rows.

        With `commit` the transaction is committed afterwards. Raises the first error; later statements are not
        executed.
        """
        connection, pgconn = self._connection, self._connection.pgconn
        if not batch and pgconn.transaction_status == TransactionStatus.IDLE:
            return []
        async with connection.lock:
            before = [b"BEGIN"] if pgconn.transaction_status == TransactionStatus.IDLE else []
            after = [b"COMMIT"] if commit else []
            try:
                results = await connection.wait(self._exchange(pgconn, before, batch, after))
            except BaseException:
                # Half a round trip may be pending: only a new connection has a known state.
                pgconn.finish()
                raise
        checked = self._checked(results)
        if commit and checked[-1].command_status != b"COMMIT":
            # COMMIT rolls back without an error when an earlier statement has failed.
            raise psycopg.errors.InFailedSqlTransaction("a statement of this transaction failed: nothing is committed")
        return [self._rows(result) for result in checked[len(before) : len(before) + len(batch)]]

    def _exchange(
        self, pgconn: PGconn, before: list[bytes], batch: Sequence[Query], after: list[bytes]
    ) -> Generator[Wait, int, list[PGresult]]:
        """Send everything, then read one result each."""
        pgconn.enter_pipeline_mode()
        preparing = []
        for plain in before:
            pgconn.send_query_params(plain, None)
        for text, parameters in batch:
            preparing.append(self._send(pgconn, text, parameters))
        for plain in after:
            pgconn.send_query_params(plain, None)
        pgconn.pipeline_sync()
        while pgconn.flush():
            if (yield Wait.RW) & Wait.R:
                pgconn.consume_input()
        results: list[PGresult] = []
        while not results or results[-1].status != ExecStatus.PIPELINE_SYNC:
            while pgconn.is_busy():
                while not (yield Wait.R):
                    continue
                pgconn.consume_input()
            if (result := pgconn.get_result()) is not None:
                results.append(result)
        pgconn.exit_pipeline_mode()
        return self._answers(results[:-1], len(before), preparing)

    def _send(self, pgconn: PGconn, text: str, parameters: Mapping[str, Any]) -> tuple[bytes, tuple[int, ...]] | None:
        """Send one statement; return the prepared statement if it is new."""
        query, names = compiled(text)
        values = self._transformer.dump_sequence([parameters[name] for name in names], [PyFormat.AUTO] * len(names))
        types, formats = self._transformer.types or (), self._transformer.formats
        if not self._prepares:
            pgconn.send_query_params(query, values, types, formats)
            return None
        key = (query, types)
        name = self._prepared.get(key)
        new = name is None
        if name is None:
            name = self._prepared[key] = b"c%d" % len(self._prepared)
            pgconn.send_prepare(name, query, types)
        pgconn.send_query_prepared(name, values, formats)
        return key if new else None

    def _answers(
        self, results: list[PGresult], skipped: int, preparing: Sequence[tuple[bytes, tuple[int, ...]] | None]
    ) -> list[PGresult]:
        """Skip the results of preparing; a statement that could not be prepared is not recorded."""
        found, rest = results[:skipped], iter(results[skipped:])
        for key in preparing:
            result = next(rest)
            if key is not None and result.status in GOOD:
                result = next(rest)
            elif key is not None:
                del self._prepared[key]
                next(rest)
            found.append(result)
        return [*found, *rest]

    def _checked(self, results: list[PGresult]) -> list[PGresult]:
        for result in results:
            if result.status == ExecStatus.FATAL_ERROR:
                raise psycopg.errors.error_from_result(result, self._connection.info.encoding)
        return results

    def _rows(self, result: PGresult) -> Rows:
        if result.status != ExecStatus.TUPLES_OK:
            return []
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)


@lru_cache(maxsize=1024)
def compiled(text: str) -> tuple[bytes, tuple[str, ...]]:
    """Translate `%(name)s` into PostgreSQL's `$1`, and return the names in the order of the numbers."""
    names: list[str] = []

    def number(found: re.Match[str]) -> str:
        if found[1] not in names:
            names.append(found[1])
        return f"${names.index(found[1]) + 1}"

    return PLACEHOLDER.sub(number, text).replace("%%", "%").encode(), tuple(names)
