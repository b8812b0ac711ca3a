"""Settings: config.yaml and the environment become frozen structs; a typo names the right word."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import msgspec
import yaml
from msgspec import Struct, field
from rapidfuzz import fuzz, process

from desk.kit.errors import Invalid

S = TypeVar("S")

PREFIX = "PARLEY_"


class Http(Struct, frozen=True, kw_only=True):
    """Where Parley listens."""

    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = ""  # as browsers and providers reach us; "": http://host:port
    trusted_origins: list[str] = field(default_factory=list)  # whose pages may post here
    trusted_proxies: int = 0  # how many proxies in front add to X-Forwarded-For
    body_limit_mb: int = 30


class Storage(Struct, frozen=True, kw_only=True):
    """Where the record lives."""

    url: str = "sqlite:///parley.db"
    files: str = "parley-files"
    secret: str = ""  # reference; "": made once and kept in the files folder


class Logging(Struct, frozen=True, kw_only=True):
    """What is said on standard error."""

    level: str = "info"
    form: str = "text"  # text | json


class Calendar(Struct, frozen=True, kw_only=True):
    """Opening hours: spans per ISO weekday (1 is Monday), special days beat them."""

    zone: str = "UTC"
    weekly: dict[str, list[list[str]]] = field(
        default_factory=lambda: {str(day): [["09:00", "17:00"]] for day in range(1, 6)}
    )
    special: dict[str, list[list[str]]] = field(default_factory=dict)


class Queue(Struct, frozen=True, kw_only=True):
    """Where cases wait. Without teams, every agent serves it."""

    name: str = ""
    calendar: str = "office"
    teams: list[str] = field(default_factory=list)


class Target(Struct, frozen=True, kw_only=True):
    """How long a promise takes, in minutes of working time, by priority."""

    urgent: int
    high: int
    normal: int
    low: int


class Promises(Struct, frozen=True, kw_only=True):
    """The desk's service level."""

    first_response_minutes: Target = field(
        default_factory=lambda: Target(urgent=30, high=60, normal=240, low=480)
    )
    resolution_minutes: Target = field(
        default_factory=lambda: Target(urgent=240, high=480, normal=1440, low=2880)
    )


class Inbox(Struct, frozen=True, kw_only=True):
    """One connected account: a mailbox, a Telegram bot, a Slack app, a chat widget."""

    channel: str
    name: str = ""
    queue: str = "support"
    bot: bool = False  # the bot talks first
    settings: dict[str, Any] = field(default_factory=dict)  # the channel's own: see docs/


class Knowledge(Struct, frozen=True, kw_only=True):
    """Where articles come from."""

    folder: str = ""  # of Markdown files, imported at start; "": none


class Work(Struct, frozen=True, kw_only=True):
    """How much is done at once, in one process."""

    recorders: int = 16
    senders: int = 16
    close_after_days: int = 4  # a resolved case becomes closed


class Config(Struct, frozen=True, kw_only=True):
    """All of config.yaml."""

    name: str = "Parley"
    language: str = "en"
    http: Http = Http()
    storage: Storage = Storage()
    logging: Logging = Logging()
    calendars: dict[str, Calendar] = field(default_factory=lambda: {"office": Calendar()})
    queues: dict[str, Queue] = field(default_factory=lambda: {"support": Queue(name="Support")})
    promises: Promises = Promises()
    inboxes: dict[str, Inbox] = field(default_factory=dict)
    knowledge: Knowledge = Knowledge()
    work: Work = Work()

    @property
    def public_url(self) -> str:
        """The desk's address without a slash at the end."""
        here = f"http://{self.http.host}:{self.http.port}"
        return (self.http.public_url or here).rstrip("/")


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read settings from `path` (or none) and PARLEY_… variables, which win.

    `PARLEY_HTTP__PORT=9090` sets `http.port`; values are read as YAML.

    Raises:
        Invalid: the file cannot be read, or a key or value in it is wrong; the reason names
            the place and the nearest known key.
    """
    raw = _read(path) if path is not None else {}
    for name, value in environ.items():
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_"):
            _set(raw, name.removeprefix(PREFIX).lower().split("__"), yaml.safe_load(value))
    where = str(path) if path is not None else "the environment"
    return decode(raw, Config, where)


def decode(raw: Any, kind: type[S], where: str) -> S:
    """Return `raw` as the struct `kind`. Raises Invalid with the nearest known key."""
    _check_keys(raw, kind, where, "")
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as wrong:
        raise Invalid(f"{where}: {wrong}") from wrong


def _read(path: Path) -> dict[str, Any]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError) as trouble:
        raise Invalid(f"{path} cannot be read: {trouble}.") from trouble
    except yaml.YAMLError as trouble:
        raise Invalid(f"{path} is not valid YAML: {trouble}") from trouble
    if not isinstance(raw, dict):
        raise Invalid(f"{path}: settings are written as `key: value`.")
    return raw


def _set(raw: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        inner = raw.get(key)
        raw[key] = dict(inner) if isinstance(inner, dict) else {}
        raw = raw[key]
    raw[path[-1]] = value


def _check_keys(raw: Any, kind: Any, where: str, path: str) -> None:
    """Refuse keys that no struct knows, naming the nearest one that it does."""
    if get_origin(kind) is dict and isinstance(raw, dict):
        for key, value in raw.items():
            _check_keys(value, get_args(kind)[1], where, f"{path}{key}.")
        return
    if not (isinstance(kind, type) and issubclass(kind, Struct) and isinstance(raw, dict)):
        return
    fields = {f.encode_name: f.type for f in msgspec.structs.fields(kind)}
    for key, value in raw.items():
        if key not in fields:
            raise Invalid(_unknown(f"{path}{key}", str(key), list(fields), where))
        _check_keys(value, fields[key], where, f"{path}{key}.")


def _unknown(full: str, key: str, known: list[str], where: str) -> str:
    near = process.extractOne(key, known, scorer=fuzz.ratio, score_cutoff=50)
    hint = f" Did you mean {near[0]}?" if near else f" Known here: {', '.join(known)}."
    return f"{where}: there is no setting called {full}.{hint}"
