"""The command `parley`: each refusal is a sentence with the mend; the exit code says which kind."""

import os
import signal
import socket
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, run
from time import sleep
from urllib.request import urlopen

import click
import pytest
import yaml
from click.testing import CliRunner

from bot.cli import main
from bot.config import Config, Storage
from bot.console import FAILED, WRONG_SETTING
from bot.files import signing_secret
from bot.people import add_agent
from desk.db.lock import FileLock
from desk.kit.errors import DeskError, Invalid
from tests.world import free_port

PARLEY = [sys.executable, "-m", "bot"]
ARTICLE = "---\ntitle: Returns\n---\nSend it back within 30 days.\n"


class Home:
    """A folder with a settings file, in which the real command runs as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "parley.db"
        self.log = folder / "log"
        self.port = free_port()
        self.settings: dict[str, object] = {
            "http": {"port": self.port},
            "storage": {"url": f"sqlite:///{self.database}", "files": str(folder / "files")},
        }

    def parley(self, *words: str) -> tuple[int, str]:
        """Return how the command ended and what it said."""
        done = run(
            [*PARLEY, *self._asked(words)],
            stdin=DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
            env=_environment(),
        )
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said
        return done.returncode, said

    @contextmanager
    def running(self) -> Iterator[Popen[str]]:
        """Run the desk until the context closes; it has said that it answers."""
        words = [*PARLEY, *self._asked(("run",))]
        with (
            self.log.open("w") as log,
            Popen(words, stdout=PIPE, stderr=log, text=True, env=_environment()) as desk,
        ):
            try:
                assert desk.stdout is not None
                assert "answers at" in desk.stdout.readline(), self.log.read_text()
                yield desk
            finally:
                desk.send_signal(signal.SIGTERM)
                desk.wait(timeout=20)

    def logs(self, words: str) -> bool:
        """Wait until the running desk has logged `words`."""
        for _ in range(200):
            if words in self.log.read_text():
                return True
            sleep(0.05)
        return False

    def _asked(self, words: tuple[str, ...]) -> list[str]:
        path = self.folder / "config.yaml"
        path.write_text(yaml.safe_dump(self.settings), encoding="utf-8")
        return ["--config", str(path), *words]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def in_process(*words: str) -> tuple[int, str]:
    """Return how a command ended that never gets as far as configuring the log."""
    ended = CliRunner().invoke(main, words)
    return ended.exit_code, ended.output


def test_help_says_what_each_command_is_for() -> None:
    code, said = in_process("--help")
    assert code == 0
    for name, command in main.commands.items():
        assert name in said
        code, more = in_process(name, "--help")
        assert code == 0
        assert (command.help or "").splitlines()[0].split(";")[0][:40] in more
        options = [one for one in command.params if isinstance(one, click.Option)]
        assert [one.name for one in options if not one.help] == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["import", "/no/such/folder"], "does not exist"),
        (["--config", "/no/such/config.yaml", "check"], "no settings file /no/such/config.yaml"),
        (["--config", "/", "check"], "is a directory"),
        (["agent", "--email", "a@b.example"], "Missing option '--name'"),
        (["seed", "--cases", "0"], "not in the range"),
    ],
)
def test_what_was_asked_wrongly_ends_with_two(words: list[str], sentence: str) -> None:
    code, said = in_process(*words)
    assert code == WRONG_SETTING
    assert sentence in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("htpt: {}", "there is no setting called htpt. Did you mean http?"),
        ("logging: {level: loud}", "logging.level"),
        ("http: {port: 99999}", "http.port"),
        ("a: [1", "not valid YAML"),
    ],
)
def test_a_wrong_setting_ends_with_two_and_one_line(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text, encoding="utf-8")
    code, said = in_process("--config", str(path), "check")
    assert code == WRONG_SETTING
    assert sentence in said
    assert said.startswith("parley: ")
    assert said.count("\n") == 1


@pytest.mark.slow
def test_a_port_in_use_is_named_with_the_mend(home: Home) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", home.port))
        other.listen()
        code, said = home.parley("run")
    assert code == FAILED
    assert f"Port {home.port}" in said
    assert "set http.port to another one" in said


@pytest.mark.slow
def test_a_database_of_a_newer_parley_is_refused_and_left_alone(home: Home) -> None:
    with sqlite3.connect(home.database) as newer:
        newer.execute("CREATE TABLE alembic_version (version_num TEXT)")
        newer.execute("INSERT INTO alembic_version VALUES ('9999')")
    newer.close()
    code, said = home.parley("migrate")
    assert code == FAILED
    assert "newer than this Parley" in said
    assert "restore a backup" in said


@pytest.mark.slow
def test_a_file_that_is_no_database_is_named(home: Home) -> None:
    home.database.write_text("these are the notes of a meeting, not a database")
    code, said = home.parley("migrate")
    assert code == FAILED
    assert f"{home.database} cannot be opened: file is not a database" in said
    assert home.database.read_text().startswith("these are the notes")


@pytest.mark.slow
def test_a_database_that_another_process_has_is_named(home: Home) -> None:
    lock = FileLock(home.database)
    code, said = home.parley("agent", "--email=a@b.example", "--name=A", "--password=long enough 1")
    lock.release()
    assert code == FAILED
    assert "in use by another Parley process: stop that one" in said


@pytest.mark.slow
def test_an_agent_is_added_once(home: Home) -> None:
    words = ["agent", "--email=ada@desk.example", "--name=Ada", "--password=a long password"]
    assert home.parley(*words) == (0, "Ada can sign in as ada@desk.example.\n")
    code, said = home.parley(*words)
    assert code == FAILED
    assert "already" in said


@pytest.mark.slow
def test_an_agent_is_put_into_the_team_of_a_queue_new_or_there_already(home: Home) -> None:
    home.settings["queues"] = {"support": {"teams": ["Billing", "Returns"]}}
    code, said = home.parley("check")
    assert code == FAILED
    assert "NOT queues · team Billing: nobody is in it, and the queue support" in said
    words = ["agent", "--email=ada@desk.example"]
    code, said = home.parley(*words, "--team=Biling", "--name=Ada", "--password=a long password")
    assert code == WRONG_SETTING
    assert "no team called Biling. Teams of queues: Billing, Returns." in said
    new = home.parley(*words, "--team=Billing", "--name=Ada", "--password=a long password")
    assert new == (0, "Ada can sign in as ada@desk.example.\n")
    code, said = home.parley("check")
    assert "team Billing" not in said
    assert "NOT queues · team Returns" in said
    code, said = home.parley(*words, "--team=Returns")
    assert (code, said) == (0, "ada@desk.example was there already and is in Returns now.\n")
    assert home.parley("check")[0] == 0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"password": "hunter2"}, "at least 10 characters"),
        ({"email": "ada"}, "not an e-mail address"),
        ({"name": " "}, "has a name"),
    ],
)
async def test_an_agent_that_could_not_sign_in_is_not_added(
    home: Home, changed: dict[str, str], sentence: str
) -> None:
    config = Config(storage=Storage(url=f"sqlite:///{home.database}"))
    asked = {"email": "ada@desk.example", "name": "Ada", "password": "a long password", **changed}
    with pytest.raises(Invalid, match=sentence) as told:
        await add_agent(config, role="agent", **asked)
    assert "hunter2" not in told.value.reason


@pytest.mark.slow
def test_a_folder_of_articles_is_imported_and_what_is_bad_in_it_is_told(
    home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "returns.md").write_text(ARTICLE)
    assert home.parley("import", str(folder)) == (0, "1 new or changed, 0 unchanged.\n")
    (folder / "bad.md").write_text("no front matter")
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()
    (folder / "out.md").symlink_to("/etc/hostname")
    (folder / "endless.md").symlink_to("/dev/zero")
    code, said = home.parley("import", str(folder))
    assert code == FAILED
    assert "bad.md, line 1: the file must begin with ---" in said
    assert "pipe.md, line 1: this is no file" in said
    assert "folder.md, line 1: this is no file" in said
    assert "out.md, line 1: this leads out of the folder" in said
    assert "endless.md, line 1: this leads out of the folder" in said
    assert "0 new or changed, 1 unchanged.\n" in said


@pytest.mark.slow
def test_check_says_all_that_is_wrong_at_once_in_words(home: Home, tmp_path: Path) -> None:
    smtp = {"host": "127.0.0.1", "port": free_port(), "security": "plain"}
    home.settings |= {
        "knowledge": {"folder": str(tmp_path / "nowhere")},
        "inboxes": {
            "bot": {"channel": "telegram", "settings": {"token": "env:NOT_SET_ANYWHERE"}},
            "mail": {"channel": "email", "settings": {"address": "h@desk.example", "smtp": smtp}},
            "shop": {"channel": "chat", "settings": {"titel": "Shop"}},
            "team": {"channel": "slack", "settings": {"bot_token": "xoxb-in-the-open"}},
        },
    }
    code, said = home.parley("check")
    assert code == FAILED
    assert "ok  database" in said
    assert "NOT articles · folder" in said
    assert "NOT bot" in said
    assert "NOT_SET_ANYWHERE is not set" in said
    assert "NOT mail" in said
    assert "Did you mean title?" in said
    assert "NOT team" in said
    assert "xoxb" not in said
    assert all(line.startswith(("ok  ", "NOT ")) for line in said.splitlines())


def test_a_secret_that_cannot_sign_is_refused(tmp_path: Path) -> None:
    made = signing_secret("", tmp_path / "files")
    assert signing_secret("", tmp_path / "files") == made
    assert stat.S_IMODE((tmp_path / "files" / "secret").stat().st_mode) == 0o600
    with pytest.raises(Invalid, match=r"storage\.secret"):
        signing_secret("plain:short", tmp_path)
    both = tmp_path / "both"
    both.write_text(f"{'n' * 32}\n{'o' * 32}\n")
    assert signing_secret(f"file:{both}", tmp_path) == f"{'n' * 32}\n{'o' * 32}"
    both.write_text(f"{'n' * 32}\nold\n")  # a short one beside it could be guessed as well
    with pytest.raises(Invalid, match=r"storage\.secret"):
        signing_secret(f"file:{both}", tmp_path)
    with pytest.raises(Invalid, match="NOT_SET_ANYWHERE"):
        signing_secret("env:NOT_SET_ANYWHERE", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DeskError, match=r"storage\.files"):
        signing_secret("", tmp_path / "file")


@pytest.mark.slow
def test_an_inbox_in_trouble_holds_up_no_other_and_the_folder_is_read_at_start(
    home: Home, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "returns.md").write_text(ARTICLE)
    gone = {"host": "127.0.0.1", "port": free_port(), "security": "plain"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        door = {"protocol": "lmtp", "port": taken.getsockname()[1]}
        home.settings |= {
            "knowledge": {"folder": str(folder)},
            "inboxes": {
                "mail": {
                    "channel": "email",
                    "settings": {
                        "address": "h@desk.example",
                        "imap": {**gone, "password": "plain:x"},
                        "smtp": gone,
                    },
                },
                "post": {
                    "channel": "email",
                    "settings": {"address": "p@desk.example", "door": door},
                },
                "bot": {"channel": "telegram", "settings": {"token": "env:NOT_SET_ANYWHERE"}},
                "shop": {"channel": "chat"},
            },
        }
        with home.running() as desk:
            base = f"http://127.0.0.1:{home.port}"
            with urlopen(f"{base}/readyz") as answer:  # noqa: S310 - our own
                assert answer.status == 200
            with urlopen(f"{base}/help/returns") as answer:  # noqa: S310 - our own
                assert b"within 30 days" in answer.read()
            for inbox in ("mail", "post", "bot"):
                assert home.logs(f"inbox={inbox} ")
        assert desk.returncode == 0
    said = home.log.read_text()
    assert "NOT_SET_ANYWHERE" in said
    assert "Traceback" not in said


def test_an_agent_who_forgot_the_password_gets_a_link(home: Home) -> None:
    words = ["agent", "--email=ada@desk.example", "--name=Ada", "--password=a long password"]
    assert home.parley(*words)[0] == 0
    code, said = home.parley("link", "--email=Ada@desk.example")
    assert code == 0
    assert said.startswith(f"http://127.0.0.1:{home.port}/sign-in/link/")
    code, said = home.parley("link", "--email=mallory@desk.example")
    assert (code, said) == (
        FAILED,
        "parley: There is no agent with the address mallory@desk.example.\n",
    )
