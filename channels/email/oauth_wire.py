"""The one call of OAuth that we make: a form to the provider's token address, a token back."""

from typing import Any

import aiohttp
import msgspec

from desk.kit.errors import ChannelBusy, DeskError

_TIMEOUT_S = 20
_LONGEST_BYTES = 200_000


class Refused(DeskError):
    """The provider does not give a token for this, however often it is asked."""


async def ask(url: str, form: dict[str, str]) -> dict[str, Any]:
    """Return what the provider answers to `form`: at least an access_token.

    Raises:
        Refused: the provider says no (the consent was withdrawn, the secret is wrong).
        ChannelBusy: it cannot be asked, or has trouble of its own.
    """
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True) as session,
            session.post(url, data=form, allow_redirects=False) as reply,
        ):
            body = await reply.content.read(_LONGEST_BYTES)
            status = reply.status
    except (aiohttp.ClientError, TimeoutError, OSError) as trouble:
        raise ChannelBusy(f"{url} cannot be asked for a token.", 60) from trouble
    told = _object(body)
    if status == 200 and isinstance(told.get("access_token"), str):
        return told
    if status in (400, 401, 403) and "error" in told:
        raise Refused(f"{told['error']}: {told.get('error_description', '')}".rstrip(": ")[:300])
    raise ChannelBusy(f"{url} answered {status} instead of a token.", 60)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError):
        return {}
