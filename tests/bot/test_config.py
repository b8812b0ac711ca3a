"""Settings that cannot be right are refused in words that name the place and the mend."""

from pathlib import Path

import pytest
import yaml
from msgspec import Struct

from bot.config import Config, Http, Inbox, Queue, decode, load
from bot.setup import check
from channels.chat.config import ChatSettings
from channels.slack.config import SlackSettings
from channels.telegram.config import TelegramSettings
from desk.kit.errors import Invalid

WRONG = {
    "http: {port: many}": r"http\.port: expected `int`, got `str`",
    "http: {port: 99999}": r"http\.port: expected `int` <= 65535",
    "http: {port: 0}": r"http\.port",
    "http: {trusted_proxies: -1}": r"http\.trusted_proxies",
    "http: {body_limit_mb: 0}": r"http\.body_limit_mb",
    "http: {public_url: desk.example.org}": r"http\.public_url.*https://desk\.example\.org",
    "http: {public_url: 'https://'}": r"http\.public_url",
    "http: {trusted_origins: ['https://a.example/x']}": r"http\.trusted_origins",
    "http: 8080": r"http: expected `object`, got `int`",
    "logging: {level: loud}": r"logging\.level.*Known here: debug, info, warning, error",
    "logging: {level: inof}": r"logging\.level.*Did you mean info\?",
    "logging: {form: xml}": r"logging\.form.*text, json",
    "work: {recorders: 0}": r"work\.recorders",
    "work: {senders: 0}": r"work\.senders",
    "work: {close_after_days: -1}": r"work\.close_after_days",
    "promises: {first_response_minutes: {urgent: 0, high: 1, normal: 1, low: 1}}": r"\.urgent",
    "promises: {first_response_minutes: {urgent: 1}}": r"promises\.first_response_minutes.*`high`",
    "inboxes: {mail: {}}": r"inboxes\.mail.*`channel`",
    "inboxes: {'a b': {channel: email}}": r"inboxes: .*a b.*letters",
    "queues: {1: {name: One}}": r"queues",
    "a: [1": r"not valid YAML.*line 1",
    "a: &a [*a": r"not valid YAML",
    "- 1": r"`key: value`",
    "[" * 5000: r"not valid YAML",
    "http: {host: !!python/object:os.system x}": r"not valid YAML",
}


@pytest.mark.parametrize(("text", "words"), WRONG.items(), ids=lambda text: text[:40])
def test_a_wrong_setting_is_named_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=words) as told:
        load(path, {})
    assert told.value.reason.startswith(str(path))
    assert "\n" not in told.value.reason


OF_INBOXES = {
    "{mode: htp}": (SlackSettings, r"mode: there is no 'htp' here\. Did you mean http\?"),
    "{form: [{name: a}, {name: b, labls: {}}]}": (
        ChatSettings,
        r"form\.2\.labls\. Did you mean labels\?",
    ),
    "{hubs: {-1001234567890: ''}}": (TelegramSettings, r'hubs: put the number .* in quotes: "-100'),
    "{chats: {-1001234567890: everything}}": (
        TelegramSettings,
        r"chats: put the number .* in quotes",
    ),
}


@pytest.mark.parametrize(("text", "told"), OF_INBOXES.items(), ids=lambda one: str(one)[:30])
def test_a_wrong_setting_of_an_inbox_is_named_with_what_is_known(
    text: str, told: tuple[type[Struct], str]
) -> None:
    kind, words = told
    with pytest.raises(Invalid, match=words):
        decode(yaml.safe_load(text), kind, "inboxes.one.settings")


ENVIRONMENT = {
    ("PARLEY_HTPT__PORT", "1"): r"^PARLEY_HTPT__PORT: .*Did you mean http\?",
    ("PARLEY_HTTP__PROT", "1"): r"^PARLEY_HTTP__PROT: .*Did you mean port\?",
    ("PARLEY_HTTP__PORT", "many"): r"^PARLEY_HTTP__PORT: .*expected `int`",
    ("PARLEY_NAME", "a: b: c"): r"^PARLEY_NAME: .*YAML",
    ("PARLEY_NAME", "[1"): r"^PARLEY_NAME: .*YAML",
}


@pytest.mark.parametrize(("variable", "words"), ENVIRONMENT.items(), ids=lambda one: str(one[0]))
def test_a_wrong_variable_is_named_itself(variable: tuple[str, str], words: str) -> None:
    with pytest.raises(Invalid, match=words):
        load(None, dict([variable]))


def test_the_variable_that_names_the_file_is_no_setting(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("name: Ours", encoding="utf-8")
    assert load(path, {"PARLEY_CONFIG": str(path)}).name == "Ours"


def test_a_file_that_is_empty_or_all_comments_is_all_defaults(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("# nothing yet\n", encoding="utf-8")
    assert load(path, {}) == Config()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("calendars: {office: {zone: Mars/Base}}", r"calendars\.office: .*Mars/Base"),
        ("calendars: {office: {weekly: {'9': []}}}", r"calendars\.office: .*weekday"),
        ("calendars: {office: {weekly: {'1': [['9am', '17:00']]}}}", r"calendars\.office: .*pairs"),
        ("calendars: {office: {special: {'2026-13-01': []}}}", r"calendars\.office: .*date"),
        ("calendars: {office: {special: {Atlantis: []}}}", r"calendars\.office: .*Atlantis"),
        ("calendars: {office: {special: {US-XX: []}}}", r"calendars\.office: .*US-XX"),
        ("queues: {support: {calendar: offise}}", r"queues\.support\.calendar: .*offise"),
        ("inboxes: {shop: {channel: chat, queue: suport}}", r"inboxes\.shop\.queue: .*suport"),
        ("inboxes: {shop: {channel: pigeon}}", r"no channel called pigeon"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=words):
        check(load(path, {}))


def test_the_defaults_and_a_whole_desk_fit_together() -> None:
    check(Config())
    check(
        Config(
            http=Http(public_url="https://desk.example.org/"),
            queues={"billing": Queue(calendar="")},
            inboxes={"shop": Inbox(channel="chat", queue="billing")},
        )
    )


def test_what_kubernetes_sets_for_a_service_of_our_name_is_no_setting() -> None:
    told = {"PARLEY_SERVICE_HOST": "10.0.0.1", "PARLEY_PORT_8080_TCP": "tcp://10.0.0.1:8080"}
    assert load(None, {**told, "PARLEY_PORT": "tcp://10.0.0.1:8080"}) == load(None, {})
