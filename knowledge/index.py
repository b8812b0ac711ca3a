"""The suggester of this process, kept as fresh as the database it is asked with."""

import threading
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from knowledge import queries
from knowledge.suggest import Suggester, Suggestion

EXAMPLES = 2_000  # of the newest solved cases that are learned when a process starts
_BATCH = 500


class KnowledgeIndex:
    """Articles in memory, for suggestions and search. One per process; safe between threads.

    Every question first looks whether the articles are still those it knows (one row read by
    its key) and takes in what changed, so it needs no feed and is never behind the connection
    it is asked with. `freshen` once at start keeps the first question from waiting.
    """

    def __init__(self) -> None:
        self._suggester = Suggester()
        self._lock = threading.Lock()
        self._generation = ""
        self._known: dict[int, datetime] = {}
        self._example_id = 0

    def freshen(self, c: Connection) -> None:
        """Take in every article and example that changed since the last look."""
        with self._lock:
            self._freshen(c)

    def suggest(
        self,
        c: Connection,
        text: str,
        *,
        limit: int = 3,
        language: str | None = None,
        public_only: bool = False,
        earlier: Sequence[str] = (),
    ) -> list[Suggestion]:
        """Return the best published articles for `text`: see Suggester.suggest."""
        with self._lock:
            self._freshen(c)
            return self._suggester.suggest(
                text, limit=limit, language=language, public_only=public_only, earlier=earlier
            )

    def spelled(self, text: str, language: str | None = None) -> list[str]:
        """Return the words of a search as they were meant, by the articles' own words."""
        with self._lock:
            return self._suggester.spelled(text, language)

    def _freshen(self, c: Connection) -> None:
        generation = queries.generation(c)
        if generation == self._generation:
            return
        current = queries.versions(c)
        for article_id in self._known.keys() - current.keys():
            self._suggester.drop(article_id)
        changed = sorted(at for at, since in current.items() if self._known.get(at) != since)
        for start in range(0, len(changed), _BATCH):
            for text in queries.texts(c, changed[start : start + _BATCH]):
                self._suggester.put(text)
        self._known = current
        for row in queries.examples_after(c, self._example_id, EXAMPLES):
            self._suggester.learn(row.text, row.article_id)
            self._example_id = row.id
        self._generation = generation
