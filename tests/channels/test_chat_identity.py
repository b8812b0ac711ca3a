"""Whom a site signs is who he is: his conversation everywhere, and nobody else's."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from channels.chat.config import FormField
from channels.chat.identity import Person, check_key, signed_person
from desk.kit.errors import Forbidden, Invalid
from desk.ports.messages import InboundMessage
from tests.channels.chat_page import NOON, Shop, answer, open_shop, open_wire, say

SECRET = "the shop's own secret"
KEY = generate_private_key(65537, 2048)
PEM = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SOON = (NOON + timedelta(minutes=30)).timestamp()


def packed(part: Any) -> str:
    data = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(alg: str = "HS256", secret: str = SECRET, **claims: Any) -> str:
    said = f"{packed({'alg': alg})}.{packed({'sub': 'ada-1', 'exp': SOON, **claims})}"
    if alg == "RS256":
        return f"{said}.{packed(KEY.sign(said.encode(), PKCS1v15(), SHA256()))}"
    return f"{said}.{packed(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest())}"


async def status_of(shop: Shop, door: str, token: str) -> int:
    """What a page that has this token is answered."""
    headers = {"Authorization": f"Bearer {token}"}
    async with shop.http.get(shop.url(door), headers=headers) as response:
        return response.status


@pytest.mark.parametrize("alg", ["HS256", "RS256"])
def test_a_token_says_who_he_is(alg: str) -> None:
    key = ("", PEM) if alg == "RS256" else (SECRET, "")
    person = signed_person(token(alg, name="Ada", email="ada@example.org"), *key, now=NOON)
    assert person == Person("ada-1", "ada@example.org", "Ada")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (token(secret="another"), "not signed"),
        (token(secret=PEM), "not signed"),  # the public key taken for the secret
        (token("none"), "not signed"),
        (token().rpartition(".")[0] + ".", "not signed"),
        (token(exp=(NOON - timedelta(minutes=5)).timestamp()), "not good any more"),
        (token(nbf=(NOON + timedelta(minutes=5)).timestamp()), "not yet"),
        (token(exp=(NOON + timedelta(days=1)).timestamp()), "an hour at most"),
        (token(exp=1e300), "no signed token"),
        (token(sub=""), "no signed token"),
        (token(sub=7), "no signed token"),
        ("x" * 9000, "no signed token"),
        ("", "no signed token"),
    ],
)
def test_a_token_that_proves_nothing_is_refused(wrong: str, why: str) -> None:
    with pytest.raises(Forbidden, match=why):
        signed_person(wrong, SECRET, PEM, now=NOON)


@given(st.text())
def test_whatever_a_token_is_it_is_refused_in_words(wrong: str) -> None:
    with pytest.raises(Forbidden):
        signed_person(wrong, SECRET, PEM, now=NOON)


@pytest.mark.parametrize("key", ["no key", PEM.replace("A", "B")])
def test_a_key_that_is_none_is_said_when_the_inbox_is_made(key: str) -> None:
    with pytest.raises(Invalid):
        check_key(key)


async def test_a_signed_visitor_has_his_conversation_on_every_device() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        phone = await shop.session(jwt=token(name="Ada"))
        await say(shop, phone["token"], "Where is my cup?")
        laptop = await shop.session(jwt=token())
        assert laptop["token"] != phone["token"]
        assert [line["text"] for line in laptop["messages"]] == ["Where is my cup?"]
        (said,) = await shop.heard(1)
        assert isinstance(said, InboundMessage)
        assert (said.sender.external_id, said.sender.assurance) == ("ada-1", "verified")
        assert said.sender.name == "Ada"


async def test_another_user_at_the_same_browser_sees_nothing_of_the_one_before() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        ada = await shop.session(jwt=token())
        await say(shop, ada["token"], "My address is Rosenweg 17")
        bea = await shop.session(token=ada["token"], jwt=token(sub="bea-2"))
        assert bea["token"] != ada["token"]
        assert bea["messages"] == []


@pytest.mark.parametrize("next_one", [{}, {"jwt": token(sub="bea-2")}])
async def test_whom_the_site_signs_out_leaves_a_token_that_is_worth_nothing(
    next_one: dict[str, str],
) -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        ada = await shop.session(jwt=token())
        await say(shop, ada["token"], "My address is Rosenweg 17")
        next_page = await shop.session(token=ada["token"], **next_one)
        assert next_page["messages"] == []
        assert next_page["token"] != ada["token"]
        async with open_wire(shop, ada["token"]) as wire:
            assert await wire.next() == {"t": "closed", "code": 4401}
        for door in ("transcript", "events", "files/x/link"):
            assert await status_of(shop, door, ada["token"]) == 401
        headers = {"Authorization": f"Bearer {ada['token']}", "Idempotency-Key": "c" * 12}
        for door in ("messages", "form", "files", "logout"):
            assert (await shop.post(door, {"text": "Hello"}, **headers))[0] == 401
        again = await shop.session(token=next_page["token"], jwt=token())
        texts = [line["text"] for line in again["messages"]]
        assert texts == ["My address is Rosenweg 17"]


async def test_who_comes_after_a_signed_visitor_and_a_stranger_is_a_third_person() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        ada = await shop.session(jwt=token())
        await say(shop, ada["token"], "My address is Rosenweg 17")
        nobody = await shop.session(token=ada["token"])
        bea = await shop.session(token=nobody["token"], jwt=token(sub="bea-2"))
        assert bea["messages"] == []
        await say(shop, bea["token"], "I am Bea")
        first, second = await shop.heard(2)
        assert isinstance(first, InboundMessage)
        assert isinstance(second, InboundMessage)
        assert (first.sender.external_id, second.sender.external_id) == ("ada-1", "bea-2")
        assert first.sender.address != second.sender.address
        assert first.thread != second.thread
        phone = await shop.session(jwt=token())
        assert [line["text"] for line in phone["messages"]] == ["My address is Rosenweg 17"]


async def test_a_page_that_names_nobody_is_closed_when_another_signs_its_session() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        phone = await shop.session(jwt=token())
        await say(shop, phone["token"], "Hello")
        nobody = await shop.session()
        async with open_wire(shop, nobody["token"]) as wire:
            await wire.until("welcome")
            await shop.session(token=nobody["token"], jwt=token())
            await wire.send("msg", cid="cid-bea-1", text="Who am I?")
            assert await wire.next() == {"t": "closed", "code": 4401}
        assert len(await shop.heard(1)) == 1


async def test_an_open_page_gets_no_line_more_once_its_session_is_over() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        ada = await shop.session(jwt=token())
        await say(shop, ada["token"], "Hello")
        headers = {"Authorization": f"Bearer {ada['token']}", "Last-Event-ID": "1"}
        async with (
            open_wire(shop, ada["token"], cursor=1) as wire,
            shop.http.get(shop.url("events"), headers=headers) as stream,
        ):
            await wire.until("welcome")
            await stream.content.readline()
            await shop.session(token=ada["token"])
            await shop.channel.send(answer(shop.visitor(), "To Rosenweg 17"), 0)
            assert await wire.next() == {"t": "closed", "code": 4401}
            assert b"Rosenweg" not in await stream.content.read()


async def test_pages_that_name_their_user_a_moment_later_leave_nothing_behind() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}", sessions_per_minute=2) as shop:
        ada = await shop.session(jwt=token())
        await say(shop, ada["token"], "Hello")
        kept = set(shop.door.state)
        for _ in range(5):
            early = await shop.session(token=ada["token"])
            ada = await shop.session(token=early["token"], jwt=token())
            assert len(ada["messages"]) == 1
        assert len(shop.door.state) == len(kept)


async def test_who_wrote_here_before_he_was_named_goes_on_here() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        phone = await shop.session(jwt=token())
        await say(shop, phone["token"], "From the phone")
        begun = await shop.session()
        await say(shop, begun["token"], "Hello")
        named = await shop.session(token=begun["token"], jwt=token())
        assert [line["text"] for line in named["messages"]] == ["Hello"]


async def test_who_says_who_he_is_in_the_middle_goes_on_where_he_is() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        begun = await shop.session()
        await say(shop, begun["token"], "Hello")
        named = await shop.session(token=begun["token"], jwt=token())
        assert named["token"] == begun["token"]
        await say(shop, named["token"], "It is me")
        first, second = await shop.heard(2)
        assert isinstance(first, InboundMessage)
        assert isinstance(second, InboundMessage)
        assert (first.sender.external_id, second.sender.external_id) == (None, "ada-1")
        assert first.sender.address == second.sender.address


async def test_a_desk_that_requires_it_lets_nobody_in_unsigned() -> None:
    async with open_shop() as shop:
        anonymous = await shop.session()
    async with open_shop(
        shop.door, identity_secret=f"plain:{SECRET}", require_identity=True
    ) as shop:
        status, told = await shop.post("session", {"token": anonymous["token"]})
        assert (status, told["error"]) == (401, "Sign in to write to us.")
        headers = {"Authorization": f"Bearer {anonymous['token']}", "Idempotency-Key": "c" * 12}
        assert (await shop.post("messages", {"text": "Hello"}, **headers))[0] == 401
        signed = await shop.session(jwt=token())
        assert (await say(shop, signed["token"], "Hello"))["t"] == "ack"


async def test_the_older_way_is_an_hmac_of_the_users_id() -> None:
    mac = hmac.new(SECRET.encode(), b"ada-1", hashlib.sha256).hexdigest()
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        await shop.session(user={"id": "ada-1", "hash": mac})
        status, _ = await shop.post("session", {"user": {"id": "bea-2", "hash": mac}})
        assert status == 403
    async with open_shop() as shop:  # without a secret nothing is proved
        empty = hmac.new(b"", b"ada-1", hashlib.sha256).hexdigest()
        assert (await shop.post("session", {"user": {"id": "ada-1", "hash": empty}}))[0] == 403


async def test_who_logs_out_leaves_a_token_that_is_worth_nothing() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        ada = await shop.session(jwt=token())
        await say(shop, ada["token"], "Hello")
        headers = {"Origin": "https://shop.example", "Authorization": f"Bearer {ada['token']}"}
        async with shop.http.post(shop.url("logout"), headers=headers) as response:
            assert response.status == 204
        again = await shop.session(token=ada["token"])
        assert again["token"] != ada["token"]
        assert again["messages"] == []
        assert len((await shop.session(jwt=token()))["messages"]) == 1  # it is still his


async def test_an_ended_visit_is_over_on_all_devices() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        phone = await shop.session(jwt=token())
        laptop = await shop.session(jwt=token())
        await say(shop, phone["token"], "Hello")
        await shop.channel.end_visit(shop.visitor())
        for device in (phone, laptop):
            assert (await shop.session(token=device["token"]))["messages"] == []
        assert (await shop.session(jwt=token()))["messages"] == []


async def test_an_ended_visit_is_over_though_its_visitor_had_logged_out() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        ada = await shop.session(jwt=token())
        await say(shop, ada["token"], "Hello")
        await shop.session(token=ada["token"])
        await shop.channel.end_visit(shop.visitor())
        assert (await shop.session(jwt=token()))["messages"] == []


async def test_only_the_newest_devices_of_a_visitor_stay_signed_in() -> None:
    async with open_shop(identity_secret=f"plain:{SECRET}") as shop:
        devices = [await shop.session(jwt=token()) for _ in range(30)]
        await say(shop, devices[-1]["token"], "Hello")
        assert await status_of(shop, "transcript", devices[0]["token"]) == 401
        await shop.channel.end_visit(shop.visitor())
        for device in devices:
            assert await status_of(shop, "transcript", device["token"]) == 401
        assert not [key for key in shop.door.state if key.startswith(("session:", "visitor:"))]


async def test_what_a_site_tells_of_a_visitor_stands_beside_his_words_once() -> None:
    page = {"url": "https://shop.example/cart", "about": {"Cart": "3 cups", "Plan": "Gold"}}
    async with open_shop() as shop:
        visitor = await shop.session(page=page)
        for text in ("Hello", "Hello?"):
            await say(shop, visitor["token"], text)
        first, second = await shop.heard(2)
        assert isinstance(first, InboundMessage)
        assert isinstance(second, InboundMessage)
        told = [one.detail for one in first.remarks if one.code == "told"]
        assert told == ["Cart: 3 cups", "Plan: Gold"]
        assert second.remarks == ()


async def test_the_secret_is_what_its_reference_names_and_never_the_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key.pem").write_text(PEM)
    monkeypatch.setenv("SHOP_SECRET", SECRET)
    named: dict[str, Any] = {
        "identity_secret": "env:SHOP_SECRET",
        "identity_public_key": f"file:{tmp_path / 'key.pem'}",
    }
    async with open_shop(**named) as shop:
        assert (await shop.post("session", {"jwt": token()}))[0] == 200
        assert (await shop.post("session", {"jwt": token("RS256")}))[0] == 200
        assert (await shop.post("session", {"jwt": token(secret="env:SHOP_SECRET")}))[0] == 403
        monkeypatch.delenv("SHOP_SECRET")
        assert (await shop.post("session", {"jwt": token()}))[0] == 403
        assert "SHOP_SECRET" in "".join(one.detail for one in await shop.channel.check())


WRONG: dict[str, dict[str, Any]] = {
    "identity_secret": {"identity_secret": "foo"},
    "require_identity": {"require_identity": True},
    "origins": {"origins": ("shop.example.org/x",)},
    "consent_url": {"consent_url": "javascript:alert(1)"},
    "choice_labels": {
        "form": (FormField(name="size", choices=("S", "L"), choice_labels={"fr": ("Petite",)}),)
    },
}


@pytest.mark.parametrize(("setting", "changed"), WRONG.items(), ids=str)
async def test_settings_that_cannot_be_right_are_refused(
    setting: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(Invalid, match=setting):
        async with open_shop(**changed):
            pass
