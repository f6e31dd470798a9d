"""The operations with the requests of their policies."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import uuid4

import httpx2
import yaml
from security.attacks import HERE
from security.world import ELSEWHERE, MACHINES, World, made_up, newcomer, role

POLICIES: dict[str, Any] = yaml.safe_load((HERE / "policies.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class Answer:
    """A response; of a stream only its head."""

    status: int
    text: str
    headers: httpx2.Headers


@dataclass(frozen=True)
class Call:
    """One operation with the request of its policy."""

    name: str
    method: str
    path: str
    policy: dict[str, Any]
    secured: bool
    scopes: frozenset[str]

    def expected(self, identity: str) -> int | None:
        """Return the status of the refusal, or None for admitted identities."""
        roles = self.policy["roles"]
        if identity == "expired":
            return None if self.policy.get("token") == "unread" else 401
        if identity == "anonymous" and roles != "public":
            return 401
        if roles not in ("public", "any") and role(identity) not in roles:
            return 403
        if identity in MACHINES and roles != "public":
            if not self.scopes or not self.scopes.issubset(MACHINES[identity]):
                return 403
            identity = "another restaurant" if identity == ELSEWHERE else "restaurant"
        if identity in self.policy.get("too little", ()):
            return 403
        return 404 if identity not in self.policy.get("parties", (identity,)) else None

    async def caller(self, world: World, identity: str) -> tuple[str | None, dict[str, str]]:
        """Return the token of an identity, or of a new user for an operation that ends log-ins; and the ids to send."""
        ids = world.ids | made_up()
        if (upon := self.policy.get("upon")) is not None:
            ids |= (await newcomer(world, upon))[1]
        if not self.policy.get("fresh"):
            return world.tokens.get(identity), ids
        token, own = await newcomer(world, role(identity))
        return token, ids | own

    def body(self, ids: dict[str, str]) -> Any:
        """Return the body that a valid client sends."""
        return _filled(self.policy.get("body"), ids)

    async def send(self, http: httpx2.AsyncClient, token: str | None, ids: dict[str, str], body: Any = None) -> Answer:
        """Send the request as one caller, with the policy's body or another one."""
        headers = {"Idempotency-Key": str(uuid4())} if self.method == "POST" else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        sent: dict[str, Any] = {"params": _filled(self.policy.get("query"), ids)}
        if "form" in self.policy:
            sent["data"] = self.policy["form"]
        elif "body" in self.policy:
            # In ASCII: text that is not UTF-8 arrives as an escape.
            sent["content"] = json.dumps(body or self.body(ids))
            headers["Content-Type"] = "application/json"
        async with http.stream(self.method, self.path.format_map(ids), headers=headers, **sent) as answer:
            stream = answer.headers.get("content-type", "").startswith("text/event-stream")
            text = "" if stream else (await answer.aread()).decode()
        return Answer(answer.status_code, text, answer.headers)


def calls_of(document: dict[str, Any]) -> list[Call]:
    """Return every operation of a document in the order of the policies; one without a policy raises an error."""
    operations = {
        operation["operationId"]: (method.upper(), path, operation.get("security", ()))
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    missing = sorted(operations.keys() - POLICIES.keys())
    assert missing == [], f"state in policies.yaml who may {', '.join(missing)}"
    assert {name.partition(" ")[0] for name in POLICIES} - operations.keys() == set()
    return [
        Call(name, method, path, policy, bool(security), _scopes(security))
        for name, policy in POLICIES.items()
        for method, path, security in [operations[name.partition(" ")[0]]]
    ]


def _scopes(security: Iterable[dict[str, list[str]]]) -> frozenset[str]:
    return frozenset(chain(*(one.get("ApiClient", ()) for one in security)))


def _filled(value: Any, ids: dict[str, str]) -> Any:
    if isinstance(value, str):
        return value.format_map(ids)
    if isinstance(value, dict):
        return {key: _filled(one, ids) for key, one in value.items()}
    return [_filled(one, ids) for one in value] if isinstance(value, list) else value
