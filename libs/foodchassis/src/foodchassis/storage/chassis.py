"""The hand-written statements on the chassis's tables, which are on the hot path of handling messages."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from foodchassis.kernel.decision import Effect, Timer
from foodchassis.storage.transaction import Check, Statement

CLAIM = "INSERT INTO inbox (handler, event_id) VALUES (%(handler)s, %(event_id)s) ON CONFLICT DO NOTHING RETURNING true"
# Arrays, so that one prepared statement serves any number of rows.
PUBLISH = """
    INSERT INTO outbox (event_id, routing_key, body, traceparent)
    SELECT event_id, routing_key, body, traceparent FROM unnest(
        %(event_ids)s::uuid[], %(routing_keys)s::text[], %(bodies)s::bytea[], %(traceparents)s::text[]
    ) AS event (event_id, routing_key, body, traceparent)
"""
NEXT_EVENTS = """
    SELECT id, event_id, routing_key, body, traceparent FROM outbox WHERE parked_at IS NULL
    ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""
# Deleted and counted in one statement; ordered by key, otherwise two relays could deadlock.
FORGET_EVENTS = """
    WITH gone AS (DELETE FROM outbox WHERE id = ANY(%(ids)s) RETURNING routing_key, event_id)
    INSERT INTO outbox_published (routing_key, count)
    SELECT routing_key, count(*) FROM gone WHERE NOT EXISTS (SELECT FROM outbox_counted WHERE since > gone.event_id)
    GROUP BY routing_key ORDER BY routing_key
    ON CONFLICT (routing_key) DO UPDATE SET count = outbox_published.count + excluded.count
"""
COUNT_REFUSALS = """
    UPDATE outbox SET attempts = attempts + 1, parked_at = CASE WHEN attempts + 1 >= %(most)s THEN now() END
    WHERE id = ANY(%(ids)s)
"""
MEASURE_OUTBOX = """
    SELECT count(*) FILTER (WHERE parked_at IS NULL),
        coalesce(extract(epoch FROM now() - min(created_at) FILTER (WHERE parked_at IS NULL)), 0)::float8,
        count(parked_at)
    FROM outbox
"""
START_TIMERS = """
    INSERT INTO deadlines (name, subject, due_at, traceparent)
    SELECT name, subject, now() + seconds * interval '1 second', %(traceparent)s::text FROM unnest(
        %(timers)s::text[], %(subjects)s::uuid[], %(seconds)s::float8[]
    ) AS timer (name, subject, seconds)
    ON CONFLICT (name, subject) DO UPDATE SET due_at = excluded.due_at, attempts = 0, traceparent = excluded.traceparent
"""
STOP_TIMERS = """
    DELETE FROM deadlines USING unnest(%(timers)s::text[], %(subjects)s::uuid[]) AS timer (name, subject)
    WHERE deadlines.name = timer.name AND deadlines.subject = timer.subject
"""
NEXT_DEADLINE = """
    SELECT name, subject, attempts, traceparent FROM deadlines WHERE due_at <= now() AND name = ANY(%(names)s)
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""
TAKE_DEADLINE = """
    DELETE FROM deadlines WHERE (name, subject) = (
        SELECT name, subject FROM deadlines WHERE name = %(name)s AND subject = %(subject)s AND due_at <= now()
        FOR UPDATE SKIP LOCKED
    ) RETURNING true
"""
POSTPONE_DEADLINE = """
    UPDATE deadlines SET due_at = now() + %(seconds)s::float8 * interval '1 second', attempts = attempts + %(failed)s
    WHERE name = %(name)s AND subject = %(subject)s
"""
STORE_EFFECTS = """
    INSERT INTO effects (key, name, subject, payload, groups, asked_at, correlation_id, causation_id, traceparent)
    SELECT key, name, subject, payload, string_to_array(groups, chr(31)), now(),
        %(correlation_id)s::text, %(causation_id)s::text, %(traceparent)s::text
    FROM unnest(
        %(keys)s::text[], %(names)s::text[], %(effect_subjects)s::uuid[], %(payloads)s::jsonb[], %(groups)s::text[]
    ) AS effect (key, name, subject, payload, groups)
    ON CONFLICT DO NOTHING
"""
FINISH_EFFECT = "DELETE FROM effects WHERE key = %(key)s RETURNING true"
POSTPONE_EFFECT = """
    UPDATE effects SET attempts = attempts + 1, asked_at = now() + %(seconds)s::float8 * interval '1 second'
    WHERE key = %(key)s
"""
# Effects sent this long ago were left by an instance that crashed or is overloaded.
TAKE_EFFECTS = """
    UPDATE effects SET asked_at = now() WHERE key IN (
        SELECT key FROM effects
        WHERE asked_at < now() - %(lease)s::float8 * interval '1 second' AND name = ANY(%(names)s)
        ORDER BY asked_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ) RETURNING key, name, subject, payload, groups, attempts, correlation_id, causation_id, traceparent
"""
COUNT_OVERDUE = """
    SELECT count(*) FROM (
        SELECT FROM deadlines WHERE due_at < now() - %(late)s::float8 * interval '1 second' LIMIT %(most)s
    ) AS overdue
"""
COUNT_EFFECTS = "SELECT count(*) FROM (SELECT FROM effects LIMIT %(most)s) AS waiting"
NOTE_DROPPED = """
    INSERT INTO dropped_events (handler, event_id, reason) VALUES (%(handler)s, %(event_id)s, %(reason)s)
    ON CONFLICT DO NOTHING
"""
DELETE_STORED_RESPONSES = "DELETE FROM idempotency_keys WHERE owner = %(owner)s"

# Rows from around the time when counting began stay, because only their publishers know whether they are counted.
COUNTING_BEGAN = "SELECT since FROM outbox_counted"
PRUNE_INBOX = """
    WITH old AS (
        SELECT handler, event_id FROM inbox
        WHERE received_at < now() - %(days)s::float8 * interval '1 day'
        AND NOT (event_id >= %(unclear_from)s AND event_id < %(unclear_to)s)
        ORDER BY received_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM inbox USING old WHERE inbox.handler = old.handler AND inbox.event_id = old.event_id
        RETURNING inbox.handler, inbox.event_id
    ), undropped AS (
        DELETE FROM dropped_events USING gone
        WHERE dropped_events.handler = gone.handler AND dropped_events.event_id = gone.event_id
    ), counted AS (
        INSERT INTO inbox_pruned (handler, count)
        SELECT handler, count(*) FROM gone WHERE event_id >= %(unclear_from)s GROUP BY handler ORDER BY handler
        ON CONFLICT (handler) DO UPDATE SET count = inbox_pruned.count + excluded.count
    )
    SELECT count(*) FROM gone
"""
PRUNE_ANSWERS = """
    WITH old AS (
        SELECT owner, key FROM idempotency_keys WHERE created_at < now() - %(days)s::float8 * interval '1 day'
        ORDER BY created_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM idempotency_keys USING old
        WHERE idempotency_keys.owner = old.owner AND idempotency_keys.key = old.key RETURNING true
    )
    SELECT count(*) FROM gone
"""


class OutboxRow(NamedTuple):
    """One row of the outbox table, ready to be stored."""

    event_id: UUID
    routing_key: str
    body: bytes
    traceparent: str | None


def claim(handler: str, event_id: UUID, check: Check) -> Statement:
    """Claim an event for a handler; `check` sees no row when the handler has handled it before."""
    return Statement(CLAIM, {"handler": handler, "event_id": event_id}, check)


def outbox_parameters(rows: Iterable[OutboxRow]) -> dict[str, Any]:
    """Return the parameters of PUBLISH."""
    ids, keys, bodies, parents = zip(*rows, strict=True)
    return {"event_ids": [*ids], "routing_keys": [*keys], "bodies": [*bodies], "traceparents": [*parents]}


def timer_parameters(started: Mapping[Timer, timedelta], traceparent: str | None) -> dict[str, Any]:
    """Return the parameters of START_TIMERS for any number of timers."""
    return {
        "timers": [timer.name for timer in started],
        "subjects": [timer.subject for timer in started],
        "seconds": [wait.total_seconds() for wait in started.values()],
        "traceparent": traceparent,
    }


def start_timers(started: Mapping[Timer, timedelta], traceparent: str | None) -> Statement:
    """Set deadlines; existing ones are replaced."""
    return Statement(START_TIMERS, timer_parameters(started, traceparent))


def delete_stored_responses(owner: UUID) -> Statement:
    """Delete the stored responses to a caller's requests, which may contain personal data."""
    return Statement(DELETE_STORED_RESPONSES, {"owner": owner})


def stop_timers(stopped: Iterable[Timer]) -> Statement:
    """Delete deadlines, where they are set; ordered by key, otherwise two transactions could deadlock."""
    timers = sorted(stopped)
    names, subjects = [timer.name for timer in timers], [timer.subject for timer in timers]
    return Statement(STOP_TIMERS, {"timers": names, "subjects": subjects})


def store_effects(
    effects: Iterable[Effect], correlation_id: str, causation_id: str, traceparent: str | None
) -> Statement:
    """Store the effects to send after the commit."""
    stored = list(effects)
    return Statement(
        STORE_EFFECTS,
        {
            "keys": [effect.key for effect in stored],
            "names": [effect.name for effect in stored],
            "effect_subjects": [effect.subject for effect in stored],
            "payloads": [orjson.dumps(dict(effect.payload)).decode() for effect in stored],
            "groups": ["\x1f".join(effect.groups) for effect in stored],
            "correlation_id": correlation_id,
            "causation_id": causation_id,
            "traceparent": traceparent,
        },
    )
