"""Makes a new service from the template, in every place where services are listed."""

from foodlab.newservice.making import TEMPLATE, Names, copied, make

__all__ = ["TEMPLATE", "Names", "copied", "make"]
