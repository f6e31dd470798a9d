"""Constraints have the same names in the migrations and in the models: later migrations and errors refer to them."""

import pytest
from sqlalchemy import inspect
from upgrades.tables import head, models

from foodchassis.testing.databases import Templates
from foodctl.catalog import SERVICES


@pytest.mark.parametrize("package", [one.package for one in SERVICES if "postgres" in one.needs])
def test_constraints_have_the_same_names_in_migrations_and_models(templates: Templates, package: str) -> None:
    tables = [vars(model)["__table__"] for model in models(package)]
    with head(templates, package) as connection:
        inspector = inspect(connection)
        migrated = {
            (table.name, name)
            for table in tables
            for name in (
                inspector.get_pk_constraint(table.name)["name"],
                *(one["name"] for one in inspector.get_check_constraints(table.name)),
                *(one["name"] for one in inspector.get_foreign_keys(table.name)),
                *(one["name"] for one in inspector.get_unique_constraints(table.name)),
            )
        }

    assert migrated == {(table.name, one.name) for table in tables for one in table.constraints}
