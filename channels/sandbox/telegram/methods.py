"""Methods of the Bot API that do not write messages: who am I, updates, files, courtesies."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from channels.sandbox.telegram import params as of
from channels.sandbox.telegram.params import Params
from channels.sandbox.telegram.refused import ApiError, bad_request
from channels.sandbox.telegram.updates import Updates
from channels.sandbox.telegram.world import World

Method = Callable[[Params], Awaitable[Any]]
_LOOPBACK = ("http://127.0.0.1:", "http://localhost:")  # Telegram itself takes https only


class Methods:
    """The methods, by their names in small letters: the Bot API does not mind case."""

    def __init__(self, world: World, updates: Updates, *, download_bytes: int) -> None:
        self._world = world
        self._updates = updates
        self._download_bytes = download_bytes
        self.by_name: dict[str, Method] = {
            "getme": self._get_me,
            "getupdates": self._get_updates,
            "setwebhook": self._set_webhook,
            "deletewebhook": self._delete_webhook,
            "getwebhookinfo": self._webhook_info,
            "setmycommands": self._set_commands,
            "getmycommands": self._get_commands,
            "getfile": self._get_file,
            "sendchataction": self._chat_action,
            "answercallbackquery": self._answer_press,
        }

    async def _get_me(self, params: Params) -> Any:
        can = {
            "can_join_groups": True,
            "can_read_all_group_messages": self._world.reads_groups,
            "supports_inline_queries": False,
            "has_topics_enabled": self._world.has_topics,
            "allows_users_to_create_topics": self._world.has_topics,
        }
        return self._world.bot | can

    async def _get_updates(self, params: Params) -> Any:
        self._allow(params)
        return await self._updates.get(
            of.whole(params, "offset"),
            of.whole(params, "limit", 100) or 100,
            of.whole(params, "timeout", 0) or 0,
        )

    async def _set_webhook(self, params: Params) -> Any:
        url = str(params.get("url", ""))
        if url and not url.startswith(("https://", *_LOOPBACK)):
            words = "bad webhook: An HTTPS URL must be provided for webhook"
            raise bad_request(words)
        self._forget_if_asked(params)
        self._allow(params)
        self._updates.set_hook(url, str(params.get("secret_token", "")))
        return True

    async def _delete_webhook(self, params: Params) -> Any:
        self._forget_if_asked(params)
        self._updates.set_hook("", "")
        return True

    async def _webhook_info(self, params: Params) -> Any:
        hook = self._updates.hook
        told: dict[str, Any] = {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates.pending),
        }
        if hook.error:
            told |= {"last_error_date": hook.error_at, "last_error_message": hook.error}
        if self._updates.allowed:
            told["allowed_updates"] = self._updates.allowed
        return told

    async def _set_commands(self, params: Params) -> Any:
        language = str(params.get("language_code") or "")
        self._world.commands[language] = of.structure(params, "commands") or []
        return True

    async def _get_commands(self, params: Params) -> Any:
        return self._world.commands.get(str(params.get("language_code") or ""), [])

    async def _get_file(self, params: Params) -> Any:
        file_id = str(params.get("file_id", "")).removesuffix("-small")
        file = self._world.files.get(file_id)
        if file is None:
            raise bad_request("invalid file_id")
        if len(file.content) > self._download_bytes:
            raise bad_request("file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": f"u-{file_id}",
            "file_size": len(file.content),
            "file_path": f"files/{file_id}",
        }

    async def _chat_action(self, params: Params) -> Any:
        chat = self._world.writable(of.whole(params, "chat_id") or 0)
        chat.typing_until = self._world.clock.now() + timedelta(seconds=5)
        chat.touch()
        return True

    async def _answer_press(self, params: Params) -> Any:
        press = str(params.get("callback_query_id", ""))
        for chat in self._world.chats.values():
            if press in chat.pressed:
                chat.pressed[press] = True
                chat.touch()
                return True
        words = "query is too old and response timeout expired or query ID is invalid"
        raise ApiError(400, f"Bad Request: {words}")

    def _allow(self, params: Params) -> None:
        allowed = of.structure(params, "allowed_updates")
        if allowed is not None:
            self._updates.allowed = list(allowed) or None

    def _forget_if_asked(self, params: Params) -> None:
        if of.flag(params, "drop_pending_updates"):
            self._updates.pending.clear()
