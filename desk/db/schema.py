"""Every table of the product: what migrations are compared with and tests are built from."""

from importlib import import_module, util
from pathlib import Path

from sqlalchemy import MetaData

from desk.db.types import metadata

PACKAGES = ("desk", "knowledge", "bot")


def all_tables() -> MetaData:
    """Import every room's tables.py and return the one MetaData that holds them all.

    Rooms are found by their furniture, by name and at run time: this floor knows none of them.
    """
    for package in PACKAGES:
        for module in _tables_modules(package):
            import_module(module)
    return metadata


def _tables_modules(package: str) -> list[str]:
    spec = util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    return [
        ".".join((package, *found.relative_to(folder).with_suffix("").parts))
        for folder in map(Path, folders or ())
        for found in sorted(folder.rglob("tables.py"))
    ]
