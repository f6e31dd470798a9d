"""The user who views a page: the log-in, the API with its token, and HTML in the user's language."""

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from console_service.adapters.api import Api
from console_service.adapters.log_ins import LogIn
from console_service.adapters.pages import Pages


@dataclass(frozen=True)
class Visitor:
    """A logged-in user."""

    log_in: LogIn
    api: Api
    pages: Pages
    language: str
    theme: str

    @property
    def role(self) -> str:
        """The role of the account."""
        return self.log_in.role

    def render(self, template: str, **context: Any) -> Markup:
        """Return a template rendered for this user."""
        return self.pages.render(template, self.language, visitor=self, theme=self.theme, **context)

    def text(self, key: str, **values: Any) -> str:
        """Return a text in this user's language."""
        return self.pages.text(key, self.language, **values)
