"""Keys that the settings give, and what is said when they are of no use."""

import pytest

from foodchassis.kernel.settings import ServiceSettings
from foodchassis.web.tokens import TokenVerifier
from foodctl.testing import Issuer


@pytest.mark.parametrize("document", ['{"keys":[]}', "{}", "[]", "no JSON", '{"keys":null}', '{"keys":[{"kty":"x"}]}'])
def test_keys_of_no_use_are_one_line_that_says_what_to_set(document: str) -> None:
    with pytest.raises(ValueError, match=r"^AUTH_JWKS holds no keys .*or AUTH_JWKS_URL instead\.$"):
        TokenVerifier(ServiceSettings(service_name="x", auth_jwks=document))


async def test_keys_of_the_settings_need_no_url(issuer: Issuer) -> None:
    settings = ServiceSettings(service_name="x", auth_jwks=issuer.jwks, auth_jwks_url=None)
    token = issuer.bearer("customer")["Authorization"].removeprefix("Bearer ")

    assert (await TokenVerifier(settings).verify(token)).roles == {"customer"}
