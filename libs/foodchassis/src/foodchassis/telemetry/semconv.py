"""OpenTelemetry's semantic conventions that are used here; those for messaging are not stable and pinned.

Messaging, as of version 1.38: https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/
"""

from collections.abc import Mapping

Attributes = Mapping[str, str | int]

HTTP_METHOD = "http.request.method"
HTTP_ROUTE = "http.route"
HTTP_STATUS = "http.response.status_code"
ERROR_TYPE = "error.type"
URL_PATH = "url.path"
URL_SCHEME = "url.scheme"
URL_FULL = "url.full"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
PEER_SERVICE = "peer.service"

DATABASE = "db.system.name"
DATABASE_OPERATION = "db.operation.name"
DATABASE_BATCH = "db.operation.batch.size"
DATABASE_STATEMENT = "db.query.text"

OUTCOME = "messaging.handling.outcome"


def sending(exchange: str, routing_key: str, message_id: str, size: int) -> Attributes:
    """Return the span attributes of publishing a message."""
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": f"{exchange}:{routing_key}",
        "messaging.rabbitmq.destination.routing_key": routing_key,
        "messaging.message.id": message_id,
        "messaging.message.body.size": size,
    }


def processing(exchange: str, routing_key: str, queue: str, message_id: str, size: int) -> Attributes:
    """Return the span attributes of handling a message of a queue."""
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": f"{exchange}:{routing_key}:{queue}",
        "messaging.rabbitmq.destination.routing_key": routing_key,
        "messaging.message.id": message_id,
        "messaging.message.body.size": size,
    }
