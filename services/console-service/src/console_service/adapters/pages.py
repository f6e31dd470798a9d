"""HTML from templates, in the user's language."""

import tomllib
from importlib.resources import files
from typing import Any

import structlog
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from console_service.adapters.assets import EDITION
from console_service.rules import formats, machines

log = structlog.get_logger()
LANGUAGES = ("en", "de")
Texts = dict[str, dict[str, str]]


class Pages:
    """The templates and the catalogue of texts."""

    def __init__(self) -> None:
        self.texts = catalogue()
        self._environment = Environment(
            loader=PackageLoader("console_service"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._environment.globals |= {"short": formats.short, "mood": machines.mood, "edition": EDITION}

    def render(self, template: str, language: str, **context: Any) -> Markup:
        """Return a rendered template; in it `t` and `own` look up texts, and `money` formats an amount."""

        def text(key: str, **values: Any) -> str:
            return self.text(key, language, **values)

        def own(key: str, other: str) -> str:
            return self.own(key, language, other)

        found = self._environment.get_template(template)
        money = formats.money_in(language)
        return Markup(found.render(t=text, own=own, money=money, language=language, **context))  # noqa: S704 - escaped there

    def text(self, key: str, language: str, **values: Any) -> str:
        """Return a text of the catalogue, or the last part of its key when it is missing.

        A newer API may return states that an older console has no text for.
        """
        if (found := self.texts.get(key)) is None:
            log.warning("console.text_missing", key=key)
            return key.rpartition(".")[2].replace("_", " ")
        return found[language].format(**values)

    def own(self, key: str, language: str, other: str) -> str:
        """Return a text of the catalogue, or `other`, such as the API's text, when it is missing."""
        return self.texts[key][language] if key in self.texts else other


def catalogue() -> Texts:
    """Return the texts by key and language."""
    sections = tomllib.loads(files("console_service").joinpath("texts.toml").read_text("utf-8"))
    return {f"{section}.{key}": text for section, keys in sections.items() for key, text in keys.items()}


def language_of(chosen: str | None, accepted: str) -> str:
    """Return the chosen language, or else the first supported one of Accept-Language."""
    wanted = [chosen or "", *(part.partition(";")[0].strip().lower()[:2] for part in accepted.split(","))]
    return next((one for one in wanted if one in LANGUAGES), LANGUAGES[0])
