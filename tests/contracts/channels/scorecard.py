"""Writes docs/channels.md from the contracts: `python -m tests.contracts.channels.scorecard`."""

import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from desk.ports.channel import Capabilities
from tests.contracts.channels.table import CAPABILITIES, KINDS, PARTS, Cell, Contract

PAGE = Path(__file__).parents[3] / "docs" / "channels.md"
COMMAND = "python -m tests.contracts.channels.scorecard"
TITLES = {"email": "E-mail", "chat": "Web chat", "telegram": "Telegram", "slack": "Slack"}
FIRST = f"""# Channels

What Parley does on each channel. This page is written by a command and by nobody else:

```
{COMMAND}
```

- **{Cell.DONE}**: a test runs for that channel (tests/contracts/channels/).
- **{Cell.ABSENT}**: there is no room for it there. Where a line follows in italics, that is what
  happens instead, and it is tested too.
- **{Cell.OPEN}**: it could be there and is not.

One contract is one test on all four networks: what a channel says of itself
under "Capabilities" decides which of the two tests runs. A test of the house holds this page to
the tests.
"""


def modules() -> list[ModuleType]:
    """Return the modules of the suite, imported, in the order of the page."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    return [importlib.import_module(f"{__package__}.{name}") for name in names]


def page() -> str:
    """Return the page as the contracts and the capabilities give it."""
    parts = [PARTS[module.__name__] for module in modules() if module.__name__ in PARTS]
    sections = [_section(part.title, map(_row, part.contracts)) for part in parts]
    counted = _counted([one for part in parts for one in part.contracts])
    return "\n".join([FIRST, counted, *sections, _capabilities()])


def _counted(contracts: Sequence[Contract]) -> str:
    rows = [
        [TITLES[kind], *(str(sum(one.cell(kind) is cell for one in contracts)) for cell in Cell)]
        for kind in KINDS
    ]
    return _table(["", *(cell.value for cell in Cell)], rows)


def _section(title: str, rows: Iterator[list[str]]) -> str:
    return f"## {title}\n\n{_table(['Contract', *TITLES.values()], rows)}"


def _row(one: Contract) -> list[str]:
    words = one.sentence if not one.instead else f"{one.sentence}<br>*else {one.instead}*"
    return [words, *(one.cell(kind).value for kind in KINDS)]


def _capabilities() -> str:
    told = dict(re.findall(r"^    (\w+):[^#\n]*#\s*(.+)$", inspect.getsource(Capabilities), re.M))
    rows = [
        [
            f"`{name}`",
            *(_value(name, getattr(CAPABILITIES[kind], name)) for kind in KINDS),
            told.get(name, ""),
        ]
        for name in Capabilities.__struct_fields__
    ]
    words = "What each channel says of itself; the desk and its screens ask this and nothing else."
    head = ["", *TITLES.values(), "Meaning"]
    return f"## Capabilities\n\n{words}\n\n{_table(head, rows)}"


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.endswith("_bytes") and value:
        return f"{value / 1024 / 1024:g} MiB"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "-"
    return "-" if value in (None, "") else str(value)


def _table(head: Sequence[str], rows: Iterator[list[str]] | list[list[str]]) -> str:
    rule = "|---" * len(head) + "|"
    lines = [head, *rows]
    first, *rest = ["| " + " | ".join(cells) + " |" for cells in lines]
    return "\n".join([first, rule, *rest]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
