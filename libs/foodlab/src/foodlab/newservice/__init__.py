"""Makes a new service from the template, in every place where services are listed."""

from foodlab.newservice.making import TEMPLATE, copied, make
from foodlab.newservice.names import Names

__all__ = ["TEMPLATE", "Names", "copied", "make"]
