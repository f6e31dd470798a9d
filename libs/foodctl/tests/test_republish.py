import psycopg
import pytest

from foodchassis import new_id
from foodchassis.kernel import Envelope
from foodctl.commands import publish_again
from foodctl.errors import FoodctlError

RESTAURANT = """
INSERT INTO restaurants VALUES (
    %s, 7, gen_random_uuid(), 'Uno', 'uno', 'Street 1', 'Town', '1', 1, 2, '{"timezone": "UTC", "weekly": []}',
    true, false, 10, 1000, 'EUR', 0, 0, 0, 0
)
"""


@pytest.fixture
def service_package() -> str:
    return "menu_service"


def test_republishing_stores_all_menus_in_the_outbox(database_url: str) -> None:
    restaurant = new_id()
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(RESTAURANT, [restaurant])

        publish_again(database_url, "menu_service")

        [(body,)] = connection.execute("SELECT body FROM outbox").fetchall()
    told = Envelope.model_validate_json(body)
    assert (told.type, told.subject, told.sequence) == ("restaurant.updated.v1", restaurant, 7)


def test_a_missing_database_is_a_one_line_error(database_url: str) -> None:
    with pytest.raises(FoodctlError, match=r"the menus could not be published again: .*does not exist") as refused:
        publish_again(f"{database_url}_gone", "menu_service")

    assert "\n" not in str(refused.value)
