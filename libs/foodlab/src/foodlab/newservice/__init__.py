"""Creates a new service from the template, and adds it to every list of services."""

from foodlab.newservice.making import TEMPLATE, Names, copied, make

__all__ = ["TEMPLATE", "Names", "copied", "make"]
