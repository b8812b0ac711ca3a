"""GET /oauth/email/{inbox}: what the provider answers when an admin connected an account."""

from aiohttp import web

from channels.email.oauth import Tokens
from desk.kit.errors import DeskError


class ConsentAnswer:
    """The address of one inbox that the provider sends the admin's browser back to."""

    def __init__(self, tokens: Tokens, then_url: str) -> None:
        self._tokens = tokens
        self._then_url = then_url

    async def handle(self, request: web.Request) -> web.Response:
        """Take the answer and lead on; say what is wrong with one that cannot be taken."""
        error = request.query.get("error", "")
        if error:
            return _plain(400, f"The provider says no: {error[:200]}. Begin again at Inboxes.")
        code, state = request.query.get("code", ""), request.query.get("state", "")
        try:
            await self._tokens.connect(code, state)
        except DeskError as refused:
            return _plain(refused.status, refused.reason)
        return web.Response(status=303, headers={"Location": self._then_url})


def _plain(status: int, words: str) -> web.Response:
    return web.Response(status=status, text=f"{words}\n")
