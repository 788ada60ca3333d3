"""`SecretInKubernetes`: keys of Secrets, read from the API with a service account's token.

Each lookup asks the API server, in a thread; nothing is kept. The token is read anew each time: in
a pod the kubelet renews it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from buildbot_keychain.errors import AccessDenied, InvalidSecret, ProviderError
from buildbot_keychain.providers.arguments import (
    LONGEST_TIMEOUT,
    RenderedArguments,
    is_path,
    is_timeout,
    server_url,
)
from buildbot_keychain.providers.files import SecretDirectory
from buildbot_keychain.providers.kubernetes.answers import Refusal, Request, account_of
from buildbot_keychain.providers.kubernetes.api import read_secret
from buildbot_keychain.providers.kubernetes.names import (
    SecretKey,
    may_be_a_namespace,
    may_be_a_secret,
    secret_key,
)
from buildbot_keychain.providers.service import BlockingProvider

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
"""A pod's service account (Kubernetes documentation, "Accessing the Kubernetes API from a Pod")."""

_TOKEN = re.compile(r"[\x21-\x7e]+", re.ASCII)


class SecretInKubernetes(RenderedArguments, BlockingProvider):
    """Serves the keys of the Secrets of one namespace; ``registry/password`` is a key of one.

    All that is left out is found as in a pod: the server by the environment's
    ``KUBERNETES_SERVICE_HOST`` and ``KUBERNETES_SERVICE_PORT``, the rest in `ACCOUNT`.

    :param namespace: the namespace of the Secrets.
    :param secret: a Secret whose keys are served under their own names, without ``secret/``.
    :param server: the ``https`` URL of the API server.
    :param token_file: a private file that holds a bearer token.
    :param token: in place of a file: the token, a `str` or a renderable.
    :param ca_file: the certificates of the server's authority, in PEM.
    :param timeout: seconds that one lookup may take.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when the token is refused, lacks the right to ``get`` secrets,
    or the server's certificate is not trusted; `InvalidSecret` when a value is not UTF-8;
    `ProviderUnavailable` and `DeadlineExceeded` when the server cannot be reached or does not
    answer in time.
    """

    name: str = "SecretInKubernetes"
    kind = "kubernetes"

    def __init__(
        self,
        namespace: str | None = None,
        secret: str | None = None,
        *,
        server: str | None = None,
        token_file: str | os.PathLike[str] | None = None,
        token: Any = None,  # noqa: ANN401 - a str or a renderable
        ca_file: str | os.PathLike[str] | None = None,
        timeout: float = 15.0,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        if namespace is not None and not (
            isinstance(namespace, str) and may_be_a_namespace(namespace)
        ):
            self.fail_config("namespace", "the name of a namespace", namespace)
        if secret is not None and not (isinstance(secret, str) and may_be_a_secret(secret)):
            self.fail_config("secret", "the name of a Secret", secret)
        for option, path in (("token_file", token_file), ("ca_file", ca_file)):
            if path is not None and not is_path(path):
                self.fail_config(option, "the path of a file", path)
        if token is not None and token_file is not None:
            self.fail_config("token_file", "left out where token is given", token_file)
        if isinstance(token, (bytes, str)) and not (isinstance(token, str) and _is_token(token)):
            self.fail_config("token", "a bearer token, or a renderable", type(token))
        if not is_timeout(timeout):
            self.fail_config("timeout", f"seconds, at most {LONGEST_TIMEOUT:g}", timeout)
        url = _in_pod() if server is None else server
        if url is None or not _is_server(url):
            pod = "" if server else "; this is no pod, whose environment tells it"
            self.fail_config("server", f"the https:// URL of the API server{pod}", server)
        self.server = url
        self.secret = secret
        self.deadline = float(timeout)
        self._namespace = namespace
        self._token = token
        self._token_file = os.fspath(token_file or os.path.join(ACCOUNT, "token"))
        self._ca_file = None if ca_file is None else os.fspath(ca_file)

    async def look_up(self, path: str) -> str | None:
        """Render the token, and ask in a thread."""
        name = secret_key(path, self.secret)
        if name is None:
            return None
        token = await self.rendered(path, "token", self._token)
        asking = self.in_thread(path, partial(self._ask, path, name, token))
        token = None
        answer = await asking
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    def check_config(self) -> Iterator[str]:
        """Say, without asking the server, what of the token and the namespace is missing."""
        for lacking in (self._lacks(self._own_namespace), self._lacks(self._own_token)):
            if lacking is not None:
                yield f"provider {self.name!r}: {lacking}"

    def timeout_hint(self) -> str:
        """Say what did not answer."""
        return f"is {self.server} reachable from here?"

    def _ask(self, path: str, name: SecretKey, token: str | None) -> str | ProviderError | None:
        """Give the value, or the error to raise where no frame holds one."""
        try:
            namespace = self._own_namespace(path)
            bearer = self._own_token(path) if token is None else token.strip()
        except ProviderError as error:
            return error.with_traceback(None)
        if not _is_token(bearer):
            where = self._token_file if token is None else "token"
            return AccessDenied(self.name, path, f"{where} holds no bearer token; correct it")
        request = Request(namespace, name.secret, name.key, account_of(bearer))
        ca_file = self._ca_file or _existing(os.path.join(ACCOUNT, "ca.crt"))
        answer = read_secret(self.server, ca_file, bearer, request, self.deadline)
        if isinstance(answer, Refusal):
            return answer.kind(self.name, path, answer.reason) if answer.kind else None
        text = answer.content.decode("utf-8", "replace")
        if text.encode() == answer.content:
            return text
        reason = f"key {name.key!r} of the Secret {name.secret!r} is not UTF-8; store it in base64"
        return InvalidSecret(self.name, path, reason)

    def _own_token(self, path: str) -> str:
        if self._token is not None:
            return ""
        return self._file(path, self._token_file, "token_file").strip()

    def _own_namespace(self, path: str) -> str:
        if self._namespace is not None:
            return self._namespace
        return self._file(path, os.path.join(ACCOUNT, "namespace"), "namespace").strip()

    def _lacks(self, find: Callable[[str], str]) -> str | None:
        try:
            find("")
        except ProviderError as error:
            return error.reason
        return None

    def _file(self, path: str, file: str, option: str) -> str:
        directory, base = os.path.split(os.path.abspath(file))
        content = None
        if os.path.isdir(directory):
            content = SecretDirectory(directory, self.name, path).content(base)
        if content is None:
            raise AccessDenied(self.name, path, f"{file} is not there; create it or set {option}")
        return content.decode("utf-8", "replace")


def _in_pod() -> str | None:
    """Give the server's URL as a pod's environment has it."""
    host, port = (os.environ.get(f"KUBERNETES_SERVICE_{what}") for what in ("HOST", "PORT"))
    if not host:
        return None
    return f"https://{f'[{host}]' if ':' in host else host}:{port or 443}"


def _existing(path: str) -> str | None:
    return path if os.path.exists(path) else None


def _is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def _is_server(url: object) -> bool:
    parts = server_url(url)
    return parts is not None and parts.scheme == "https"
