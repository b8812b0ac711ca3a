"""Logging: one line per fact, keys not prose. `case=1042 inbox=support event=sla.breached`."""

import logging
import sys
from typing import Any

import structlog

# These write addresses with tokens in them, or what customers wrote, at debug or info.
_TALKATIVE = (
    "imapclient",
    "pymap",
    "markdown_it",
    "httpx",
    "httpcore",
    "telegram",
    "slack_sdk",
    "slack_bolt",
    "aiohttp.access",
    "apscheduler",
    "alembic",
    "mail.log",
    "asyncio",
)


def get(**keys: Any) -> structlog.stdlib.BoundLogger:
    """Return a logger that puts `keys` on each of its lines. Secrets never go in here."""
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(**keys)
    return logger


def configure(level: str = "info", form: str = "text") -> None:
    """Send our lines and those of the libraries through one formatter (`text` or `json`)."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.processors.LogfmtRenderer(
            key_order=["timestamp", "level", "event"], bool_as_flag=False
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in _TALKATIVE:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd warns of its own attributes
