"""`resolve`: a database URL of a ``master.cfg`` as Buildbot's ``db/enginestrategy.py`` reads it.

It works on an SQLAlchemy ``URL`` and does not import SQLAlchemy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from buildbot_keychain.cli._exit import CommandError


def resolve(url: Any, basedir: Path) -> Any:  # noqa: ANN401 - SQLAlchemy's
    """Return the ``URL`` to connect to, without the parameters that only Buildbot knows.

    :param basedir: the directory to which the path of a SQLite file is relative.
    :raise CommandError: for a database that lives in memory.
    """
    query = dict(url.query)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise CommandError(
                "there is nothing to read: a database in memory ends with its master"
            )
        query.pop("serialize_access", None)
        database = str(basedir / (url.database % {"basedir": str(basedir)}))
        return url.set(database=database, query=query)
    if url.get_backend_name() in {"mysql", "mariadb"}:
        for parameter in ("max_idle", "storage_engine", "use_unicode"):
            query.pop(parameter, None)
        query.setdefault("charset", "utf8")
        return url.set(query=query)
    return url
