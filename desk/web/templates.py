"""Pages from templates: Jinja with autoescape, and the few things every page may use."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from jinja2 import DictLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from desk.http.call import CLOCK, WHO
from desk.http.replies import Html
from desk.web.assets import Assets
from desk.web.settings import WebSettings

THEME_COOKIE = "parley-theme"
THEMES = ("auto", "light", "dark")


class Pages:
    """Renders templates of several folders; the first that has a name wins."""

    def __init__(self, folders: Sequence[Path], assets: Assets, settings: WebSettings) -> None:
        self.environment = Environment(
            loader=_watched(folders) if settings.reload else DictLoader(_read(folders)),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=settings.reload,
        )
        self.environment.globals.update(
            asset=assets.url, product=settings.product, public_url=settings.public_url
        )
        self.environment.filters["json"] = as_json
        self.environment.filters["wait"] = wait_words

    def render(self, request: web.Request, page: Html) -> str:
        """Return `page` as text; besides its data it sees `who`, `path`, `now`, `theme`."""
        about: Mapping[str, Any] = {
            "who": request.get(WHO),
            "path": request.path,
            "theme": _theme(request.cookies.get(THEME_COOKIE)),
            "now": request.config_dict[CLOCK].now(),
        }
        return self.environment.get_template(page.template).render({**about, **page.data})


def _theme(chosen: str | None) -> str:
    """Return the theme of a cookie, which strangers can set to anything."""
    return chosen if chosen in THEMES else THEMES[0]


def _watched(folders: Sequence[Path]) -> FileSystemLoader:
    return FileSystemLoader([str(folder) for folder in folders])


def _read(folders: Sequence[Path]) -> dict[str, str]:
    """Return every template by name: the loop must not wait for a disk."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for folder in reversed(folders)
        for path in folder.rglob("*.*")
        if path.is_file()
    }


def wait_words(seconds: float) -> str:
    """Return how long to wait in words: whole seconds below two minutes, then minutes."""
    whole = math.ceil(seconds)
    return f"{whole} s" if whole < 120 else f"{math.ceil(whole / 60)} min"


def as_json(value: Any) -> Markup:
    """Return `value` as JSON that may stand in a `<script type="application/json">`."""
    text = msgspec.json.encode(value).decode()
    for sign, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(sign, escape)
    return Markup(text)  # noqa: S704 - the three signs HTML could see are escaped above
