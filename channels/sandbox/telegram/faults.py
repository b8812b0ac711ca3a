"""Trouble on request: what the next calls to the sandbox shall meet."""

from enum import StrEnum

from msgspec import Struct

from channels.sandbox.telegram.refused import ApiError, flood


class Trouble(StrEnum):
    """What happens to a call."""

    ANSWER = "answer"  # refused, nothing done
    DROP_BEFORE = "drop_before"  # the connection closes, nothing done
    DROP_AFTER = "drop_after"  # done, but the connection closes before the answer
    SLOW = "slow"  # done after a while
    GARBLE = "garble"  # done, but the answer is no JSON


class Fault(Struct):
    """One kind of trouble for the next `left` calls of `method` ("" is any) to `chat`."""

    trouble: Trouble
    method: str
    left: int
    chat: int | None = None
    error: ApiError | None = None
    delay_s: float = 0.0


class Faults:
    """The list of troubles to come, first in, first met."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def answer(self, code: int, description: str, *, method: str = "", times: int = 1) -> None:
        """Refuse calls with an error code and description; nothing is done."""
        error = ApiError(code, description)
        self._waiting.append(Fault(Trouble.ANSWER, method.lower(), times, error=error))

    def flood(
        self, retry_after_s: int, *, method: str = "", chat: int | None = None, times: int = 1
    ) -> None:
        """Refuse calls with 429 and `retry_after`."""
        fault = Fault(Trouble.ANSWER, method.lower(), times, chat, flood(retry_after_s))
        self._waiting.append(fault)

    def migrate(self, chat: int, moved_to: int) -> None:
        """Refuse the next call to `chat` because the group has become a supergroup."""
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        error = ApiError(400, words, {"migrate_to_chat_id": moved_to})
        self._waiting.append(Fault(Trouble.ANSWER, "", 1, chat, error))

    def drop(self, *, method: str = "", times: int = 1, processed: bool) -> None:
        """Close the connection without an answer, after the work is done or before."""
        trouble = Trouble.DROP_AFTER if processed else Trouble.DROP_BEFORE
        self._waiting.append(Fault(trouble, method.lower(), times))

    def garble(self, *, method: str = "", times: int = 1) -> None:
        """Do the work and answer 200 with something that is no JSON."""
        self._waiting.append(Fault(Trouble.GARBLE, method.lower(), times))

    def slow(self, delay_s: float, *, method: str = "", times: int = 1) -> None:
        """Do the work only after `delay_s`."""
        self._waiting.append(Fault(Trouble.SLOW, method.lower(), times, delay_s=delay_s))

    def clear(self) -> None:
        """Forget all trouble still waiting."""
        self._waiting.clear()

    def meet(self, method: str, chat: int | None) -> Fault | None:
        """Return the first trouble this call meets, used up once."""
        for fault in self._waiting:
            if fault.method in ("", method.lower()) and fault.chat in (None, chat):
                fault.left -= 1
                if fault.left <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
