"""How the Bot API says no, in its own words."""

from typing import Any


class ApiError(Exception):
    """A refusal; `parameters` are its hints (retry_after, migrate_to_chat_id)."""

    def __init__(
        self, code: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """Return the JSON of the answer."""
        hints = {"parameters": self.parameters} if self.parameters else {}
        return {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
            **hints,
        }


def bad_request(words: str) -> ApiError:
    """Return a 400 with the prefix it always has."""
    return ApiError(400, f"Bad Request: {words}")


def flood(retry_after_s: int) -> ApiError:
    """Return a 429 as the flood control words it."""
    words = f"Too Many Requests: retry after {retry_after_s}"
    return ApiError(429, words, {"retry_after": retry_after_s})
