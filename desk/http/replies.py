"""What a handler may return besides a struct: a page, a redirect, a file; and uploads coming in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Html:
    """A page made from `template` with `data`; the shell adds who, path, now, theme and asset()."""

    template: str
    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Redirect:
    """Send the browser on to `url` with a GET."""

    url: str
    status: int = 303


@dataclass(frozen=True)
class Download:
    """A file the browser saves, never shows."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Upload:
    """A file that came with a form. Its name and MIME type are the sender's claims."""

    field: str
    name: str
    mime: str
    content: bytes


@dataclass(frozen=True)
class Cookie:
    """A cookie to set; an empty `value` removes it. Always HttpOnly and SameSite=Lax."""

    name: str
    value: str
    max_age_s: int
    secure: bool
