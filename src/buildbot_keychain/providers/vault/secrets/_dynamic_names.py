r"""What names a dynamic secret: ``mount/path[?parameter=value&…][|field]``; pure.

::

    database/creds/ro|password                      is read
    pki/issue/web?common_name=a.example.org|certificate
    ssh/issue/deploy?|private_key                   is written to, without parameters

A path that a ``?`` follows is written to, with the parameters that follow, as ``bao write`` does;
any other is read. In parameters, ``%xx`` stands for a byte of UTF-8, as in a URL: ``%26`` for an
``&``, ``%2F%2F`` for two slashes, ``%25`` for a ``%``. A ``+`` is a plus.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote as url_quote
from urllib.parse import unquote

from buildbot_keychain.errors import quote
from buildbot_keychain.providers.vault.secrets._mounts import Mount
from buildbot_keychain.providers.vault.secrets._names import EntryName, may_be_a_path


@dataclass(frozen=True)
class DynamicName:
    """What is asked for; fields of what compares equal but for `field` come of one lease.

    :param path: the path below ``/v1``, not quoted.
    :param parameters: what is written there; ``None`` where the path is read.
    :param field: a field of the answer; ``None`` for the only one.
    :param engine: the kind of the engine, for messages: ``"database"``.
    """

    path: str
    parameters: tuple[tuple[str, str], ...] | None = None
    field: str | None = None
    engine: str = "unknown"

    @property
    def request(self) -> tuple[str, tuple[tuple[str, str], ...] | None]:
        """What is asked of the server, whichever field is wanted."""
        return self.path, self.parameters

    @property
    def url(self) -> str:
        """The quoted path, with ``/v1`` before it."""
        return f"/v1/{url_quote(self.path)}"


def dynamic_name(mount: Mount, name: EntryName) -> DynamicName:
    """Give what `name`, below `mount`, says.

    :raise ValueError: when it makes no sense; the text says why, and shows no parameter's value.
    """
    if name.version is not None:
        msg = "a dynamic secret has no versions; leave out the '@'"
        raise ValueError(msg)
    path, mark, query = name.path.partition("?")
    if not may_be_a_path(path):
        msg = f"no path of an engine is before the '?' in {quote(path + mark)}"
        raise ValueError(msg)
    parameters = _parameters(query) if mark else None
    return DynamicName(f"{mount.path}/{path}", parameters, name.field, mount.type)


def _parameters(query: str) -> tuple[tuple[str, str], ...]:
    given: dict[str, str] = {}
    for part in query.split("&") if query else []:
        name, mark, value = part.partition("=")
        name = _unquoted(name)
        if not mark or not name.strip():
            msg = "what follows the '?' must be name=value, and & between those"
            raise ValueError(msg)
        if name in given:
            msg = f"the parameter {quote(name)} is there twice"
            raise ValueError(msg)
        given[name] = _unquoted(value)
    return tuple(given.items())


def _unquoted(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        pass
    msg = "a %xx in what follows the '?' is no UTF-8"
    raise ValueError(msg)
