"""The one door to slack_sdk's Web API: one session, no retries of its own, our errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from channels.slack.config import SlackSettings, api_base, is_loopback
from channels.slack.refusals import meaning
from desk.kit.errors import ChannelBusy, Uncertain

Json = dict[str, Any]

_AWAY_S = 5.0


def open_session(settings: SlackSettings) -> aiohttp.ClientSession:
    """Return the session that all calls of one inbox share; the caller closes it."""
    timeout = aiohttp.ClientTimeout(
        total=None, sock_connect=settings.connect_timeout_s, sock_read=settings.read_timeout_s
    )
    return aiohttp.ClientSession(timeout=timeout, trust_env=not is_loopback(settings.api_base))


class Client:
    """Calls Slack with one token. Pauses a method that Slack limited until it may be asked."""

    def __init__(self, settings: SlackSettings, token: str, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.token = token
        self.scopes: frozenset[str] | None = None  # granted; None until the first answer
        self.web = AsyncWebClient(
            token=token, base_url=api_base(settings), session=session, retry_handlers=[]
        )
        self.web.proxy = None  # the session minds proxies and whom they are not for
        self._paused_until_s: dict[str, float] = {}

    async def tell(self, method: str, **arguments: Any) -> Json:
        """Call a method that writes, with JSON; what is None is left out.

        Raises:
            ChannelBusy: nothing was done. Uncertain: it may have been.
            Undeliverable, ChannelBroken: see refusals.meaning.
        """
        return await self._call(method, {"json": _given(arguments)})

    async def ask(self, method: str, **arguments: Any) -> Json:
        """Call a method that reads, with a form: Slack ignores JSON there. Raises as `tell`."""
        form = {name: _worded(value) for name, value in _given(arguments).items()}
        return await self._call(method, {"data": form})

    async def _call(self, method: str, how: Json) -> Json:
        now_s = asyncio.get_running_loop().time()
        pause_s = self._paused_until_s.get(method, 0.0) - now_s
        if pause_s > 0:
            raise ChannelBusy("Slack asked us to slow down.", pause_s)
        async with self._translated(method):
            answer = await self.web.api_call(method, **how)
        scopes = answer.headers.get("X-OAuth-Scopes")
        if scopes is not None:
            self.scopes = frozenset(scope.strip() for scope in scopes.split(","))
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    @asynccontextmanager
    async def _translated(self, method: str) -> AsyncIterator[None]:
        try:
            yield
        except SlackApiError as refused:
            self._refuse(method, refused)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as away:
            raise ChannelBusy("Slack cannot be reached.", _AWAY_S) from away
        except aiohttp.InvalidURL as wrong:
            raise ChannelBusy("Slack's address in the settings is none.", _AWAY_S) from wrong
        except (aiohttp.ClientError, TimeoutError) as cut:
            raise Uncertain("The connection to Slack broke before its answer.") from cut
        except AttributeError as strange:  # slack_sdk on a plain-text body with status 200
            raise Uncertain("Something between us and Slack answered instead.") from strange

    def _refuse(self, method: str, refused: SlackApiError) -> None:
        answer = refused.response
        status: int = getattr(answer, "status_code", 0) or getattr(answer, "status", 0)
        data = getattr(answer, "data", None)
        told: Json = data if isinstance(data, dict) else {}
        if status == 200 and not told.get("error"):
            raise Uncertain("Something between us and Slack answered instead.") from refused
        wait_s = _seconds(answer.headers.get("Retry-After"))
        if wait_s is not None:
            self._paused_until_s[method] = asyncio.get_running_loop().time() + wait_s
        error, needed = str(told.get("error", "")), str(told.get("needed", ""))
        raise meaning(error, status=status, retry_after_s=wait_s, needed=needed) from refused


def _given(arguments: Json) -> Json:
    return {name: value for name, value in arguments.items() if value is not None}


def _worded(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _seconds(value: str | None) -> float | None:
    try:
        return max(float(value), 0.0) if value else None
    except ValueError:
        return None
