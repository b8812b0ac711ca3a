"""The docs are true: examples run; every command, fact and dependency has its place."""

import re
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import msgspec
import pytest
import yaml

from bot.cli import main
from bot.config import Config, decode
from channels import registry
from desk.events.facts import FACTS
from tests.house.test_sizes import HOUSE

DOCS = HOUSE / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def examples(name: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page(name), flags=re.DOTALL)


@pytest.mark.parametrize("example", examples("api.md", "python"))
def test_the_examples_of_the_api_page_run(example: str) -> None:
    exec(compile(example, "docs/api.md", "exec"), {})  # noqa: S102 - our own page


@pytest.mark.parametrize("example", examples("operating.md", "yaml"))
def test_the_settings_shown_for_each_account_are_accepted(example: str) -> None:
    config = decode(yaml.safe_load(example), Config, "docs/operating.md")
    for key, inbox in config.inboxes.items():
        settings = registry.channel_class(inbox.channel).Settings
        decode(inbox.settings, settings, f"docs/operating.md {key}")


def settings_of(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, str]]:
    for field in msgspec.structs.fields(kind):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            yield from settings_of(field.type, f"{prefix}{field.name}.")
            continue
        made = field.default
        if made is msgspec.NODEFAULT:
            assert field.default_factory is not msgspec.NODEFAULT, field.name
            made = field.default_factory()
        yield f"{prefix}{field.name}", msgspec.json.encode(made).decode()


@pytest.mark.parametrize("kind", registry.kinds())
def test_every_setting_of_a_channel_is_shown_at_its_default(kind: str) -> None:
    title = {"email": "E-mail", "chat": "Web chat"}.get(kind, kind.capitalize())
    section = page("channel-settings.md").partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| `(.*?)` \| .+ \|$", section, flags=re.MULTILINE)
    wanted = dict(settings_of(registry.channel_class(kind).Settings))
    assert dict(rows) == wanted


def test_every_command_is_explained() -> None:
    assert [name for name in main.commands if f"`parley {name}" not in page("operating.md")] == []


def test_every_fact_is_listed_with_what_it_tells() -> None:
    lines = page("facts.md").splitlines()
    told = {line.split("`")[1]: line for line in lines if line.startswith("| `")}
    assert set(told) == set(FACTS)
    for tag, fact in FACTS.items():
        sentence = (fact.__doc__ or "").splitlines()[0].rstrip(".")
        assert sentence in told[tag].replace(r"\|", "|"), tag


def test_every_dependency_has_its_line_of_reason() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    every = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[\[>=<;\s]", line)[0].lower() for line in every} - {"parley-desk"}
    reasons = page("decisions/002-dependencies.md").lower()
    known = {"sqlalchemy", "hatchling", "types-pyyaml", "psutil", "schemathesis"}
    stems = {name: name.removeprefix("pytest-") for name in names - known}
    assert [name for name, stem in stems.items() if stem not in reasons] == []


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []
