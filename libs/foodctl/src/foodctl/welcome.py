"""What follows once everything is ready: people and restaurants, a first order, and where to look."""

from rich.console import Console

from foodctl import demo, seed
from foodctl.city import ADMIN, CUSTOMERS, DRIVERS, PASSWORD, RESTAURANTS
from foodctl.ports import is_free
from foodctl.servers import Infra
from foodctl.system import System
from foodctl.traces.keeping import where


def welcome(system: System, console: Console) -> None:
    """Fill the system, show it at work and say where it is."""
    seed.run(system, console)
    demo.run(system, console)
    url = system.gateway_url
    people = {"customer": CUSTOMERS[0], "driver": DRIVERS[0], "admin": ADMIN}
    log_ins = [f"{role} {person['email']}" for role, person in people.items()]
    log_ins.append(f"restaurant {RESTAURANTS[0]['owner']}")
    log_in = f"grant_type=password&username={CUSTOMERS[0]['email']}&password={PASSWORD}"
    lines = (
        "",
        f"gateway    {url}",
        f"all routes {url}/docs",
        f"traces     {where(system)}",
        *_watchers(system),
        f"log in as  {', '.join(log_ins)} (password: {PASSWORD})",
        "",
        "try:",
        f"  curl '{url}/restaurants?near=51.0530,3.7300&open=true'",
        f"  curl -d '{log_in}' {url}/auth/token",
        f"  curl -H \"Authorization: Bearer $(curl -s -d '{log_in}' {url}/auth/token | cut -d'\"' -f4)\" {url}/orders",
        "",
        "just status · just logs [SERVICE] · just demo · just down (keeps data) · just clean (drops it)",
    )
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True, markup=False)


def _watchers(system: System) -> list[str]:
    """Say where numbers are to be seen, when the containers that show them were started."""
    known = {"dashboards": 3000, "metrics": 9090}
    here = known if system.infra is Infra.CONTAINERS else {}
    return [f"{name.ljust(10)} http://localhost:{port}" for name, port in here.items() if not is_free(port)]
