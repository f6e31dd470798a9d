"""A request that clients of a benchmark send repeatedly."""

from dataclasses import dataclass, field

# As long as the key that replaces it, so that it may be a part of the body.
KEY = b"@idempotency-key-of-order@"


@dataclass(frozen=True)
class Request:
    """One request to a loopback port, and its expected status."""

    port: int
    path: str
    method: str = "GET"
    status: int = 200
    tokens: tuple[str, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    @classmethod
    def order(cls, port: int, tokens: tuple[str, ...], body: str) -> "Request":
        """Return the request that places an order, under another key each time."""
        return cls(port, "/orders", "POST", 201, tokens, {"Idempotency-Key": KEY.decode()}, body)

    def raw(self, client: int) -> bytes:
        """Return the bytes that one client sends; clients share the tokens in turn."""
        body = self.body.encode()
        headers = {"Host": f"127.0.0.1:{self.port}"} | self.headers
        if self.tokens:
            headers["Authorization"] = f"Bearer {self.tokens[client % len(self.tokens)]}"
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        lines = [f"{self.method} {self.path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + body
