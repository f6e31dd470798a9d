"""Sends recorded statements again, to tables that may be newer."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from upgrades.recordings import Sent
from upgrades.values import decoded_parameters

WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+\"?[a-z_]+\"?", re.IGNORECASE)


_WAYS = ("INSERT", "UPDATE", "DELETE")
_TOUCHED = """
    SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
    WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
"""


class Answer(NamedTuple):
    """What became of a statement: whether it found rows, the tables whose rows it wrote, or why it was refused."""

    sent: Sent
    found: bool
    wrote: frozenset[str]
    error: str | None


def play(connection: psycopg.Connection[Any], statements: Sequence[Sent]) -> list[Answer]:
    """Send the statements of a scene, in the transaction that is open, as a superuser.

    Foreign keys and triggers are switched off: a scene lacks the rows that its test wrote itself, and what is tested
    is whether the tables have and take what a release reads and writes: columns, types, NOT NULL, CHECK, UNIQUE.
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
    """Return the statements that were refused, and why."""
    return [f"{answer.error}\n  {answer.sent.text}" for answer in answers if answer.error]


def _execute(connection: psycopg.Connection[Any], sent: Sent) -> tuple[bool, str | None]:
    try:
        with connection.transaction():
            cursor = connection.execute(sent.text, decoded_parameters(sent.parameters), prepare=True)
            return cursor.rowcount > 0, None
    except psycopg.Error as error:
        return False, f"{type(error).__name__}: {str(error).splitlines()[0]}"


def _written(connection: psycopg.Connection[Any]) -> set[tuple[str, int]]:
    """Return how many rows of which tables this transaction inserted, updated and deleted."""
    counts = connection.execute(_TOUCHED).fetchall()
    return {(f"{way} {table}", n) for table, *numbers in counts for way, n in zip(_WAYS, numbers, strict=True) if n}
