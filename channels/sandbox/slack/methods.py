"""The Web API's methods that the adapter uses, answering and refusing as Slack does."""

import json
import mimetypes
from collections.abc import Callable
from typing import Any

from channels.sandbox.slack import limits
from channels.sandbox.slack.events import Events
from channels.sandbox.slack.views import Views
from channels.sandbox.slack.workspace import (
    APP,
    BOT,
    BOT_PERSON,
    TEAM,
    Conversation,
    Json,
    Refused,
    StoredFile,
    Workspace,
)

SCOPES = {
    "chat.postMessage": "chat:write",
    "chat.postEphemeral": "chat:write",
    "chat.unfurl": "links:write",
    "chat.update": "chat:write",
    "chat.delete": "chat:write",
    "conversations.open": "im:write",
    "conversations.history": "im:history",
    "conversations.replies": "im:history",
    "conversations.info": "channels:read",
    "users.conversations": "im:read",
    "users.info": "users:read",
    "files.getUploadURLExternal": "files:write",
    "files.completeUploadExternal": "files:write",
    "files.info": "files:read",
    "reactions.add": "reactions:write",
    "reactions.remove": "reactions:write",
    "files.delete": "files:write",
}
CUSTOMIZE = "chat:write.customize"
_EVENT_SCOPES = (
    "reactions:read",
    "app_mentions:read",
    "channels:history",
    "groups:history",
    "users:read.email",
    "commands",
    "links:read",
    "groups:read",
    "im:read",
)
ALL_SCOPES = frozenset({*SCOPES.values(), CUSTOMIZE, *_EVENT_SCOPES})


class Methods:
    """The app's side of the workspace: what its bot token may do."""

    def __init__(
        self, workspace: Workspace, events: Events, views: Views, base: Callable[[], str]
    ) -> None:
        self.scopes: set[str] = set(ALL_SCOPES)
        self._workspace = workspace
        self._events = events
        self._base = base
        self._uploads: dict[str, StoredFile] = {}
        self._answers: dict[str, Callable[[Json], Json]] = {
            "auth.test": self._auth_test,
            "bots.info": self._bots_info,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper,
            "chat.unfurl": self._unfurl,
            "chat.update": self._update,
            "chat.delete": self._delete,
            "conversations.open": self._open,
            "conversations.info": self._info,
            "conversations.history": self._history,
            "users.conversations": self._rooms,
            "conversations.replies": self._replies,
            "users.info": self._user,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._upload_done,
            "files.info": self._file,
            "views.open": views.show,
            "views.publish": views.publish,
            "chat.getPermalink": self._permalink,
            "reactions.add": self._react,
            "reactions.remove": self._unreact,
            "files.delete": self._delete_file,
        }

    def answer(self, method: str, args: Json) -> Json:
        """Do `method` and return what goes beside `ok: true`. Raises Refused."""
        if method not in self._answers:
            raise Refused("unknown_method")
        needed = SCOPES.get(method)
        if needed and needed not in self.scopes:
            raise Refused("missing_scope", needed=needed, provided=",".join(sorted(self.scopes)))
        return self._answers[method](args)

    def uploaded(self, file_id: str, content: bytes) -> bool:
        """Take the bytes posted to an upload URL; False when there is no such upload."""
        if file_id not in self._uploads:
            return False
        self._uploads[file_id].content = content
        return True

    def _auth_test(self, args: Json) -> Json:
        who = {"team": "Parley", "user": "parley", "team_id": TEAM, "user_id": BOT_PERSON}
        return {"url": "https://parley.slack.example/", **who, "bot_id": BOT}

    def _bots_info(self, args: Json) -> Json:
        return {"bot": {"id": BOT, "app_id": APP, "user_id": BOT_PERSON, "name": "parley"}}

    def _post(self, args: Json) -> Json:
        room = self._workspace.reach(str(args.get("channel", "")))
        text, blocks = str(args.get("text") or ""), _listed(args.get("blocks"))
        limits.check(text, blocks)
        message = self._own(text[: limits.TEXT_CHARS])
        if blocks:
            message["blocks"] = blocks
        if args.get("thread_ts"):
            self._into_thread(room, message, str(args["thread_ts"]))
        if args.get("username") and CUSTOMIZE in self.scopes:
            message["username"] = args["username"]
            message["icons"] = {"image_72": args.get("icon_url")}
        if args.get("metadata"):
            message["metadata"] = _loaded(args["metadata"])
        self._say(room, message)
        answer: Json = {"channel": room.id, "ts": message["ts"], "message": message}
        if len(text) > limits.TEXT_CHARS:
            answer["warning"] = "message_truncated"
            answer["response_metadata"] = {"warnings": ["message_truncated"]}
        return answer

    def _whisper(self, args: Json) -> Json:
        room, person = self._workspace.reach(str(args.get("channel", ""))), str(args.get("user"))
        limits.check(str(args.get("text") or ""), _listed(args.get("blocks")))
        if person not in room.members:
            raise Refused("user_not_in_channel")
        self._workspace.whispers.append((person, room.id, str(args.get("text") or "")))
        return {"message_ts": self._workspace.stamp()}

    def _unfurl(self, args: Json) -> Json:
        message = self._workspace.message_at(str(args.get("channel")), str(args.get("ts")))
        unfurls = _loaded(args.get("unfurls") or "{}")
        for url, shown in unfurls.items():
            limits.check("", shown.get("blocks"))
            if url not in message.get("text", ""):
                raise Refused("cannot_unfurl_url")
        message["attachments"] = [{"from_url": url, **one} for url, one in unfurls.items()]
        return {}

    def _own(self, text: str) -> Json:
        who = {"user": BOT_PERSON, "bot_id": BOT, "app_id": APP, "team": TEAM}
        return {"type": "message", "text": text, "ts": self._workspace.stamp(), **who}

    def _into_thread(self, room: Conversation, message: Json, thread_ts: str) -> None:
        parent = room.find(thread_ts)
        if parent is None:
            raise Refused("thread_not_found")
        message["thread_ts"] = parent.get("thread_ts", thread_ts)

    def _say(self, room: Conversation, message: Json) -> None:
        room.messages.append(message)
        self._events.said(room, message)

    def _update(self, args: Json) -> Json:
        message = self._own_message(args, "cant_update_message")
        limits.check(str(args.get("text") or ""), _listed(args.get("blocks")))
        before = dict(message)
        message["text"] = str(args.get("text") or "")
        message["blocks"] = _listed(args.get("blocks"))
        message["edited"] = {"user": BOT_PERSON, "ts": self._workspace.stamp()}
        self._events.changed(self._workspace.reach(args["channel"]), before, message)
        return {"channel": args["channel"], "ts": message["ts"], "text": message["text"]}

    def _delete(self, args: Json) -> Json:
        message = self._own_message(args, "cant_delete_message")
        room = self._workspace.reach(args["channel"])
        room.messages.remove(message)
        self._events.deleted(room, message)
        return {"channel": room.id, "ts": message["ts"]}

    def _own_message(self, args: Json, error: str) -> Json:
        found = self._workspace.message_at(str(args.get("channel")), str(args.get("ts")))
        if found.get("bot_id") != BOT:
            raise Refused(error)
        return found

    def _open(self, args: Json) -> Json:
        person = str(args.get("users", ""))
        if person not in self._workspace.people:
            raise Refused("user_not_found")
        return {"channel": {"id": self._workspace.direct(person).id}}

    def _info(self, args: Json) -> Json:
        room = self._workspace.conversations.get(str(args.get("channel")))
        if room is None:
            raise Refused("channel_not_found")
        return {"channel": room.as_json()}

    def _rooms(self, args: Json) -> Json:
        kinds = str(args.get("types") or "public_channel").split(",")
        wanted = {
            "im" if kind == "im" else "channel" for kind in kinds if kind != "private_channel"
        }
        every = self._workspace.conversations.values()
        held = [room for room in every if BOT_PERSON in room.members and room.kind in wanted]
        return {"channels": [room.as_json() for room in held]}

    def _history(self, args: Json) -> Json:
        room = self._workspace.reach(str(args.get("channel", "")))
        top = [
            _with_replies(m, room) for m in room.messages if m.get("thread_ts", m["ts"]) == m["ts"]
        ]
        return _page(list(reversed(_between(top, args))), args)

    def _replies(self, args: Json) -> Json:
        room, root = self._workspace.reach(str(args.get("channel", ""))), str(args.get("ts"))
        found = room.find(root)
        if found is None:
            raise Refused("thread_not_found")
        if found.get("thread_ts", root) != root:
            return _page([found], args)  # of a reply Slack shows just that
        thread = [m for m in room.messages if m.get("thread_ts", m["ts"]) == root]
        return _page(_between(thread, args), args)

    def _user(self, args: Json) -> Json:
        person = self._workspace.people.get(str(args.get("user")))
        if person is None:
            raise Refused("user_not_found")
        told = person.as_json()
        if "users:read.email" not in self.scopes:
            told["profile"].pop("email", None)
        return {"user": told}

    def _upload_url(self, args: Json) -> Json:
        if not args.get("filename") or int(args.get("length") or 0) <= 0:
            raise Refused("invalid_arguments")
        file_id = self._workspace.number("F")
        name = str(args["filename"])
        url = f"{self._base()}/files/{file_id}/download"
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        self._uploads[file_id] = StoredFile(file_id, name, mime, b"", BOT_PERSON, url)
        return {"upload_url": f"{self._base()}/upload/{file_id}", "file_id": file_id}

    def _upload_done(self, args: Json) -> Json:
        named = _loaded(args.get("files") or "[]")
        if not named or any(entry.get("id") not in self._uploads for entry in named):
            raise Refused("file_not_found")
        room = self._workspace.reach(str(args["channel_id"])) if args.get("channel_id") else None
        files = [self._finish(entry) for entry in named]
        if room is not None:
            message = self._own(str(args.get("initial_comment") or ""))
            message |= {"subtype": "file_share", "files": [file.as_json() for file in files]}
            if args.get("thread_ts"):
                self._into_thread(room, message, str(args["thread_ts"]))
            self._say(room, message)
        return {"files": [file.as_json() for file in files]}

    def _finish(self, entry: Json) -> StoredFile:
        file = self._uploads.pop(entry["id"])
        file.title = str(entry.get("title") or file.name)
        self._workspace.files[file.id] = file
        return file

    def _file(self, args: Json) -> Json:
        file = self._workspace.files.get(str(args.get("file")))
        if file is None:
            raise Refused("file_not_found")
        return {"file": file.as_json(whole=True)}

    def _permalink(self, args: Json) -> Json:
        channel, ts = str(args.get("channel", "")), str(args.get("message_ts"))
        self._workspace.message_at(channel, ts)
        link = f"https://parley.slack.example/archives/{channel}/p{ts.replace('.', '')}"
        return {"channel": channel, "permalink": link}

    def _react(self, args: Json) -> Json:
        message = self._workspace.message_at(str(args.get("channel")), str(args.get("timestamp")))
        if not self._workspace.react(message, str(args.get("name")), BOT_PERSON):
            raise Refused("already_reacted")
        self._events.reacted(str(args.get("channel")), message, str(args.get("name")), BOT_PERSON)
        return {}

    def _unreact(self, args: Json) -> Json:
        message = self._workspace.message_at(str(args.get("channel")), str(args.get("timestamp")))
        if not self._workspace.unreact(message, str(args.get("name")), BOT_PERSON):
            raise Refused("no_reaction")
        return {}

    def _delete_file(self, args: Json) -> Json:
        if self._workspace.files.pop(str(args.get("file")), None) is None:
            raise Refused("file_not_found")
        return {}


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _listed(value: Any) -> list[Json]:
    loaded = _loaded(value or [])
    if not isinstance(loaded, list):
        raise Refused("invalid_blocks_format")
    return loaded


def _with_replies(message: Json, room: Conversation) -> Json:
    below = [m["ts"] for m in room.messages if m.get("thread_ts") == message["ts"] != m["ts"]]
    return {**message, "latest_reply": max(below), "reply_count": len(below)} if below else message


def _between(messages: list[Json], args: Json) -> list[Json]:
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")
    return [m for m in messages if oldest <= float(m["ts"]) <= latest]


def _page(messages: list[Json], args: Json) -> Json:
    limit, at = int(args.get("limit") or 100), int(args.get("cursor") or 0)
    whole = str(args.get("include_all_metadata", "")).lower() in {"1", "true"}
    hidden = () if whole else ("metadata",)
    shown = [{key: m[key] for key in m if key not in hidden} for m in messages[at : at + limit]]
    more = len(messages) > at + limit
    cursor = {"next_cursor": str(at + limit) if more else ""}
    return {"messages": shown, "has_more": more, "response_metadata": cursor}
