"""Sends recorded statements to tables of a newer release."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from upgrades.recordings import Sent
from upgrades.values import decoded_parameters

WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?[a-z_]+\"?", re.IGNORECASE)


_OPERATIONS = ("INSERT", "UPDATE", "DELETE")
CHANGED_ROWS = """
    SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
    WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""


class Answer(NamedTuple):
    """The result of a statement: whether it returned rows, the tables that it wrote, or its error."""

    sent: Sent
    found: bool
    wrote: frozenset[str]
    error: str | None


def play(connection: psycopg.Connection[Any], statements: Sequence[Sent]) -> list[Answer]:
    """Send the statements of a scene in the open transaction, as a superuser.

    Foreign keys and triggers are disabled, because a scene lacks the rows that its test wrote. The test covers
    columns, types, NOT NULL, CHECK and UNIQUE.
    """
    connection.execute("SET LOCAL session_replication_role = replica")
    connection.execute("SELECT setval(seqrelid, seqstart, false) FROM pg_sequence")
    written = _written(connection)
    answers = []
    for sent in statements:
        found, error = _execute(connection, sent)
        before, written = written, _written(connection) if WRITES.search(sent.text) else written
        answers.append(Answer(sent, found, frozenset(name for name, _ in written - before), error))
    return answers


def refused(answers: Sequence[Answer]) -> list[str]:
    """Return the refused statements with their errors."""
    return [f"{answer.error}\n  {answer.sent.text}" for answer in answers if answer.error]


def _execute(connection: psycopg.Connection[Any], sent: Sent) -> tuple[bool, str | None]:
    try:
        with connection.transaction():
            cursor = connection.execute(sent.text, decoded_parameters(sent.parameters), prepare=True)
            return cursor.rowcount > 0, None
    except psycopg.Error as error:
        return False, f"{type(error).__name__}: {str(error).splitlines()[0]}"


def _written(connection: psycopg.Connection[Any]) -> set[tuple[str, int]]:
    """Return the numbers of rows per table that this transaction inserted, updated and deleted."""
    counts = connection.execute(CHANGED_ROWS).fetchall()
    return {
        (f"{way} {table}", n) for table, *numbers in counts for way, n in zip(_OPERATIONS, numbers, strict=True) if n
    }
