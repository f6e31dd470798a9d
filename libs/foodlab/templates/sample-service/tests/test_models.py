from alembic import command

from foodchassis.storage.migrations import configuration


def test_tables_and_migrations_match(service_package: str, database_url: str) -> None:
    command.check(configuration(service_package, database_url))
