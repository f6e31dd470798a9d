"""The person who views a page: the log-in, the API in their name, and HTML in their language."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from console_service.adapters.api import Api
from console_service.adapters.log_ins import LogIn
from console_service.adapters.pages import Pages


@dataclass(frozen=True)
class Visitor:
    """One person who is logged in."""

    log_in: LogIn
    api: Api
    pages: Pages
    language: str
    theme: str

    @property
    def role(self) -> str:
        """What the account is for."""
        return self.log_in.role

    def render(self, template: str, **context: Any) -> Markup:
        """Return a template filled in for this person."""
        return self.pages.render(template, self.language, visitor=self, theme=self.theme, **context)

    def text(self, key: str, **values: Any) -> str:
        """Return a text in this person's language."""
        return self.pages.text(key, self.language, **values)
