"""The phases after the start: demo data, a first order, and the URLs."""

from collections.abc import Callable
from functools import partial

from rich.console import Console

from devservers.infra import Infra
from devservers.ports import is_free
from foodctl.errors import PhaseError
from foodctl.system import System
from foodctl.traces.places import where
from foodlab import demo, seed
from foodlab.city import ADMIN, CUSTOMERS, DRIVERS, PASSWORD, RESTAURANTS


def welcome(system: System, console: Console) -> None:
    """Seed the system, send a first order and print the URLs.

    Raises PhaseError when a phase fails; the system stays up.
    """
    phase("seed", partial(seed.run, system, console), "`just up` repeats it")
    phase("demo order", partial(demo.run, system, console), "`just demo` sends another one")
    _show(system, console)


def phase(name: str, work: Callable[[], None], again: str) -> None:
    """Run a phase after the start. Raises PhaseError with a hint how to repeat it."""
    try:
        work()
    except Exception as error:
        reason = str(error).removesuffix(".") or (
            "it took too long" if isinstance(error, TimeoutError) else repr(error)
        )
        message = f"the system is up and stays up, but its {name} failed: {reason}. {again}; `just logs` shows why"
        raise PhaseError(message) from error


def _show(system: System, console: Console) -> None:
    url = system.gateway_url
    people = {"customer": CUSTOMERS[0], "driver": DRIVERS[0], "admin": ADMIN}
    log_ins = [f"{role} {person['email']}" for role, person in people.items()]
    log_ins.append(f"restaurant {RESTAURANTS[0]['owner']}")
    log_in = f"grant_type=password&username={CUSTOMERS[0]['email']}&password={PASSWORD}"
    lines = (
        "",
        f"console    {url}/console",
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
    """Return the URLs of the monitoring, if its containers were started."""
    known = {"dashboards": system.ports["grafana"], "metrics": system.ports["prometheus"]}
    here = known if system.infra is Infra.CONTAINERS else {}
    return [f"{name.ljust(10)} http://localhost:{port}" for name, port in here.items() if not is_free(port)]
