"""A database that tests reuse: emptied after each, and discarded after changes other than to rows."""

from collections.abc import Sequence
from typing import LiteralString

import psycopg
from psycopg import sql

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
_ALONE: LiteralString = """
    SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
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
            self._connection.execute(_ALONE)
            if filled := self._filled(self._emptied):
                names = sql.SQL(", ").join(map(sql.Identifier, filled))
                self._connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
            self._connection.execute(_FROM_ONE)
            return self._state() == self._fresh
        except psycopg.Error:
            return False

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _filled(self, tables: Sequence[str]) -> list[str]:
        look = sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
        looks = sql.SQL(" UNION ALL ").join(look.format(name, sql.Identifier(name)) for name in tables)
        return [str(name) for (name,) in self._connection.execute(looks)] if tables else []

    def _state(self) -> list[object]:
        content = sql.SQL("SELECT md5(string_agg(kept::text, ' ' ORDER BY kept::text)) FROM {} AS kept")
        looks = [content.format(sql.Identifier(name)) for name in self._kept]
        return [self._connection.execute(look).fetchone() for look in (sql.Composed([sql.SQL(_SCHEMA)]), *looks)]
