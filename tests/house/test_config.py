"""config.yaml shows every setting at its default, and a typo names the right word."""

from pathlib import Path

import msgspec
import pytest

from bot.config import Config, Inbox, decode, load
from channels import registry
from desk.kit.errors import Invalid
from tests.house.test_sizes import HOUSE


def keys(value: object, path: str = "") -> set[str]:
    if not isinstance(value, dict):
        return {path}
    return {key for name, inner in value.items() for key in keys(inner, f"{path}.{name}")}


def test_config_yaml_is_exactly_the_defaults() -> None:
    assert load(HOUSE / "config.yaml", {}) == Config()


def test_config_yaml_shows_every_setting_with_a_comment_or_a_unit() -> None:
    text = (HOUSE / "config.yaml").read_text(encoding="utf-8")
    shown = msgspec.yaml.decode(text)
    assert keys(shown) >= keys(msgspec.to_builtins(Config()))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("htpt: {}", "http"), ("http: {prot: 1}", "port"), ("storage: {ulr: x}", "url")],
)
def test_an_unknown_key_names_the_nearest_known_one(tmp_path: Path, wrong: str, right: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(wrong, encoding="utf-8")
    with pytest.raises(Invalid, match=f"Did you mean {right}"):
        load(path, {})


def test_an_unknown_key_deep_in_a_queue_is_named_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("queues: {support: {calender: office}}", encoding="utf-8")
    with pytest.raises(Invalid, match=r"queues\.support\.calender.*Did you mean calendar"):
        load(path, {})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("http: {port: 1}", encoding="utf-8")
    assert load(path, {"PARLEY_HTTP__PORT": "9090"}).http.port == 9090


def test_a_value_of_the_wrong_kind_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("http: {port: many}", encoding="utf-8")
    with pytest.raises(Invalid, match="port"):
        load(path, {})


@pytest.mark.parametrize("kind", ["chat", "email", "slack", "telegram"])
def test_every_channel_names_the_nearest_setting_for_a_typo(kind: str) -> None:
    settings = registry.channel_class(kind).Settings
    known = settings.__struct_fields__[0]
    with pytest.raises(Invalid, match=f"Did you mean {known}"):
        decode({f"{known}x": 1}, settings, "inboxes.x.settings")


def test_an_inbox_without_a_channel_is_refused() -> None:
    with pytest.raises(Invalid, match="channel"):
        decode({"queue": "support"}, Inbox, "config.yaml")
