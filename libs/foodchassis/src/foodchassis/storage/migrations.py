"""Alembic for every service: `python -m foodchassis.storage.migrations PACKAGE` upgrades its database."""

import argparse
import time
from collections.abc import Mapping
from importlib import import_module
from importlib.resources import files
from pathlib import Path

from alembic import command, context, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, MetaData, create_engine, pool, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.storage import tables

LOCK = 7_325_310_466
# How long a statement waits for a table lock: all later statements on the table wait behind it.
LOCK_TIMEOUT = "5s"
TRIES = 5
PAUSE = 5.0


def run(metadata: MetaData) -> None:
    """Migrate in one transaction, under a lock that admits one at a time; the body of a service's `env.py`.

    Raises TimeoutError when a table stays locked for several attempts; nothing is changed then.
    """
    url = make_url(context.config.attributes["database_url"]).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=pool.NullPool)
    for left in reversed(range(TRIES)):
        try:
            _migrate(engine, metadata)
            break
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            if not left:
                reason = f"a table of {url.database} is locked by others; nothing was changed"
                raise TimeoutError(f"{reason}: end their transactions and try again") from error
            time.sleep(PAUSE)
    engine.dispose()


def _migrate(engine: Engine, metadata: MetaData) -> None:
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=[tables.metadata, metadata], compare_server_default=True
        )
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            # Set only now: waiting for another migration has no time-out.
            connection.execute(text("SELECT set_config('lock_timeout', :limit, true)"), {"limit": LOCK_TIMEOUT})
            context.run_migrations()
        connection.commit()


def rename(constraints: Mapping[str, Mapping[str, str]], indexes: Mapping[str, str], *, back: bool = False) -> None:
    """Rename constraints by table, and indexes, from old names to new ones in a migration, or `back` again."""
    for table, names in constraints.items():
        for pair in names.items():
            old, new = reversed(pair) if back else pair
            op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")
    for pair in indexes.items():
        old, new = reversed(pair) if back else pair
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")


def configuration(package: str, database_url: str) -> Config:
    """Return Alembic's configuration: the service's own migrations and the chassis' beside them."""
    own = scripts(package)
    config = Config()
    config.set_main_option("script_location", str(own))
    config.set_main_option("path_separator", "os")
    chassis = Path(__file__).parent / "versions"
    config.set_main_option("version_locations", f"{chassis}:{own / 'versions'}")
    config.attributes["database_url"] = database_url
    return config


def scripts(package: str) -> Path:
    """Return the directory of a service's migrations: in the installed package, or beside `src` in the repository."""
    import_module(package)
    home = Path(str(files(package)))
    candidates = (home / "migrations", home.parents[1] / "migrations")
    for folder in candidates:
        if (folder / "env.py").is_file():
            return folder
    msg = f"{package} has no migrations; looked in {', '.join(map(str, candidates))}"
    raise FileNotFoundError(msg)


def upgrade(package: str, database_url: str) -> None:
    """Migrate the database of `package` to its newest migration, if necessary."""
    command.upgrade(configuration(package, database_url), "heads")


def current(package: str, database_url: str) -> bool:
    """Return whether the database of `package` has all migrations of this code; it may have newer ones."""
    script = ScriptDirectory.from_config(configuration(package, database_url))
    known = {revision.revision for revision in script.walk_revisions()}
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"), poolclass=pool.NullPool)
    try:
        with engine.connect() as connection:
            found = MigrationContext.configure(connection).get_current_heads()
    finally:
        engine.dispose()
    # An unknown revision comes from newer code, whose migrations stay compatible with older code.
    ahead = not known.issuperset(found)
    return ahead or not any(script.iterate_revisions("heads", found, implicit_base=True))


def wait(package: str, database_url: str, *, pause: float = 1.0) -> None:
    """Wait until another process has migrated the database of `package`."""
    said = ""
    while True:
        try:
            if current(package, database_url):
                return
            reason = f"the migrations of {package}"
        except OperationalError as error:
            reason = f"the database: {error.orig}"
        if reason != said:
            print(f"waiting for {reason}", flush=True)  # noqa: T201 - this is a command's output
            said = reason
        time.sleep(pause)


def main() -> None:
    """Migrate the database at DATABASE_URL for the package named on the command line, or wait until it is migrated."""
    parser = argparse.ArgumentParser(prog="python -m foodchassis.storage.migrations", description=main.__doc__)
    parser.add_argument("package", help="its Python name, or the service's name with dashes")
    parser.add_argument("--wait", action="store_true", help="change nothing; wait until the database is up to date")
    options = parser.parse_args()
    settings = ServiceSettings(service_name="migrations")
    if settings.database_url is None:
        raise SystemExit("DATABASE_URL is not set: say which database to migrate.")
    work = wait if options.wait else upgrade
    try:
        work(options.package.replace("-", "_"), settings.database_url.get_secret_value())
    except TimeoutError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
