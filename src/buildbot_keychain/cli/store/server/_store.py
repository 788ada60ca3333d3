"""`ServerStore`: which request each operation of a store is, and what comes back. Blocks."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from buildbot_keychain.cli.store.remote import Rekeying, Rotation, Secrets
from buildbot_keychain.cli.store.server._connection import Server
from buildbot_keychain.errors import NotInStore, StoreError, StoreUnavailable, quote
from buildbot_keychain.store.envelope import Kind
from buildbot_keychain.store.journal import Entry
from buildbot_keychain.store.metadata import Metadata
from buildbot_keychain.store.values import Description

if TYPE_CHECKING:
    from buildbot_keychain.store.verification import Report

_ABOUT = ("description", "expires", "redact")


class ServerStore:
    """A store of a master elsewhere.

    :param server: the JSON of its page.
    :param provider: the name of the store's provider; not needed where there is one.
    """

    def __init__(self, server: Server, provider: str | None = None) -> None:
        self._server = server
        self._provider = provider
        self.secrets = Secrets(self._ask)
        self.rotation = Rotation(self._ask)
        self.rekeying = Rekeying(self._ask)

    def verify(self, progress: Callable[[int, int], object] | None = None) -> Report:  # noqa: ARG002 - as others have it
        """Raise a `StoreError`: a server does not do that."""
        _refuse()

    def close(self) -> None:
        """Do nothing: no connection is left."""

    def _ask(
        self,
        operation: str,
        progress: Callable[..., object] | None = None,  # noqa: ARG002 - nothing here takes long
        **arguments: Any,  # noqa: ANN401 - those of the operation
    ) -> Any:  # noqa: ANN401 - what the operation returns
        do = getattr(self, f"_do_{operation}", None)
        if do is None:
            _refuse()
        return do(**arguments)

    # What each operation is

    def _do_describe(self, name: str, version: int | None) -> Description | None:
        try:
            versions, _ = self._find(name)
        except NotInStore:
            return None
        for known in versions:
            if known.version == version or (version is None and known.current):
                return known
        kept = ", ".join(str(known.version) for known in versions)
        msg = f"secret {quote(name)} has no version {version}; it has {kept}"
        raise NotInStore(msg)

    def _do_versions(self, name: str) -> tuple[Description, ...]:
        return self._find(name)[0]

    def _do_history(self, name: str) -> tuple[Entry, ...]:
        return self._find(name)[1]

    def _do_page(self, after: str, limit: int) -> tuple[Description, ...]:
        query = {"after": after, "limit": str(limit)}
        if self._provider is not None:
            query["store"] = self._provider
        found = self._members("GET", "secrets", query)
        with _of_this_version():
            return tuple(map(_description, found["secrets"]))

    def _do_set(
        self, name: str, value: str | bytes, expected: int | None, metadata: dict[str, Any]
    ) -> int:
        given = {"value": value}
        if isinstance(value, bytes):
            given = {"base64": base64.b64encode(value).decode("ascii")}
        sent = {"name": self._full(name), "expected": expected, **given, **_sendable(metadata)}
        done = self._members("PUT", "secret", sent=sent)
        with _of_this_version():
            return int(done["version"])

    def _do_edit(self, name: str, metadata: dict[str, Any], revision: str | None) -> Metadata:
        self._change("POST", "secret/edit", name, revision=revision, **_sendable(metadata))
        known = self._do_describe(name, None)
        if known is None:
            raise NotInStore(f"secret {quote(name)}: somebody else has removed it")
        return known.metadata

    def _do_rollback(self, name: str, version: int, expected: int | None) -> None:
        self._change("POST", "secret/rollback", name, version=version, expected=expected)

    def _do_rename(self, name: str, new_name: str) -> None:
        self._change("POST", "secret/rename", name, new=new_name)

    def _do_delete(self, name: str) -> None:
        self._change("DELETE", "secret", name)

    def _do_undelete(self, name: str) -> None:
        self._change("POST", "secret/undelete", name)

    def _do_purge(self, name: str) -> None:
        self._change("DELETE", "secret", name, purge=True)

    # What is behind them

    def _change(self, method: str, path: str, name: str, **sent: Any) -> None:  # noqa: ANN401 - of the JSON
        self._members(method, path, sent={"name": self._full(name), **sent})

    def _find(self, name: str) -> tuple[tuple[Description, ...], tuple[Entry, ...]]:
        found = self._members("GET", "secret", {"name": self._full(name)})
        with _of_this_version():
            history = [Entry(uid=b"", digest=b"", **entry) for entry in found["history"]]
            return tuple(map(_description, found["versions"])), tuple(history)

    def _members(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        sent: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - what JSON has
        answer = self._server.ask(method, path, query, sent)
        if answer.get("pending"):
            raise StoreError(
                "two people change this secret: nothing is changed until another administrator "
                f"confirms it on the page, under Changes ({answer['pending']})"
            )
        return answer

    def _full(self, name: str) -> str:
        return name if self._provider is None else f"{self._provider}!{name}"


@contextlib.contextmanager
def _of_this_version() -> Iterator[None]:
    """Raise a `StoreUnavailable` where an answer is not as this version knows it."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreUnavailable("the server has another version of buildbot-keychain") from error


def _description(found: Any) -> Description:  # noqa: ANN401 - what JSON has
    allowed = found["allowed"]
    metadata = Metadata(
        found["created"],
        Kind[found["kind"].upper()],
        tags=tuple(found["tags"]),
        allowed=None if allowed is None else tuple(allowed),
        **{name: found[name] for name in _ABOUT},
    )
    return Description(
        name=found["name"],
        version=found["version"],
        current=found["current"],
        deleted=found["deleted"],
        used=found["used"],
        metadata=metadata,
        revision=found["revision"],
    )


def _sendable(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata as JSON has it."""
    return {
        name: sorted(value) if isinstance(value, (set, frozenset, tuple)) else value
        for name, value in metadata.items()
    }


def _refuse() -> NoReturn:
    raise StoreError(
        "a server shows no values, and does this for nobody; use --socket where the master runs"
    )
