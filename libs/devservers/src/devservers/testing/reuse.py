"""A database that tests reuse: emptied after each, and discarded after changes other than to rows."""

import time
from collections.abc import Sequence
from typing import LiteralString

import psycopg
from psycopg import sql

_SECONDS = 1
_LOOK = 0.002
# 16384 is the first object id that is not internal. TRUNCATE rewrites pg_class, but none of the others.
_SCHEMA: LiteralString = """
    SELECT md5(string_agg(one, ' ' ORDER BY one)) FROM (
        SELECT format('%s %s %s', oid, relname, relnatts) FROM pg_class WHERE oid >= 16384
        UNION ALL SELECT format('%s %s %s', attrelid, attnum, xmin) FROM pg_attribute WHERE attrelid >= 16384
        UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_trigger WHERE oid >= 16384
        UNION ALL SELECT format('%s %s', oid, xmin) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT format('%s %s', setrole, setconfig) FROM pg_db_role_setting
            JOIN pg_database ON setdatabase = oid WHERE datname = current_database()
    ) AS objects (one)
"""
_TABLES: LiteralString = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
# These triggers may refuse to delete rows, and the tables have few; in a large table, deleted rows slow later tests.
_TRUNCATED: LiteralString = """
    SELECT relname FROM pg_class AS one WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace
    AND (pg_relation_size(oid) > 262144
        OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = one.oid AND NOT tgisinternal))
"""
_OTHERS: LiteralString = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_FROM_ONE: LiteralString = "SELECT setval(seqrelid, seqstart, false) FROM pg_sequence"


class ReusedDatabase:
    """A copy of a template, which stores its initial state."""

    def __init__(self, url: str) -> None:
        """Store the initial state; tables that are empty now are emptied later."""
        self.url = url
        self._connection = psycopg.connect(url, autocommit=True, options="-c lock_timeout=2s")
        tables = [str(name) for (name,) in self._connection.execute(_TABLES)]
        self._kept = self._filled(tables)
        self._emptied = sorted(set(tables) - set(self._kept))
        self._fresh = self._state()

    def clean(self) -> bool:
        """Empty it, and return whether its initial state is restored: only changes to rows can be undone."""
        try:
            self._end_others()
            self._empty(self._filled(self._emptied))
            self._connection.execute(_FROM_ONE)
            return self._state() == self._fresh
        except psycopg.Error:
            return False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _end_others(self) -> None:
        """End all other connections; with a time-out, pg_terminate_backend looks only every 100 ms."""
        deadline = time.monotonic() + _SECONDS
        while self._connection.execute(_OTHERS).fetchone() and time.monotonic() < deadline:
            time.sleep(_LOOK)

    def _empty(self, tables: Sequence[str]) -> None:
        """Delete all rows, in one statement because of foreign keys; TRUNCATE takes longer, as it replaces files."""
        truncated = [str(name) for (name,) in self._connection.execute(_TRUNCATED, [list(tables)])]
        if truncated:
            names = sql.SQL(", ").join(map(sql.Identifier, truncated))
            self._connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        if deleted := [name for name in tables if name not in truncated]:
            delete = sql.SQL("{} AS (DELETE FROM {})")
            each = (delete.format(sql.Identifier(f"in_{name}"), sql.Identifier(name)) for name in deleted)
            self._connection.execute(sql.SQL("WITH {} SELECT").format(sql.SQL(", ").join(each)))

    def _filled(self, tables: Sequence[str]) -> list[str]:
        look = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
        looks = sql.SQL(" UNION ALL ").join(look.format(name, sql.Identifier(name)) for name in tables)
        return [str(name) for (name,) in self._connection.execute(looks)] if tables else []

    def _state(self) -> list[object]:
        content = sql.SQL("SELECT md5(string_agg(kept::text, ' ' ORDER BY kept::text)) FROM {} AS kept")
        looks = [content.format(sql.Identifier(name)) for name in self._kept]
        return [self._connection.execute(look).fetchone() for look in (sql.Composed([sql.SQL(_SCHEMA)]), *looks)]
