"""Makes a new service from the template, in every place where services are listed."""

from foodctl.newservice.making import TEMPLATE, copied, make
from foodctl.newservice.names import Names

__all__ = ["TEMPLATE", "Names", "copied", "make"]
