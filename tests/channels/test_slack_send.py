"""What the desk learns when Slack does not take an answer, and that nothing is sent twice."""

from datetime import timedelta
from typing import Any

import pytest

from channels.sandbox.slack import Fault
from channels.slack.config import Mode, SlackSettings, Watch
from desk.kit.clock import FrozenClock, SystemClock
from desk.kit.errors import (
    ChannelBroken,
    ChannelBusy,
    DeskError,
    Refusal,
    Uncertain,
    Undeliverable,
)
from desk.ports.messages import Author, AuthorKind, Choice, OutboundFile, OutboundMessage
from desk.ports.optional import Reconciles
from tests.channels.slack_world import (
    ALICE,
    answer,
    channel_for,
    send_all,
    settings_for,
    slack_world,
)

BOT = Author(kind=AuthorKind.BOT, name="Parley")
POST = "chat.postMessage"


@pytest.mark.parametrize(
    ("fault", "error", "refusal"),
    [
        (Fault(status=500), ChannelBusy, None),
        (Fault(status=503), ChannelBusy, None),
        (Fault(error="internal_error"), ChannelBusy, None),
        (Fault(error="fatal_error"), ChannelBusy, None),
        (Fault(error="service_unavailable"), ChannelBusy, None),
        (Fault(error="ratelimited"), ChannelBusy, None),
        (Fault(error="request_timeout"), Uncertain, None),
        (Fault(html=True), Uncertain, None),
        (Fault(error="channel_not_found"), Undeliverable, Refusal.GONE),
        (Fault(error="is_archived"), Undeliverable, Refusal.GONE),
        (Fault(error="not_in_channel"), Undeliverable, Refusal.GONE),
        (Fault(error="user_not_found"), Undeliverable, Refusal.GONE),
        (Fault(error="restricted_action"), Undeliverable, Refusal.GONE),
        (Fault(error="msg_too_long"), Undeliverable, Refusal.CONTENT),
        (Fault(error="msg_blocks_too_long"), Undeliverable, Refusal.CONTENT),
        (Fault(error="invalid_blocks"), Undeliverable, Refusal.CONTENT),
        (Fault(error="a_word_of_tomorrow"), Undeliverable, Refusal.CONTENT),
        (Fault(error="token_revoked"), ChannelBroken, None),
        (Fault(error="account_inactive"), ChannelBroken, None),
        (Fault(error="invalid_auth"), ChannelBroken, None),
        (Fault(error="missing_scope"), ChannelBroken, None),
    ],
)
async def test_the_desk_learns_what_a_refusal_means(
    fault: Fault, error: type[DeskError], refusal: Refusal | None
) -> None:
    async with slack_world() as world:
        said = await world.written()
        world.slack.fail(POST, fault)
        with pytest.raises(error) as raised:
            await world.channel.send(answer(said), 0)
        assert getattr(raised.value, "refusal", None) is refusal
        assert len(world.ada.messages()) == 1
        assert [method for method, _ in world.slack.calls].count(POST) == 1


async def test_a_rate_limit_is_honoured_without_asking_again() -> None:
    async with slack_world() as world:
        said = await world.written()
        world.slack.fail(POST, Fault(retry_after_s=30))
        for _ in range(2):
            with pytest.raises(ChannelBusy) as raised:
                await world.channel.send(answer(said), 0)
            assert raised.value.retry_after_s is not None
            assert 25 < raised.value.retry_after_s <= 30
        assert [method for method, _ in world.slack.calls].count(POST) == 1


async def test_a_connection_refused_has_sent_nothing() -> None:
    async with slack_world() as world:
        said = await world.written()
        nowhere = settings_for(world.slack, api_base="http://127.0.0.1:1/api/")
        channel = channel_for(nowhere)
        async with channel.run(world.door):
            with pytest.raises(ChannelBusy, match="reached"):
                await channel.send(answer(said), 0)


async def test_an_answer_lost_on_the_way_is_found_in_the_thread() -> None:
    async with slack_world() as world:
        said = await world.written()
        world.slack.fail(POST, Fault(drop=True, after=True))
        sent = await world.channel.send(answer(said), 0)
        (shown,) = [each for each in world.ada.messages() if each.from_app]
        assert sent == f"D1ADA:{shown.ts}"


async def test_what_cannot_be_found_stays_uncertain_and_is_looked_for_before_a_repeat() -> None:
    async with slack_world() as world:
        said = await world.written()
        world.slack.fail(POST, Fault(drop=True, after=True))
        world.slack.fail("conversations.replies", Fault(error="missing_scope"))
        with pytest.raises(Uncertain):
            await world.channel.send(answer(said), 0)
        await world.channel.send(answer(said), 0)
        assert len([each for each in world.ada.messages() if each.from_app]) == 1


async def test_a_repeat_after_nothing_arrived_is_sent() -> None:
    async with slack_world() as world:
        said = await world.written()
        world.slack.fail(POST, Fault(drop=True))
        with pytest.raises(Uncertain):
            await world.channel.send(answer(said), 0)
        await world.channel.send(answer(said), 0)
        assert len([each for each in world.ada.messages() if each.from_app]) == 1


async def test_the_search_in_a_direct_message_knows_our_other_messages_apart() -> None:
    async with slack_world() as world:
        said = await world.written()
        message = answer(said, thread="")
        first = await world.channel.send(message, 0)
        world.slack.fail(POST, Fault(drop=True, after=True))
        second = await world.channel.send(answer(said, thread="", id="out-2"), 0)
        assert first != second


async def test_a_cut_message_is_taken_back_and_refused() -> None:
    async with slack_world() as world:
        said = await world.written()
        world.slack.fail(POST, Fault(warning="message_truncated"))
        with pytest.raises(Undeliverable) as raised:
            await world.channel.send(answer(said), 0)
        assert raised.value.refusal is Refusal.CONTENT
        assert len(world.ada.messages()) == 1


async def test_a_long_answer_comes_in_parts_in_order() -> None:
    async with slack_world() as world:
        said = await world.written()
        words = [f"word{number}" for number in range(2_000)]
        sent = await send_all(world, answer(said, " ".join(words)))
        shown = [each for each in world.ada.messages() if each.from_app]
        assert [f"D1ADA:{each.ts}" for each in shown] == list(sent)
        assert "".join(each.text + " " for each in shown).split() == words


async def test_without_a_thread_the_answer_goes_to_the_person() -> None:
    async with slack_world() as world:
        said = await world.written()
        await world.channel.send(answer(said, thread=""), 0)
        assert world.ada.messages()[-1].thread_ts == ""
        with pytest.raises(Undeliverable) as raised:
            await world.channel.send(answer(said, thread="", recipient="T0PARLEY:U9NOBODY"), 0)
        assert raised.value.refusal is Refusal.GONE


async def test_an_app_that_may_not_take_on_names_writes_them_in_bold() -> None:
    async with slack_world() as world:
        said = await world.written()
        world.slack.methods.scopes.discard("chat:write.customize")
        await world.slack.person("U2", "Chidi").dm("hi")
        await world.heard(2)
        await world.channel._client.ask("auth.test")  # type: ignore[union-attr]
        await world.channel.send(answer(said, author=BOT), 0)
        await world.channel.send(answer(said, id="out-2"), 0)
        told = [each for each in world.ada.messages() if each.from_app]
        assert [(each.name, each.text) for each in told] == [
            ("Parley", "Hello Ada"),
            ("Parley", "Alice\nHello Ada"),
        ]


@pytest.mark.parametrize("special", ["<!channel>", "<!here>", "<@U1ADA>", "<#C1HELP>"])
async def test_a_name_or_text_never_becomes_a_mention(special: str) -> None:
    async with slack_world() as world:
        said = await world.written()
        author = Author(kind=AuthorKind.AGENT, name=special)
        for plain in (False, True):
            await world.channel.send(
                answer(said, special, id=f"out-{plain}", author=author, plain=plain), 0
            )
        posted = [args for method, args in world.slack.calls if method == POST]
        for args in posted:
            assert special not in args["text"]
            assert all(args[name] in (False, "none") for name in ("link_names", "parse"))


async def test_our_own_limiter_keeps_to_a_message_a_second_per_conversation() -> None:
    async with slack_world(sends_per_s=1.0, send_burst=2, send_wait_s=0.1) as world:
        world.slack.rate_limited = True
        said = await world.written()
        await world.channel.send(answer(said, id="1"), 0)
        await world.channel.send(answer(said, id="2"), 0)
        with pytest.raises(ChannelBusy) as raised:
            await world.channel.send(answer(said, id="3"), 0)
        assert 0.5 < (raised.value.retry_after_s or 0) <= 1.0
        chidi = world.slack.person("U2CHIDI", "Chidi")
        await chidi.dm("hi")
        other = (await world.heard(4))[-1]
        await world.channel.send(answer(other, id="4"), 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "fault", "error"),
    [
        ("files.getUploadURLExternal", Fault(drop=True), ChannelBusy),
        ("files.getUploadURLExternal", Fault(error="missing_scope"), ChannelBroken),
        ("files.completeUploadExternal", Fault(drop=True), Uncertain),
        ("files.completeUploadExternal", Fault(status=500), ChannelBusy),
        ("files.completeUploadExternal", Fault(error="channel_not_found"), Undeliverable),
    ],
)
async def test_only_the_last_step_of_a_file_leaves_doubt(
    step: str, fault: Fault, error: type[DeskError]
) -> None:
    async with slack_world() as world:
        said = await world.written()
        key = await world.door.blobs.put(b"out")
        file = OutboundFile(name="a.bin", mime="application/octet-stream", size_bytes=3, blob=key)
        world.slack.fail(step, fault)
        with pytest.raises(error):
            await world.channel.send(answer(said, attachments=(file,)), 1)


async def test_a_file_of_several_megabytes_arrives_whole() -> None:
    async with slack_world() as world:
        said = await world.written()
        content = bytes(range(256)) * 12_000
        key = await world.door.blobs.put(content)
        file = OutboundFile(name="a.bin", mime="x/y", size_bytes=len(content), blob=key)
        await world.channel.send(answer(said, attachments=(file,)), 1)
        shown = await world.ada.wait_for(lambda each: bool(each.files))
        assert world.ada.file(shown.files[0].id).content == content


async def test_the_doctor_names_the_mend() -> None:
    async with slack_world() as world:
        assert all(finding.ok for finding in await world.channel.check())
        world.slack.methods.scopes -= {"files:write", "chat:write.customize"}
        bad = [finding for finding in await world.channel.check() if not finding.ok]
        assert [finding.what for finding in bad] == ["Scopes"]
        assert "files:write" in bad[0].detail
        assert "reinstall" in bad[0].mend
        world.slack.revoked = True
        (finding,) = await world.channel.check()
        assert not finding.ok
        assert "install" in finding.detail


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"app_token": "plain:xapp-wrong"}, "Socket Mode"),
        ({"bot_token": "plain:"}, "Bot token"),
        ({"bot_token": "env:NOT_SET_ANYWHERE"}, "Tokens"),
        ({"team": "T9OTHER"}, "Workspace"),
        ({"mode": Mode.HTTP, "signing_secret": ""}, "Events over HTTP"),
        ({"channels": {"C9NONE": Watch.EVERYONE}}, "Channel C9NONE"),
        ({"api_base": "http://127.0.0.1:1/api/"}, "Bot token"),
        ({"app_token": ""}, "Socket Mode"),
        ({"bot_token": "plain:xapp-another"}, "Bot token"),
        ({"app_token": "plain:xoxb-another"}, "Socket Mode"),
        ({"hubs": {"#support": ""}}, "hubs"),
        ({"hubs": {"C9NONE": ""}}, "Channel C9NONE"),
        ({"channels": {"support": Watch.EVERYONE}}, "channels"),
        ({"hub_group": "@leads"}, "hub_group"),
        ({"api_base": "no address"}, "Bot token"),
    ],
)
async def test_the_doctor_finds_each_trouble_and_never_raises(
    changed: dict[str, object], what: str
) -> None:
    async with slack_world() as world:
        found = await channel_for(settings_for(world.slack, **changed)).check()
        bad = [finding for finding in found if not finding.ok]
        assert [finding.what for finding in bad] == [what]
        assert all(finding.mend for finding in bad)


async def test_the_doctor_tells_what_need_not_be_asked_though_slack_cannot_be_reached() -> None:
    async with slack_world() as world:
        away = {"api_base": "http://127.0.0.1:1/api/", "app_token": "", "hubs": {"#team": ""}}
        found = await channel_for(settings_for(world.slack, **away)).check()
    assert [one.what for one in found if not one.ok] == ["Socket Mode", "hubs", "Bot token"]
    assert found[-1].mend == "See whether http://127.0.0.1:1 can be reached from here."


def test_buttons_beyond_slacks_limits_are_dropped_and_said() -> None:
    choices = tuple(Choice(label="x" * 200, value=str(n)) for n in range(30))
    message = OutboundMessage(
        id="o", case_id=1, case_number=1, message_id=1, recipient="T:U", text="", author=ALICE,
        choices=choices,
    )  # fmt: skip
    plan = channel_for(SlackSettings()).plan(message)
    (part,) = plan.parts
    elements = part.body["blocks"][-1]["elements"]
    assert len(elements) == 25
    assert all(len(element["text"]["text"]) <= 75 for element in elements)
    assert plan.dropped == ("buttons after the 25th",)


@pytest.mark.parametrize("error", ["thread_not_found", "message_not_found"])
async def test_an_answer_to_a_thread_that_is_gone_stands_beside_it(error: str) -> None:
    async with slack_world() as world:
        said = await world.written()
        world.slack.fail("chat.postMessage", Fault(error=error))
        await world.channel.send(answer(said, "still here"), 0)
        shown = await world.ada.wait_for(lambda each: "still here" in each.text)
        assert shown.thread_ts == ""


async def test_after_a_crash_slack_is_asked_whether_it_arrived() -> None:
    async with slack_world() as world:
        said = await world.written()
        assert isinstance(world.channel, Reconciles)
        assert await world.channel.find_sent(answer(said), 0) is None
        sent = await world.channel.send(answer(said), 0)
        assert await world.channel.find_sent(answer(said), 0) == sent
        assert await world.channel.find_sent(answer(said, id="another"), 0) is None
        world.slack.fail("conversations.replies", Fault(error="missing_scope"))
        with pytest.raises(Uncertain):
            await world.channel.find_sent(answer(said), 0)
        for later in (Fault(retry_after_s=1), Fault(drop=True)):
            world.slack.fail("conversations.replies", later)
            with pytest.raises(ChannelBusy):
                await world.channel.find_sent(answer(said), 0)


@pytest.mark.parametrize("thread", [True, False])
async def test_a_part_sent_before_a_long_stop_is_found(*, thread: bool) -> None:
    async with slack_world() as world:
        said = await world.written()
        began = SystemClock().now()
        given: dict[str, Any] = {"written_at": began} | ({} if thread else {"thread": ""})
        sent = await world.channel.send(answer(said, **given), 0)
        for _ in range(250):  # more than one page
            room = world.slack.workspace.conversations["D1ADA"]
            above = {"thread_ts": sent.partition(":")[2]} if thread else {}
            room.messages.append({"type": "message", "ts": world.slack.workspace.stamp()} | above)
        later = FrozenClock(began + timedelta(hours=5))
        channel = channel_for(world.channel.settings, later)
        async with channel.run(world.door):
            assert await channel.find_sent(answer(said, **given), 0) == sent
            assert await channel.find_sent(answer(said, **given | {"id": "another"}), 0) is None


async def test_where_slacks_pages_do_not_reach_it_is_uncertain() -> None:
    async with slack_world() as world:
        said = await world.written()
        given: dict[str, Any] = {"written_at": SystemClock().now(), "thread": ""}
        await world.channel.send(answer(said, **given), 0)
        room = world.slack.workspace.conversations["D1ADA"]
        stamp = world.slack.workspace.stamp
        room.messages += [{"type": "message", "ts": stamp()} for _ in range(1_000)]
        with pytest.raises(Uncertain, match="reach"):
            await world.channel.find_sent(answer(said, **given), 0)
