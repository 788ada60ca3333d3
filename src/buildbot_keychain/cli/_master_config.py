"""What a ``master.cfg`` configures of secrets and of the database, read without a running master.

The configuration is executed as Buildbot executes it. Its providers are started as in a master, and
are asked through this library's own manager; then they are stopped. What the configuration prints
goes to standard error. What it logs is dropped, as it may hold values.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from buildbot_keychain.audit import AuditToDatabase, AuditToFile
from buildbot_keychain.cli._exit import CommandError
from buildbot_keychain.cli._reactor import run_in_reactor
from buildbot_keychain.configuration import Configuration
from buildbot_keychain.details import Requester, SecretDetails
from buildbot_keychain.errors import (
    ConfigurationError,
    InvalidName,
    InvalidSecret,
    KeychainError,
    SecretNotFound,
)
from buildbot_keychain.lookups import Lookups
from buildbot_keychain.manager import SecretManager
from buildbot_keychain.policy import Explanation, Policy, Question
from buildbot_keychain.providers.files import SecretInAFile
from buildbot_keychain.redaction import Redactor
from buildbot_keychain.uses import FORM

if TYPE_CHECKING:
    from buildbot.master import BuildMaster

    from buildbot_keychain.providers.store import SecretInStore

try:
    from buildbot.process.properties import Properties

    from buildbot_keychain import inspection
except ImportError:  # `load` reports it
    Properties = inspection = None  # type: ignore[assignment]

T = TypeVar("T")

DEFAULT_DB_URL = "sqlite:///state.sqlite"
"""The database that Buildbot uses if the configuration names none."""


class Asked(NamedTuple):
    """What a policy decides on if somebody who is not known asks for secrets.

    :param questions: by the names of the secrets; none where no provider can have it.
    :param providers: all providers, each with the names of its secrets if it can list them.
    """

    questions: dict[str, list[Question]]
    providers: dict[str, frozenset[str]]


class MasterConfiguration:
    """A configuration that has been executed.

    :param path: its file.
    :param basedir: the master's directory.
    :param entries: its ``BuildmasterConfig``.
    :ivar render_db_url: whether `secrets` is to look up the secrets in the database's URL as well.
    """

    def __init__(self, path: Path, basedir: Path, entries: dict[str, Any]) -> None:
        self.basedir = basedir
        self.render_db_url = False
        self._path = path
        self._entries = entries
        self._rendered_db_url: object = None

    @property
    def db_url(self) -> str:
        """The URL of the database.

        :raise CommandError: if it is a renderable that `secrets` has not rendered to a `str`.
        """
        url = self._given_db_url if self._rendered_db_url is None else self._rendered_db_url
        if url is not None and not isinstance(url, str):
            raise CommandError(f"the db_url in {self._path} must be a str: add --db-url")
        return url or DEFAULT_DB_URL

    @property
    def _given_db_url(self) -> object:
        nested = self._entries.get("db")
        return nested.get("db_url") if isinstance(nested, dict) else self._entries.get("db_url")

    def audit_places(self) -> tuple[list[str], list[str]]:
        """Return the files, and the URLs of the databases, that the audit trail is written to."""
        hosts = self._entries.get("secretsProviders") or []
        sinks = [sink for host in hosts for sink in getattr(host, "keychain_audit", ())]
        files = [sink.path for sink in sinks if isinstance(sink, AuditToFile)]
        return files, [sink.url for sink in sinks if isinstance(sink, AuditToDatabase)]

    def socket(self) -> Path | None:
        """Return the socket on which the master listens for commands that are about no store."""
        hosts = self._entries.get("secretsProviders") or []
        found = (getattr(host, "keychain_socket", None) for host in hosts)
        path = next((path for path in found if path is not None), None)
        return None if path is None else Path(self.basedir, path)

    def store(self, name: str | None) -> SecretInStore:
        """Return the provider of an encrypted store, which is not started.

        :param name: its name; it may be ``None`` where there is but one.
        :raise CommandError: when there is no such provider, or several.
        """
        from buildbot_keychain.providers.store import SecretInStore  # noqa: PLC0415 - cryptography

        hosts = self._entries.get("secretsProviders") or []
        wanted = [one for host in hosts for one in getattr(host, "keychain_wanted", (host,))]
        found: dict[str, SecretInStore] = {}
        for provider in wanted:
            checked = getattr(provider, "checked", provider)
            if isinstance(checked, SecretInStore):
                found[checked.name] = checked
        if not found:
            raise CommandError(f"{self._path} has no SecretInStore: add --store and --key-file")
        if name is None and len(found) > 1:
            raise CommandError(f"add --provider, which is one of {', '.join(found)}")
        if name is not None and name not in found:
            raise CommandError(f"no SecretInStore has that name: it is one of {', '.join(found)}")
        provider = next(iter(found.values())) if name is None else found[name]
        provider.use_base_directory(str(self.basedir))
        return provider

    def secrets(self, names: Sequence[str], warn: Callable[[str], None]) -> list[SecretDetails]:
        """Look up the secrets called `names`; without names, all that providers of files hold.

        :param warn: called with a sentence for each provider that cannot list its secrets.
        :raise CommandError: if a provider cannot be started.
        :raise KeychainError: if a secret cannot be looked up.
        """
        providers = self._entries.get("secretsProviders") or []
        if not providers:
            raise CommandError(f'{self._path} has no c["secretsProviders"]: add --file instead')
        return self._run(lambda reactor: self._look_up(providers, names, warn, reactor))

    def _run(self, work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        try:
            return run_in_reactor(work)
        except (CommandError, KeychainError):
            raise
        except Exception as error:  # a provider of anybody's may raise anything
            kind = type(error).__name__
            raise CommandError(
                f"cannot start the providers in {self._path} ({kind}): "
                "check that the master starts with them"
            ) from error

    def explain(self, name: str, requester: Requester) -> list[Explanation]:
        """Return what the policy decides on the secret `name`, for each provider, and why.

        No secret is looked up.

        :raise CommandError: if there is no policy, or the providers cannot be started.
        :raise InvalidName: when no provider can have it.
        """
        policy = self.policy

        async def explained(lookups: Lookups, hosted: Configuration) -> list[Explanation]:
            return await lookups.explain(hosted, policy, name, requester)

        return self._with_lookups(explained)

    @property
    def policy(self) -> Policy:
        """The policy.

        :raise CommandError: if there is none.
        """
        found: list[Policy] = [each.policy for each in self._policies if each is not None]
        if not found:
            raise CommandError(f"{self._path} has no policy: every builder is given every secret")
        return found[0]

    @property
    def has_policy(self) -> bool:
        """Whether there is a policy."""
        return any(each is not None for each in self._policies)

    @property
    def _policies(self) -> list[Any]:
        providers = self._entries.get("secretsProviders") or []
        return [getattr(each, "policies", None) for each in providers]

    def asked_for(self, names: Callable[[str], Iterable[str]]) -> Asked:
        """Return what a policy decides on if somebody asks for secrets.

        No secret is looked up, but those in the database's URL.

        :param names: returns the names of the secrets; it is called with the URL of the database.
        :raise CommandError: if the providers cannot be started.
        """

        async def asked(lookups: Lookups, hosted: Configuration) -> Asked:
            found = {
                name: await _questions(lookups, hosted, name, kinds=not self.has_policy)
                for name in names(self.db_url)
            }
            providers = {each.name: frozenset(_names_in(each) or ()) for each in hosted.providers}
            return Asked(found, providers)

        self.render_db_url = True
        return self._with_lookups(asked)

    def _with_lookups(self, work: Callable[[Lookups, Configuration], Coroutine[Any, Any, T]]) -> T:
        providers = self._entries.get("secretsProviders") or []

        async def working(reactor: Any) -> T:  # noqa: ANN401 - several interfaces
            async with inspection.started_providers(self.basedir, providers, reactor) as master:
                await self._render_db_url(master)
                hosted = Configuration(tuple(inspection.hosted_by(master)))
                return await work(Lookups(Redactor(), reactor=reactor), hosted)

        return self._run(working)

    @property
    def builders(self) -> list[str]:
        """The names of all builders."""
        return [builder.name for builder in self._entries.get("builders") or []]

    def builder(self, name: str) -> tuple[str | None, tuple[str, ...]]:
        """Return the project and the tags of a builder.

        :raise CommandError: if there is none of that name.
        """
        for builder in self._entries.get("builders") or []:
            if builder.name == name:
                return getattr(builder, "project", None) or None, tuple(builder.tags or ())
        raise CommandError(f"{self._path} has no builder of that name")

    async def _render_db_url(self, master: BuildMaster) -> None:
        url = self._given_db_url
        if self.render_db_url and url is not None and not isinstance(url, str):
            self._rendered_db_url = await _rendered(master, url)

    async def _look_up(
        self,
        providers: Sequence[Any],
        names: Sequence[str],
        warn: Callable[[str], None],
        reactor: Any,  # noqa: ANN401 - several interfaces
    ) -> list[SecretDetails]:
        async with inspection.started_providers(self.basedir, providers, reactor) as master:
            await self._render_db_url(master)
            return await _secrets_of(master, names, warn)


async def _questions(
    lookups: Lookups, hosted: Configuration, name: str, *, kinds: bool
) -> list[Question]:
    """Return what is decided on if somebody who is not known asks for a secret."""
    requester = Requester("unknown")
    provider, _, path = name.partition("!")
    if provider == FORM and path:
        return [Question(provider, path, requester)]
    try:
        return await lookups.questions(hosted, name, requester, kinds=kinds)
    except InvalidName:  # its provider is gone
        return []


def load(path: str) -> MasterConfiguration:
    """Execute the configuration at `path`.

    :raise CommandError: if it does not exist or fails; the message does not quote its error.
    """
    if inspection is None:
        raise CommandError("--config needs Buildbot: run this where the master runs, or use --file")
    inspection.drop_logs()
    try:
        basedir, file = inspection.find(path)
        entries = inspection.execute(basedir, file)
    except ConfigurationError as error:
        raise CommandError(str(error)) from error
    return MasterConfiguration(file, basedir, entries)


async def _secrets_of(
    master: BuildMaster, names: Sequence[str], warn: Callable[[str], None]
) -> list[SecretDetails]:
    providers = master.config.secretsProviders
    hosted = inspection.hosted_by(master)
    managers = [host for host in providers if hasattr(host, "keychain_settings")]
    public = {name for manager in managers for name in manager.keychain_settings.public}
    manager = SecretManager(hosted, reactor=master.reactor)
    if names:
        return [await manager.get(name) for name in names]
    return [
        details
        for provider in hosted
        async for details in _all_secrets(manager, provider, warn)
        if details.key not in public
    ]


async def _rendered(master: BuildMaster, url: object) -> object:
    """Return the database's URL as a master renders it."""
    properties = Properties()
    properties.master = master
    try:
        return await properties.render(url)
    except KeychainError as error:
        raise CommandError(f"cannot look up the db_url: {error}; add --db-url") from error
    except KeyError as error:  # of Buildbot's own renderables
        raise CommandError("no provider holds a secret in the db_url: add --db-url") from error


async def _all_secrets(
    manager: SecretManager,
    provider: Any,  # noqa: ANN401 - anybody's
    warn: Callable[[str], None],
) -> AsyncIterator[SecretDetails]:
    names = _names_in(provider)
    if names is None:
        warn(f"provider {provider.name!r} cannot list its secrets: add --name for those to hide")
        return
    for name in names:
        try:
            details = await manager.get(f"{provider.name}!{name}")
        except SecretNotFound:  # a hidden file or a backup, which is not served
            continue
        except InvalidSecret as error:  # which no build can be given either
            warn(f"secret {name!r} is not hidden: {error}")
            continue
        except KeychainError as error:
            raise CommandError(
                f"cannot read the secret {name!r}: {error}; make it readable, or add --name for "
                "each secret to hide"
            ) from error
        yield SecretDetails(details.source, name, details.value)


def _names_in(provider: Any) -> Iterator[str] | None:  # noqa: ANN401 - anybody's
    """Return the names of the secrets of a provider of files, ours or Buildbot's."""
    ours = getattr(provider, "hosted", provider)
    if isinstance(ours, SecretInAFile):
        return ours.names()
    loaded = getattr(provider, "secrets", None)
    return iter(sorted(loaded)) if isinstance(loaded, dict) else None
