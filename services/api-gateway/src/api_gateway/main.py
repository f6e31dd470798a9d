"""The whole gateway at one look."""

from api_gateway import routes
from api_gateway.doors import open_doors
from api_gateway.proxy import Gateway
from api_gateway.settings import GatewaySettings
from foodchassis import create_service


def create_app() -> Gateway:
    """Build the public door: what is routed is forwarded, the rest is the gateway's own.

    Its readiness does not ask the services: one that is down takes only its own paths away, not all of them.
    """
    settings = GatewaySettings()
    app = create_service(settings, lifespan=open_doors)
    routes.install(app)
    return Gateway(app, settings)
