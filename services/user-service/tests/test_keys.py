from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from foodchassis.web import TokenVerifier
from user_service.adapters.signing import SigningKeys
from user_service.keys import RotationError, described, ensure, new_keys, publish, retire, sign
from user_service.settings import UserSettings


def test_keys_are_created_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "signing_keys"

    ensure(file)
    first = file.read_text()
    ensure(file)

    assert file.read_text() == first
    assert file.stat().st_mode & 0o077 == 0
    assert len(UserSettings(signing_keys=first).key_set.keys) == 1


def test_new_keys_differ_each_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        ensure(tmp_path / name)

    assert (tmp_path / "one").read_text() != (tmp_path / "other").read_text()


async def test_no_token_is_refused_during_a_rotation() -> None:
    """Each step's tokens are good with the keys of the steps before and after it."""
    one = new_keys()
    steps = [one, published := publish(one), signing := sign(published), retire(signing)]

    for step, (signer, verifiers) in {
        "published": (steps[1], steps[:3]), "signs": (steps[2], steps[1:]), "retired": (steps[3], steps[1:]),
    }.items():  # fmt: skip
        token = SigningKeys(UserSettings(signing_keys=signer)).access_token(uuid4(), "customer", uuid4())
        for document in verifiers:
            verifier = TokenVerifier(UserSettings(signing_keys=document))
            assert (await verifier.verify(token)).roles == {"customer"}, step
    assert [use for *_, use in described(signing)] == ["signs", "published"]
    assert described(steps[3])[0][0] == described(published)[1][0]


@pytest.mark.parametrize(
    ("step", "keys"), [(sign, new_keys()), (publish, publish(new_keys()))], ids=["sign", "publish"]
)
def test_a_step_out_of_order_is_refused(step: Callable[[str], str], keys: str) -> None:
    with pytest.raises(RotationError):
        step(keys)
