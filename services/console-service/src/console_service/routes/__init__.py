"""HTTP routes: pages, their streams and forms, one module per page."""

from fastapi import FastAPI

from console_service.routes import (
    account,
    applications,
    assets,
    dispatch,
    health,
    kitchen,
    log_in,
    menus,
    order,
    orders,
    people,
    refusals,
)

ROUTERS = (
    *(assets.router, log_in.router, orders.router, order.router, kitchen.router, dispatch.router, people.router),
    *(account.router, applications.router, menus.router, health.router),
)


def install(app: FastAPI) -> None:
    """Install the error handlers, which answer with pages or notices."""
    refusals.install(app)


__all__ = ["ROUTERS", "install"]
