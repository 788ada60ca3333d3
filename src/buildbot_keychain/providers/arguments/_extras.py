"""`require`: checks that the library of an optional dependency is installed, without importing it.

A provider calls it when it is made, so that the user learns at once what to install. The library is
imported later, by the only module that uses it.
"""

from __future__ import annotations

import importlib.util

from buildbot_keychain.errors import ConfigurationError


def require(provider: str, extra: str, *libraries: str) -> None:
    """Check that each of `libraries` is installed.

    :param provider: the provider's name, for the error.
    :param extra: the extra of buildbot-keychain that installs them.
    :param libraries: the names by which they are imported.
    :raise ConfigurationError: when one is not; the message has the command to run.
    """
    missing = [library for library in libraries if importlib.util.find_spec(library) is None]
    if missing:
        msg = (
            f"{provider} needs {' and '.join(missing)}; "
            f"run: pip install 'buildbot-keychain[{extra}]'"
        )
        raise ConfigurationError(msg)
