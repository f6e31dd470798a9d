"""Each kind of incompatible migration is found, and compatible ones are accepted."""

import json

import pytest
from upgrades.recordings import Recording, Sent, recordings
from upgrades.replaying import play, refused
from upgrades.tables import head, refusals, undone

from foodchassis.testing.databases import Templates

BREAKING = {
    "a new column without a default": (
        "menu-service",
        "ALTER TABLE restaurants ADD COLUMN planted text NOT NULL",
        "NotNullViolation",
    ),
    "a column that must be filled now": (
        "order-service",
        "ALTER TABLE orders ALTER COLUMN accepted_at SET NOT NULL",
        "NotNullViolation",
    ),
    "a column dropped": ("user-service", "ALTER TABLE addresses DROP COLUMN label", "UndefinedColumn"),
    "a column renamed": (
        "delivery-service",
        "ALTER TABLE offers RENAME COLUMN distance_m TO metres",
        "UndefinedColumn",
    ),
    "a table renamed": ("payment-service", "ALTER TABLE refunds RENAME TO repayments", "UndefinedTable"),
    "a type narrowed": (
        "payment-service",
        "ALTER TABLE payments ALTER COLUMN currency TYPE varchar(2)",
        "StringDataRightTruncation",
    ),
    "a type changed": (
        "menu-service",
        "ALTER TABLE menu_items ALTER COLUMN available TYPE integer USING available::integer",
        "DatatypeMismatch",
    ),
    "a status that is no longer allowed": (
        "order-service",
        "ALTER TABLE orders ADD CONSTRAINT planted CHECK (status <> 'cancelling')",
        "CheckViolation",
    ),
    "a table of the chassis": (
        "foodchassis",
        "ALTER TABLE deadlines ADD COLUMN planted text NOT NULL",
        "NotNullViolation",
    ),
}
HARMLESS = {
    "a column that may be empty": ("user-service", "ALTER TABLE users ADD COLUMN planted text"),
    "a column with a default": ("menu-service", "ALTER TABLE menu_items ADD COLUMN planted integer NOT NULL DEFAULT 0"),
    "a type widened": ("payment-service", "ALTER TABLE refunds ALTER COLUMN amount TYPE bigint"),
    "a new table": ("delivery-service", "CREATE TABLE planted (id uuid PRIMARY KEY)"),
}


def of(service: str) -> list[Recording]:
    return [one for one in recordings() if one.service == service]


@pytest.mark.parametrize("kind", BREAKING)
def test_an_incompatible_migration_is_found(templates: Templates, kind: str) -> None:
    service, migration, error = BREAKING[kind]
    for recording in of(service):
        with head(templates, recording.package) as connection:
            found = refusals(connection, recording, migration)

        assert [refusal for refusal in found if error in refusal] != [], recording.release


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_compatible_migration_is_accepted(templates: Templates, kind: str) -> None:
    service, migration = HARMLESS[kind]
    for recording in of(service):
        with head(templates, recording.package) as connection:
            assert refusals(connection, recording, migration) == [], recording.release


@pytest.mark.parametrize(("columns", "values", "breaks"), [("", "*", True), ("(id, version)", "id, version", False)])
def test_a_default_helps_only_statements_that_name_their_columns(
    templates: Templates, columns: str, values: str, breaks: bool
) -> None:
    record = "jsonb_populate_record(NULL::planted, %(row)s::jsonb)"
    row = {"id": 1, "version": 1}
    scene = [Sent(f"INSERT INTO planted {columns} SELECT {values} FROM {record}", {"row": json.dumps(row)})]
    with head(templates, "review_service") as connection, undone(connection) as driver:
        driver.execute("CREATE TABLE planted (id integer, version integer)")
        assert refused(play(driver, scene)) == []

        driver.execute("ALTER TABLE planted ADD COLUMN channel text NOT NULL DEFAULT 'web'")
        assert ["NotNullViolation" in refusal for refusal in refused(play(driver, scene))] == [True] * breaks
