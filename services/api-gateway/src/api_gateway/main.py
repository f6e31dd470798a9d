"""The whole gateway: `uvicorn --factory api_gateway.main:create_app`."""

from api_gateway import documents, pages
from api_gateway.clients import open_clients
from api_gateway.proxy import Gateway
from api_gateway.settings import GatewaySettings
from foodchassis import create_service


def create_app() -> Gateway:
    """Build the gateway: routed paths are forwarded to their service, the rest is served by the gateway's own app.

    Its readiness does not depend on the services: one that is down takes away its own paths, not all of them.
    """
    settings = GatewaySettings()
    app = create_service(settings, lifespan=open_clients)
    documents.install(app)
    pages.install(app)
    return Gateway(app, settings)
