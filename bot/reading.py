"""The articles that channels may show to anybody."""

from sqlalchemy import Connection

from desk.kit.errors import NotFound
from desk.ports.articles import Article
from knowledge import queries


def public_article(
    c: Connection, slug: str, language: str | None, *, public_url: str
) -> Article | None:
    """Return a published, public article, in `language` if it is there; None: there is none."""
    try:
        found = queries.public_article(c, slug, language)
    except NotFound:
        return None
    url = f"{public_url}/help/{found.slug}?lang={found.language}"
    return Article(title=found.title, language=found.language, text=found.body_md, url=url)
