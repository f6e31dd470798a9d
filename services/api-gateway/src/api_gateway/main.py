"""Creates the gateway: `uvicorn --factory api_gateway.main:create_app`."""

from api_gateway import documents, pages
from api_gateway.clients import open_clients
from api_gateway.proxy import Gateway
from api_gateway.settings import GatewaySettings
from foodchassis import create_service


def create_app() -> Gateway:
    """Build the gateway: routed paths are forwarded to their service, others are served by the gateway's own app.

    Its readiness does not depend on the services: one that is down only affects its own paths.
    """
    settings = GatewaySettings()
    app = create_service(settings, lifespan=open_clients)
    documents.install(app)
    pages.install(app)
    return Gateway(app, settings)
