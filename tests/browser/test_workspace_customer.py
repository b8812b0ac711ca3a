"""The customer's pane in a real browser: who may be the same person, what a signature says."""

from sqlalchemy import Connection, insert, update

from desk.cases.tables import cases
from desk.customers import describing
from desk.customers.contact import told
from desk.customers.tables import identities, merge_suggestions
from tests.browser.chromium import marks
from tests.browser.screen import Screen
from tests.browser.workspace_desk import Written
from tests.desk.served import MONDAY

pytestmark = marks


async def test_two_customers_who_may_be_one_are_merged_and_taken_apart(screen: Screen) -> None:
    await screen.desk.write(Written(name="Ada Lovelace", text="My lamp flickers"))
    await screen.desk.write(Written(name="Ada", text="Where is my bulb?", channel="chat"))
    await screen.desk.db.write(_suggest_same)
    await screen.open("/workspace/1002")
    await screen.sees("Maybe the same as Ada Lovelace", ".customer")
    await screen.sees("the same e-mail address: ada@example.org", ".customer")
    await screen.shot("sameness")
    await screen.page.get_by_role("button", name="Same person").click()
    await screen.sees("My lamp flickers", ".customer")
    await screen.sees("Merged into this", ".customer")
    await screen.shot("same")
    await screen.page.get_by_role("button", name="Take apart").click()
    await screen.sees("Two customers again")
    await screen.sees("None. This is the first.", ".customer")


def _suggest_same(c: Connection) -> None:
    row = {"customer_id": 2, "other_id": 1, "score": 0.99, "state": "open", "suggested_at": MONDAY}
    c.execute(
        insert(merge_suggestions).values(
            reasons=["the same e-mail address: ada@example.org", "almost the same name: Ada"], **row
        )
    )


async def test_what_a_signature_says_is_kept_with_one_click(screen: Screen) -> None:
    await screen.desk.write(Written(name="Ada Lovelace", text="My lamp flickers"))
    await screen.desk.db.write(_sign)
    await screen.open("/workspace/1001")
    await screen.sees("From their signature", ".customer")
    await screen.shot("offered")
    await screen.page.get_by_role("button", name="Keep: Phone +49 30 1234567").click()
    await screen.page.get_by_role("button", name="Drop: Title Head of Purchasing").click()
    await screen.page.locator(".offered").wait_for(state="detached")
    assert await screen.page.locator(".known a").get_attribute("href") == "tel:+49301234567"
    await screen.shot("known")
    await screen.page.get_by_role("button", name="Remove: Phone").click()
    await screen.page.get_by_role("button", name="Undo").click()
    await screen.sees("+49 30 1234567", ".known")


def _sign(c: Connection) -> None:
    words = told("Ada Lovelace\nHead of Purchasing\nTel. +49 30 1234567", "Ada Lovelace")
    describing.offer(c, 1, words, 1, now=MONDAY)


async def test_an_address_typed_in_a_form_is_read_and_never_taken_for_a_proved_one(
    screen: Screen,
) -> None:
    await screen.desk.write(Written(name="Vera", text="Where is my bulb?", channel="chat"))
    await screen.desk.db.write(_type_address)
    await screen.open("/workspace/1001")
    place = screen.page.locator(".identities li").filter(has_text="vera@example.org")
    await place.wait_for()
    assert (await place.inner_text()).split("\n")[-1] == "typed, not proved"
    assert await place.get_by_role("button").count() == 0
    await screen.sees("#1001 · Complaint", ".case-title")
    await screen.shot("typed-address")
    assert screen.complaints == []


def _type_address(c: Connection) -> None:
    c.execute(update(identities).values(assurance="none", profile={"email": "vera@example.org"}))
    c.execute(update(cases).values(kind="complaint"))
