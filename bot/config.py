"""Settings: config.yaml and the environment become frozen structs; a typo names the right word."""

import os
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
import yaml
from msgspec import Meta, Struct, field
from rapidfuzz import fuzz, process

from desk.cases.limits import Limits
from desk.kit.errors import Invalid
from desk.queues.queries import Reopened
from desk.satisfaction.rules import Terms

S = TypeVar("S")

PREFIX = "PARLEY_"
NO_SETTINGS = (  # ours for the file that is read and for tests; Kubernetes' for a service "parley"
    "PARLEY_CONFIG",
    "PARLEY_TEST_",
    "PARLEY_SERVICE_",
    "PARLEY_PORT",
)

Count = Annotated[int, Meta(ge=1, le=10_000)]
Minutes = Annotated[int, Meta(ge=1, le=527_040)]  # a year
Days = Annotated[int, Meta(ge=0, le=3_650)]

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PLACE = re.compile(r"^(?P<words>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)


class Http(Struct, frozen=True, kw_only=True):
    """Where Parley listens."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=1, le=65535)] = 8080
    public_url: str = ""  # as browsers and providers reach us; "": http://host:port
    trusted_origins: list[str] = field(default_factory=list)  # whose pages may post here
    # how many proxies in front of us add to X-Forwarded-For
    trusted_proxies: Annotated[int, Meta(ge=0, le=100)] = 0
    body_limit_mb: Annotated[int, Meta(ge=1, le=2_000)] = 30


class Storage(Struct, frozen=True, kw_only=True):
    """Where the record lives."""

    url: str = "sqlite:///parley.db"
    files: str = "parley-files"
    secret: str = ""  # reference; "": made once and kept in the files folder


class Logging(Struct, frozen=True, kw_only=True):
    """What is said on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["text", "json"] = "text"


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
    skill: str = ""  # that agents should have for its cases
    pull: bool = False  # its agents take the next case themselves; nobody is given one
    close_after_days: Days | None = None  # a resolved case; None: work.close_after_days
    reopen_days: Days | None = None  # since its resolution; None: until it is closed
    reopened_to: Reopened = Reopened.OWNER
    reopenings_an_hour: Count = 5  # by its customer; then a case stays resolved and is flagged


class Target(Struct, frozen=True, kw_only=True):
    """How long a promise takes, in minutes of working time, by priority."""

    urgent: Minutes
    high: Minutes
    normal: Minutes
    low: Minutes


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
    ratings: bool = False  # customers are asked how it went
    # who leaves a chat with answers unread gets a letter from this inbox; None: from the only
    # one that writes letters; "": from none
    away_to: str | None = None
    transcripts: bool = False  # a chat goes to its visitor by that inbox when it is resolved
    settings: dict[str, Any] = field(default_factory=dict)  # the channel's own: see docs/


class Knowledge(Struct, frozen=True, kw_only=True):
    """Where articles come from."""

    folder: str = ""  # of Markdown files, imported at start; "": none


class Work(Struct, frozen=True, kw_only=True):
    """How much is done at once, in one process."""

    recorders: Count = 16
    senders: Count = 16
    tries: Annotated[int, Meta(ge=1, le=100)] = 3  # of an arrival, before it is set aside
    close_after_days: Days = 4  # a resolved case becomes closed
    undo_s: Annotated[int, Meta(ge=0, le=30)] | None = None  # for undoing a reply; None: by channel


class Notices(Struct, frozen=True, kw_only=True):
    """How agents hear of things when they do not look."""

    inbox: str | None = None  # an e-mail inbox that writes to them; None: the only one; "": never
    after_minutes: Annotated[int, Meta(ge=0, le=1440)] = 5  # unseen while not online
    digest_at: Annotated[str, Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$")] = "08:00"  # in hubs


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
    limits: Limits = Limits()
    notices: Notices = Notices()
    ratings: Terms = Terms()

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
    config = decode(raw, Config, str(path))
    for name, value in environ.items():
        if name.startswith(PREFIX) and not name.startswith(NO_SETTINGS):
            _set(raw, name.removeprefix(PREFIX).lower().split("__"), _yaml(value, name))
            config = decode(raw, Config, name)
    _check_words(config, str(path) if path is not None else "the environment")
    return config


def decode(raw: Any, kind: type[S], where: str) -> S:
    """Return `raw` as the struct `kind`. Raises Invalid with the nearest known key."""
    _check_keys(raw, kind, where, "")
    return _converted(raw, kind, where, "")


def _read(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as trouble:
        raise Invalid(f"{path} cannot be read: {trouble.strerror}.") from trouble
    except UnicodeDecodeError as trouble:
        raise Invalid(f"{path} cannot be read: it is not UTF-8 text.") from trouble
    raw = _yaml(text, str(path))
    if not isinstance(raw, dict | None):
        raise Invalid(f"{path}: settings are written as `key: value`.")
    return raw or {}


def _yaml(text: str, where: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.MarkedYAMLError as wrong:
        line = f", line {wrong.problem_mark.line + 1}" if wrong.problem_mark else ""
        raise Invalid(f"{where}: this is not valid YAML{line}: {wrong.problem}.") from wrong
    except (yaml.YAMLError, ValueError, RecursionError) as wrong:
        first = (str(wrong).splitlines() or ["?"])[0]
        raise Invalid(f"{where}: this is not valid YAML: {first}.") from wrong


def _set(raw: dict[str, Any], path: list[str], value: Any) -> None:
    for key in path[:-1]:
        inner = raw.get(key)
        raw[key] = dict(inner) if isinstance(inner, dict) else {}
        raw = raw[key]
    raw[path[-1]] = value


def _converted(raw: Any, kind: type[S], where: str, path: str) -> S:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as wrong:
        raise Invalid(f"{where}: {_in_words(str(wrong), path)}.") from wrong


def _in_words(complaint: str, above: str) -> str:
    """Return msgspec's complaint with the place first: `http.port: expected …`."""
    found = _PLACE.match(complaint)
    words, path = (found["words"], found["path"] or "$") if found else (complaint, "$")
    words = words.replace("Object missing", "missing")
    place = (above + path.removeprefix("$").removeprefix(".")).removesuffix(".")
    return f"{place}: {words[:1].lower()}{words[1:]}" if place else words


def _check_words(config: Config, where: str) -> None:
    """Refuse words that have the right kind and cannot be right."""
    url = config.http.public_url
    if url and not _is_web_address(url):
        raise Invalid(
            f"{where}: http.public_url: an address as browsers see it is expected, such as "
            f"https://{url.rpartition('://')[2] or 'desk.example.org'}."
        )
    for origin in config.http.trusted_origins:
        if not _is_web_address(origin) or origin != "{0.scheme}://{0.netloc}".format(
            urlsplit(origin)
        ):
            raise Invalid(
                f"{where}: http.trusted_origins: {origin!r} is no origin: it has a scheme, a host "
                "and perhaps a port, such as https://intranet.example.org."
            )
    for room, keys in (("inboxes", config.inboxes), ("queues", config.queues)):
        for key in keys:
            if not _KEY.fullmatch(key):
                raise Invalid(
                    f"{where}: {room}: the key {key!r} may have letters, digits, - and _."
                )


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and url.isprintable()


def _check_keys(raw: Any, kind: Any, where: str, path: str) -> None:
    """Refuse keys and choices that nobody knows, naming the nearest that somebody does."""
    place = path.rstrip(".")
    known = _choices(kind)
    if known and isinstance(raw, str) and raw not in known:
        raise Invalid(f"{where}: {place}: there is no {raw!r} here.{_nearest(raw, known)}")
    if get_origin(kind) in (list, tuple) and isinstance(raw, list):
        for number, value in enumerate(raw, 1):
            _check_keys(value, get_args(kind)[0], where, f"{path}{number}.")
        return
    if get_origin(kind) is dict and isinstance(raw, dict):
        for key, value in raw.items():
            inner = get_args(kind)[1]
            if isinstance(key, int):  # a group of Telegram, whose number YAML reads as one
                raise Invalid(f'{where}: {place}: put the number {key} in quotes: "{key}".')
            _check_keys(value, inner, where, f"{path}{key}.")
            if isinstance(inner, type) and issubclass(inner, Struct):
                _converted(value, inner, where, f"{path}{key}.")  # which entry: only we know
        return
    if not (isinstance(kind, type) and issubclass(kind, Struct) and isinstance(raw, dict)):
        return
    fields = {f.encode_name: f.type for f in msgspec.structs.fields(kind)}
    for key, value in raw.items():
        if key not in fields:
            raise Invalid(_unknown(f"{path}{key}", str(key), list(fields), where))
        _check_keys(value, fields[key], where, f"{path}{key}.")


def _choices(kind: Any) -> list[str]:
    """Return the words that a setting of this kind can be; [] where it can be others."""
    if get_origin(kind) is Literal:
        return [str(choice) for choice in get_args(kind)]
    is_enum = isinstance(kind, type) and issubclass(kind, Enum)
    return [str(choice.value) for choice in kind] if is_enum else []


def _unknown(full: str, key: str, known: list[str], where: str) -> str:
    return f"{where}: there is no setting called {full}.{_nearest(key, known)}"


def _nearest(word: str, known: list[str]) -> str:
    near = process.extractOne(word, known, scorer=fuzz.ratio, score_cutoff=50)
    return f" Did you mean {near[0]}?" if near else f" Known here: {', '.join(known)}."
