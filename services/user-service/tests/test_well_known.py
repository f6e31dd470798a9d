from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet


async def test_a_token_is_verified_with_the_published_keys(client: httpx2.AsyncClient, an_account: Any) -> None:
    ada = await an_account()

    answer = await client.get("/.well-known/jwks.json")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    token = jwt.decode(ada.tokens["access_token"], KeySet.import_key_set(answer.json()), algorithms=["Ed25519"])
    assert token.claims["sub"] == ada.id
    assert '"d"' not in answer.text


@pytest.mark.parametrize("document", ["openid-configuration", "oauth-authorization-server"])
async def test_the_discovery_documents_are_served(client: httpx2.AsyncClient, document: str) -> None:
    answer = await client.get(f"/.well-known/{document}")

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.json()["issuer"] == "http://localhost:8000"


async def test_the_forms_are_in_the_api_document(client: httpx2.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]

    content = paths["/auth/token"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    grants = {schema["properties"]["grant_type"]["const"] for schema in content["schema"]["oneOf"]}
    assert grants == {"password", "refresh_token", "client_credentials"}
    assert "$ref" not in str(content)
