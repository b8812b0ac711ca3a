"""One word per concept: the glossary's words, not their synonyms, in names and on screens."""

import ast
import re
from pathlib import Path

from tests.house.test_sizes import HOUSE, modules, name

# A foreign protocol's own words may stand where it is spoken, and where exports are read.
SPEAKS_FOREIGN = ("channels/", "desk/web/static/", "tests/")

FORBIDDEN = {
    "ticket": "case",
    "tickets": "cases",
    "requester": "customer",
    "mailbox": "inbox",
    "mailboxes": "inboxes",
    "dispatch": "route, assign or offer",
    "canned": "macro",
    "csat": "rating",
    "operator": "agent",
    "utils": "a name that says what lives there",
    "helpers": "a name that says what lives there",
}


def identifiers(path: Path) -> set[str]:
    found: set[str] = {path.stem}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def words(identifier: str) -> set[str]:
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", identifier)
    return set(spaced.lower().split("_"))


def test_names_use_the_glossary() -> None:
    wrong = [
        f"{name(path)}: {identifier} (say {FORBIDDEN[word]})"
        for path in modules()
        if not name(path).startswith(SPEAKS_FOREIGN)
        for identifier in sorted(identifiers(path))
        for word in sorted(words(identifier) & FORBIDDEN.keys())
    ]
    assert wrong == []


def test_the_glossary_page_has_every_noun() -> None:
    page = (HOUSE / "docs" / "glossary.md").read_text(encoding="utf-8")
    nouns = [
        "Customer",
        "Identity",
        "Case",
        "Message",
        "Note",
        "Delivery",
        "Channel",
        "Inbox",
        "Queue",
        "Team",
        "Agent",
        "Article",
        "Suggestion",
        "SlaPolicy",
        "SlaTarget",
        "SlaClock",
    ]
    assert [noun for noun in nouns if f"**{noun}**" not in page] == []


def test_only_the_clock_says_what_time_it_is() -> None:
    told = re.compile(r"datetime\.(now|utcnow|today)\(|\btime\.time\(\)|date\.today\(")
    where = [
        f"{name(path)}:{number}"
        for path in modules()
        if name(path) != "desk/kit/clock.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if told.search(line)
    ]
    assert where == []


def test_the_core_never_asks_which_channel_it_is() -> None:
    kinds = re.compile(r"""(channel|kind)\s*(==|!=|in)\s*[\["'(]+(email|chat|telegram|slack)["']""")
    asked = [
        f"{name(path)}:{number}"
        for path in modules()
        if name(path).startswith(("desk/", "bot/")) and not name(path).startswith("bot/demo/")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if kinds.search(line)
    ]
    assert asked == []
