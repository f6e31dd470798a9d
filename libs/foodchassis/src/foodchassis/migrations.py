"""Alembic for every service: `python -m foodchassis.migrations order_service` brings its database up to date."""

import sys
from importlib import import_module
from importlib.resources import files
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import MetaData, create_engine, pool, text
from sqlalchemy.engine import make_url

from foodchassis import tables
from foodchassis.settings import ServiceSettings

LOCK = 7_325_310_466


def run(metadata: MetaData) -> None:
    """Be the body of a service's `env.py`: migrate in one transaction, under a lock that lets one at a time."""
    url = make_url(context.config.attributes["database_url"]).set(drivername="postgresql+psycopg")
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=[tables.metadata, metadata], compare_server_default=True
        )
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            context.run_migrations()
        connection.commit()
    engine.dispose()


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
    """Find a service's migrations: inside its package when installed, beside `src` in the repository."""
    import_module(package)
    home = Path(str(files(package)))
    candidates = (home / "migrations", home.parents[1] / "migrations")
    for folder in candidates:
        if (folder / "env.py").is_file():
            return folder
    msg = f"{package} has no migrations; looked in {', '.join(map(str, candidates))}"
    raise FileNotFoundError(msg)


def upgrade(package: str, database_url: str) -> None:
    """Bring the database of `package` up to its newest migration; harmless when it is."""
    command.upgrade(configuration(package, database_url), "heads")


def main() -> None:
    """Migrate the database at DATABASE_URL for the package named on the command line."""
    settings = ServiceSettings(service_name="migrations")
    if settings.database_url is None:
        raise SystemExit("DATABASE_URL is not set: say which database to migrate.")
    upgrade(sys.argv[1], settings.database_url.get_secret_value())


if __name__ == "__main__":
    main()
