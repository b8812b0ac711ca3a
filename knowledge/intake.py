"""Articles from a folder of Markdown files with YAML front matter, as often as one likes."""

import asyncio
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct
from sqlalchemy import Connection

from desk.db.engine import Database
from desk.events.actors import Actor
from desk.kit.errors import DeskError, Invalid
from desk.kit.locales import language_of
from knowledge import actions
from knowledge.rules import ArticleDraft, Visibility, slug_of

FILE_LIMIT_BYTES = 4_000_000


class Front(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands between the `---` lines at the head of an article's file."""

    title: str
    category: str = "General"
    language: str = "en"
    slug: str = ""
    visibility: Visibility = Visibility.PUBLIC
    short_answer: str = ""
    phrases: tuple[str, ...] = ()


class Imported(Struct, frozen=True, kw_only=True):
    """What became of a folder: articles changed, unchanged, and what could not be read."""

    changed: int
    unchanged: int
    problems: list[str]  # one sentence each: file, line, what is wrong


def read_folder(folder: Path) -> tuple[list[ArticleDraft], list[str]]:
    """Return the articles in `folder` (with its subfolders) and a sentence per bad file. Blocks.

    Raises Invalid when there is no such folder.
    """
    if not folder.is_dir():
        raise Invalid(f"{folder} is not a folder.")
    drafts: list[ArticleDraft] = []
    problems: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    for path in sorted(folder.rglob("*.md")):
        name = path.relative_to(folder).as_posix()
        if not path.resolve().is_relative_to(folder.resolve()):
            problems.append(f"{name}, line 1: this leads out of the folder.")
            continue
        try:
            draft = parse(_content(path, name), name)
        except Invalid as bad:
            problems.append(bad.reason)
            continue
        first = seen.setdefault((draft.language, draft.slug), name)
        if first != name:
            problems.append(f"{name}, line 1: the slug {draft.slug!r} is taken by {first}.")
        else:
            drafts.append(draft)
    return drafts, problems


def import_drafts(
    c: Connection, drafts: list[ArticleDraft], *, actor: Actor, now: datetime
) -> Imported:
    """Publish `drafts`; those that say what the desk says already are left alone."""
    changed = 0
    problems: list[str] = []
    for draft in drafts:
        try:
            changed += int(actions.publish(c, draft, actor=actor, now=now)[1])
        except DeskError as bad:
            problems.append(f"{draft.source_path}, line 1: {bad.reason}")
    unchanged = len(drafts) - changed - len(problems)
    return Imported(changed=changed, unchanged=unchanged, problems=problems)


async def import_folder(db: Database, folder: Path, *, actor: Actor, now: datetime) -> Imported:
    """Read `folder` and publish what is in it. Raises Invalid when there is no such folder."""
    drafts, problems = await asyncio.to_thread(read_folder, folder)
    done = await db.write(import_drafts, drafts, actor=actor, now=now)
    return msgspec.structs.replace(done, problems=problems + done.problems)


def parse(text: str, name: str) -> ArticleDraft:
    """Return the article in a file's text; `name` is the file's, for what goes wrong.

    Raises:
        Invalid: a sentence naming file and line.
    """
    head, body, body_line = _split(text, name)
    front = _front(head, name)
    language = language_of(front.language)
    if language is None:
        raise Invalid(
            f"{name}, line {_line_of(head, 'language')}: {front.language!r} is no"
            " language; write a code like en or pt-BR."
        )
    if not front.title.strip():
        raise Invalid(f"{name}, line {_line_of(head, 'title')}: the title is empty.")
    if not body.strip():
        raise Invalid(f"{name}, line {body_line}: there is no text below the front matter.")
    slug = front.slug or slug_of(front.title) or slug_of(Path(name).stem)
    if not slug or slug_of(slug) != slug:
        raise Invalid(
            f"{name}, line {_line_of(head, 'slug')}: the slug must be small letters,"
            " digits and hyphens."
        )
    return ArticleDraft(
        slug=slug,
        language=language,
        title=front.title,
        category=front.category,
        body_md=body.strip(),
        short_answer=front.short_answer,
        visibility=front.visibility,
        phrases=front.phrases,
        source_path=name,
    )


def _content(path: Path, name: str) -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for, a device never ends
            raise Invalid(f"{name}, line 1: this is no file.")
        if found.st_size > FILE_LIMIT_BYTES:
            raise Invalid(f"{name}, line 1: larger than {FILE_LIMIT_BYTES // 1_000_000} MB.")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = wrong.object[: wrong.start].count(b"\n") + 1
        raise Invalid(f"{name}, line {line}: this is not UTF-8 text.") from wrong
    except OSError as wrong:
        raise Invalid(f"{name}, line 1: cannot be read ({wrong.strerror}).") from wrong


def _split(text: str, name: str) -> tuple[str, str, int]:
    """Return front matter, body and the line the body begins at."""
    lines = text.splitlines()
    if not lines or lines[0].strip() != "---":
        raise Invalid(f"{name}, line 1: the file must begin with --- and a title.")
    for at, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            return "\n".join(lines[1:at]), "\n".join(lines[at + 1 :]), at + 2
    raise Invalid(f"{name}, line {len(lines)}: the front matter is not closed with ---.")


def _front(head: str, name: str) -> Front:
    try:
        found: Any = yaml.safe_load(head)
    except yaml.MarkedYAMLError as wrong:
        line = wrong.problem_mark.line + 2 if wrong.problem_mark else 2
        raise Invalid(f"{name}, line {line}: {wrong.problem or 'not YAML'}.") from wrong
    except RecursionError as wrong:
        raise Invalid(f"{name}, line 2: not YAML (nested too deeply).") from wrong
    except (yaml.YAMLError, ValueError) as wrong:  # an unreadable character, an impossible date
        raise Invalid(f"{name}, line 2: not YAML ({str(wrong).splitlines()[0]}).") from wrong
    try:
        return msgspec.convert(found, Front)
    except msgspec.ValidationError as wrong:
        words = str(wrong).split(" - at ")[0].replace("Object", "The front matter", 1)
        raise Invalid(f"{name}, line {_line_of(head, str(wrong))}: {words}.") from wrong


def _line_of(head: str, about: str) -> int:
    """Return the file's line with the front-matter key that `about` mentions, else the first."""
    for at, line in enumerate(head.splitlines(), start=2):
        key = line.partition(":")[0].strip()
        if key and (key == about or f"`{key}`" in about or f"$.{key}" in about):
            return at
    return 2
