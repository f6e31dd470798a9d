"""HTTP in: pages, their streams and their forms, one module per page."""

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
    """Answer what the console refuses as pages do."""
    refusals.install(app)


__all__ = ["ROUTERS", "install"]
