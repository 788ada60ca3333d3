"""`SecretInKubernetes`: keys of Secrets, read from the API with a service account's token.

Each lookup sends one request to the API server; no value is kept. The token is read again for each:
in a pod, the kubelet renews it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from zope.interface import implementer

from buildbot_keychain import utf8
from buildbot_keychain.details import TOKEN, DescribedText, Expiry
from buildbot_keychain.errors import (
    AccessDenied,
    ConfigurationError,
    InvalidSecret,
    ProviderError,
)
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.providers.arguments import (
    SecretArgument,
    bearer_token_problem,
    is_path,
    require,
    require_timeout,
    server_url,
)
from buildbot_keychain.providers.descriptions import DescribesAnswers
from buildbot_keychain.providers.files import SecretDirectory
from buildbot_keychain.providers.http import (
    HttpProvider,
    RequestError,
    ResponseTooLarge,
    TlsArguments,
    TlsFiles,
    UntrustedServer,
    UnusableTlsFiles,
    expiries_of,
)
from buildbot_keychain.providers.kubernetes._api import MAX_RESPONSE_BYTES, read_secret
from buildbot_keychain.providers.kubernetes._names import (
    SecretKey,
    is_namespace_name,
    is_secret_name,
    parse_name,
)
from buildbot_keychain.providers.kubernetes._responses import (
    Forbidden,
    ResponseRejected,
    age_of,
    commands_that_allow,
    not_kubernetes,
    secret_in,
    value_in,
)
from buildbot_keychain.providers.kubernetes._service_account import (
    DIRECTORY,
    account_of,
    life_of,
    server_of_pod,
)
from buildbot_keychain.secretive import secretive

_TLS_ARGUMENTS = TlsArguments(ca="ca_file")


@secretive
@dataclass(frozen=True)
class _Account:
    """What is read from files for a lookup."""

    namespace: str
    token: str = field(repr=False)
    ca: str | None


@implementer(ICanonicalNames)
class SecretInKubernetes(DescribesAnswers, HttpProvider):
    """Looks up keys of the Secrets of one namespace; ``registry/password`` is a key of one.

    What is left out is found as in a pod: the server by the variables ``KUBERNETES_SERVICE_HOST``
    and ``KUBERNETES_SERVICE_PORT``, the rest in the files of the pod's service account.

    :param namespace: the namespace of the Secrets.
    :param secret: a Secret whose keys are looked up by their own names, without ``secret/``.
    :param server: the ``https`` URL of the API server.
    :param token_file: a private file that holds a bearer token.
    :param token: the token itself instead of a file, a `str` or a renderable.
    :param ca_file: the certificates of the server's authority, in PEM: a file, or a directory as
        ``c_rehash`` makes it.
    :param strip: whether line ends at the end of a value are removed, as `SecretInAFile` does with
        a Secret that is mounted.
    :param timeout: seconds that one lookup may take.
    :param name: what configuration and messages call this provider.
    :param reactor: the reactor to connect with; Twisted's by default.

    Its `get` raises `AccessDenied` when the token is not accepted or does not have the right to
    ``get`` Secrets, or when the server's certificate cannot be trusted; `InvalidSecret` when a
    value is not UTF-8; `ProviderUnavailable` when the server cannot be reached or cannot answer
    now, or the service has been stopped; `DeadlineExceeded` when there is no response in time.
    """

    name: str = "SecretInKubernetes"
    kind = "kubernetes"
    max_response_bytes = MAX_RESPONSE_BYTES
    account_directory = DIRECTORY

    def __init__(
        self,
        namespace: str | None = None,
        secret: str | None = None,
        *,
        server: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        token: Any = None,  # noqa: ANN401 - a str or a renderable
        ca_file: str | os.PathLike[str] | None = None,
        strip: bool = True,
        timeout: float = 15.0,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - a reactor
    ) -> None:
        super().__init__(name, reactor)
        if namespace is not None and not is_namespace_name(namespace):
            self.fail_config("namespace", "the name of a namespace", namespace)
        if secret is not None and not is_secret_name(secret):
            self.fail_config("secret", "the name of a Secret", secret)
        for option, path in (("token_file", token_file), ("ca_file", ca_file)):
            if path is not None and not is_path(path):
                self.fail_config(option, "the path of a file", path)
        if token is not None and token_file is not None:
            self.fail_config("token_file", "left out where token is given", token_file)
        self._token = None
        if token is not None:
            self._token = SecretArgument(self.name, "token", token, _token_problem)
        self.deadline = require_timeout(self.name, timeout)
        self.server = self._server_url(server)
        require(self.name, "kubernetes", "OpenSSL", "service_identity")
        self._require_bool("strip", strip)
        self.secret = secret
        self.strip = strip
        self._namespace = namespace
        token_file = os.fspath(token_file or self._file_of_pod("token"))
        self._token_file = os.path.expanduser(token_file)
        self._ca_file = None if ca_file is None else os.path.expanduser(os.fspath(ca_file))

    def check_config(self) -> Iterator[str]:
        """Yield what is wrong with the files. Blocks; no server is asked."""
        for read in (self._read_namespace, self._read_token):
            problem = _problem_of(read)
            if problem is not None:
                yield f"provider {self.name!r}: {problem}"
        try:
            TlsFiles(self._authorities(), arguments=_TLS_ARGUMENTS).load()
        except UnusableTlsFiles as error:
            yield f"provider {self.name!r}: {error.reason}"

    def canonical(self, path: str) -> str | None:
        """Return ``secret/key``, and ``key`` alone where `secret` is the default one."""
        name = parse_name(path, self.secret)
        if name is None:
            return None
        return name.key if name.secret == self.secret else f"{name.secret}/{name.key}"

    async def ask(self, path: str) -> str | None:
        """Send one request, and return the value in its response."""
        name = parse_name(path, self.secret)
        if name is None:
            return None
        token = await self.render_argument(path, self._token)
        account = await self.in_thread(path, partial(self._read_account, path, token))
        self.tls = TlsFiles(account.ca, arguments=_TLS_ARGUMENTS)
        request = read_secret(self.server, account.namespace, name.secret, account.token)
        try:
            secret = secret_in(await self.send(path, request))
            value = None if secret is None else value_in(secret, name.key)
        except Forbidden as error:
            commands = commands_that_allow(account.namespace, account_of(account.token))
            reason = f"{error.reason}; allow it with: {commands}"
            raise AccessDenied(self.name, path, reason) from error
        except ResponseRejected as error:
            raise error.kind(self.name, path, error.reason) from error
        if secret is None or value is None:
            return None
        return DescribedText(self._decode(path, name, value), *age_of(secret))

    def own_expiries(self) -> list[Expiry]:
        """Return when the token and the certificates of the server's authority end. Blocks."""
        found = expiries_of(TlsFiles(self._authorities(), arguments=_TLS_ARGUMENTS))
        life = None if self._token is not None else life_of(self._read_token(""))
        if life is not None:
            begin, end = life
            remedy = "replace the file; in a pod, the kubelet does that"
            found.append(Expiry(TOKEN, self._token_file, end, remedy, end - begin))
        return found

    def request_error(self, path: str, error: RequestError) -> ProviderError:
        """Return the error of a lookup whose request has failed, other than by its deadline."""
        if isinstance(error, UnusableTlsFiles):
            return AccessDenied(self.name, path, error.reason)
        if isinstance(error, UntrustedServer):
            reason = (
                f"{self.server} {error.reason}; set ca_file to the certificates of its authority, "
                "and server to a name in its certificate"
            )
            return AccessDenied(self.name, path, reason)
        if isinstance(error, ResponseTooLarge):
            return ProviderError(self.name, path, not_kubernetes().reason)
        return super().request_error(path, error)

    def _decode(self, path: str, name: SecretKey, value: bytes) -> str:
        text = utf8.decode(value)
        if text is None:
            reason = (
                f"key {name.key!r} of the Secret {name.secret!r} is not UTF-8 text; "
                "store it in base64"
            )
            raise InvalidSecret(self.name, path, reason)
        return text.rstrip("\r\n") if self.strip else text

    def _read_account(self, path: str, token: str | None) -> _Account:
        """Read what a lookup needs of the files; `token` is the one that was rendered."""
        return _Account(
            self._read_namespace(path),
            self._read_token(path) if token is None else token.strip(),
            self._authorities(),
        )

    def _authorities(self) -> str | None:
        return self._ca_file or _existing(self._file_of_pod("ca.crt"))

    def _read_namespace(self, path: str) -> str:
        if self._namespace is not None:
            return self._namespace
        return self._read(path, self._file_of_pod("namespace"), "namespace")

    def _read_token(self, path: str) -> str:
        if self._token is not None:
            return ""
        token = self._read(path, self._token_file, "token_file")
        problem = bearer_token_problem(token)
        if problem:
            reason = f"the token in {self._token_file} {problem}"
            raise AccessDenied(self.name, path, reason)
        return token

    def _read(self, path: str, file: str, option: str) -> str:
        directory, base = os.path.split(os.path.abspath(file))
        content = None
        if os.path.isdir(directory):
            content = SecretDirectory(directory, self.name, path).content(base)
        if content is None:
            raise AccessDenied(self.name, path, f"{file} does not exist; create it or set {option}")
        return content.decode("utf-8", "replace").strip()

    def _file_of_pod(self, name: str) -> str:
        return os.path.join(self.account_directory, name)

    def _server_url(self, server: object) -> str:
        if server is None:
            server = server_of_pod(os.environ)
        if server is None:
            msg = (
                f"{self.name}: server must be given outside of a pod, where the variable "
                "KUBERNETES_SERVICE_HOST is not set; pass the https:// URL of the API server"
            )
            raise ConfigurationError(msg)
        parts = server_url(server)
        if parts is None or parts.scheme != "https":
            # It may hold a password by mistake, so it is not quoted.
            msg = (
                f"{self.name}: server must be a URL such as 'https://k8s.example.org:6443', "
                "without a user and a query"
            )
            raise ConfigurationError(msg)
        return str(server)


def _problem_of(read: Callable[[str], str]) -> str | None:
    try:
        read("")
    except ProviderError as error:
        return error.reason
    return None


def _token_problem(text: str) -> str:
    # What is rendered may be the content of a file, which ends with a line.
    return bearer_token_problem(text.strip())


def _existing(path: str) -> str | None:
    return path if os.path.exists(path) else None
