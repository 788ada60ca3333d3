"""SQLAlchemy, which is imported when something of it is used: no other module of the store does it.

It takes longer to import than all of this library, and need not be installed.
"""

from __future__ import annotations

from typing import Any

from buildbot_keychain.errors import ConfigurationError


def require() -> None:
    """Import SQLAlchemy.

    :raise ConfigurationError: when it is not installed.
    """
    try:
        import sqlalchemy  # noqa: F401, PLC0415 - only who uses a store needs it
    except ImportError as error:
        raise ConfigurationError(
            "the store needs SQLAlchemy; run: pip install 'buildbot-keychain[store]'"
        ) from error


def __getattr__(name: str) -> Any:  # noqa: ANN401 - SQLAlchemy's
    import sqlalchemy  # noqa: PLC0415 - the same

    return getattr(sqlalchemy, name)
