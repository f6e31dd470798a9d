"""Leads links that leave docs/ to the repository: the site has no code in it."""

import posixpath
import re
from typing import Any

_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)\s#]+)")


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Rewrite the links of one page."""
    here = posixpath.dirname(page.file.src_uri)
    known = {file.src_uri for file in config.extra["files"]}

    def rewritten(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join("docs", here, link[1]))
        inside = path.removeprefix("docs/")
        return link[0] if inside in known else f"]({config.repo_url}/blob/main/{path}"

    return _LINK.sub(rewritten, markdown)


def on_files(files: Any, *, config: Any, **_: Any) -> Any:
    """Remember which files the site has."""
    config.extra["files"] = files
    return files
