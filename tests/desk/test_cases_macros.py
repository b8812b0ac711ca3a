"""Macros: kept, changed and forgotten for everybody."""

from typing import Any

import pytest

from desk.cases import macros
from desk.cases.macros import MacroDraft
from desk.db.engine import Database
from desk.kit.errors import Conflict, Invalid, NotFound
from tests.conftest import MONDAY
from tests.desk.small_desk import furnish


async def test_a_macro_is_kept_changed_and_forgotten(database: Database) -> None:
    desk = await database.write(furnish, MONDAY)
    who: dict[str, Any] = {"agent_id": desk.alice_id, "now": MONDAY}
    draft = MacroDraft(name=" Returns ", text="Hello {customer}", tags=["Returns"])
    kept = await database.write(macros.create, draft, **who)
    assert (kept.name, kept.text, kept.tags) == ("Returns", "Hello {customer}", ["returns"])
    with pytest.raises(Conflict, match="called Returns already"):
        await database.write(macros.create, MacroDraft(name="Returns", text="x"), **who)
    other = await database.write(macros.create, MacroDraft(name="Bills", text="y"), **who)
    renamed = MacroDraft(name="Returns", text="y")
    with pytest.raises(Conflict, match="called Returns already"):
        await database.write(macros.change, other.id, renamed, **who)
    await database.write(macros.change, other.id, MacroDraft(name="Bills", text="z"), **who)
    assert [one.text for one in await database.read(macros.every)] == ["z", "Hello {customer}"]
    await database.write(macros.forget, other.id)
    with pytest.raises(NotFound):
        await database.write(macros.forget, other.id)


@pytest.mark.parametrize("draft", [MacroDraft(name=" ", text="x"), MacroDraft(name="x", text=" ")])
async def test_a_macro_has_a_name_and_a_text(database: Database, draft: MacroDraft) -> None:
    desk = await database.write(furnish, MONDAY)
    with pytest.raises(Invalid, match="a name and a text"):
        await database.write(macros.create, draft, agent_id=desk.alice_id, now=MONDAY)
