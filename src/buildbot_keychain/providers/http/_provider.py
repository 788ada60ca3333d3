"""`SecretInHTTP`: secrets that a server of one's own gives as JSON, for a token or a certificate.

The server answers 404 for what it does not hold, and anything but 200 is trouble. No redirect is
followed: the token goes to the configured server and to no other. Certificates are verified, and
plain ``http://`` is for this machine alone unless it is allowed. Nothing is kept between lookups
but connections.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from buildbot_keychain.errors import (
    AccessDenied,
    InvalidSecret,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.interfaces import IRenderable
from buildbot_keychain.providers.arguments import (
    LONGEST_TIMEOUT,
    is_path,
    is_timeout,
    no_text,
    require,
)
from buildbot_keychain.providers.files import MAX_SIZE, secret_content
from buildbot_keychain.providers.formats import Malformed, parse_json
from buildbot_keychain.providers.http._messages import Request, RequestError, UnusableTlsFiles
from buildbot_keychain.providers.http._service import HttpProvider
from buildbot_keychain.providers.http._tls import TlsFiles, read_file
from buildbot_keychain.providers.http._url_template import UrlTemplate

_TOKEN = re.compile(r"[\x21-\x7e]+")
_UNWELL = {408, 425, 429, 500, 502, 503, 504}
_REFUSES = {401, 403}


class SecretInHTTP(HttpProvider):
    """Serves what a server answers to GET requests.

    :param url: with one ``{path}`` in its path or its query, where the secret's name goes.
    :param token: sent as a bearer token (RFC 6750); may be a renderable.
    :param field: the name in the answer's JSON object that the value has; ``/`` goes down into
        nested ones. ``None`` where the answer is the value: a JSON string. A lookup of
        ``path|field`` takes another one.
    :param certificate: the path of a client certificate in PEM, for mutual TLS, with those that it
        was signed by behind it.
    :param key: the path of its private key in PEM, not encrypted, and private as the files of
        `SecretInAFile` are; by default it is in the file `certificate`.
    :param ca: the path of the certificates, in PEM, that the server's must be signed by; those of
        the system by default.
    :param allow_http: whether ``http://`` may go to other machines than this one.
    :param timeout: seconds that one lookup may take.
    :param name: what configuration and messages call this provider.
    :param reactor: what connects; Twisted's by default.

    Its `get` raises `AccessDenied` when the server refuses (401, 403), or other users can read the
    key; `InvalidSecret` when the answer holds no such text; `ProviderUnavailable` when the server
    cannot be reached or is not well (429, 5xx), or the service has been stopped; `DeadlineExceeded`
    when it does not answer in time; `ProviderError` for any other answer but 200 and 404.
    """

    name: str = "SecretInHTTP"
    kind = "http"
    max_response_bytes = MAX_SIZE

    def __init__(
        self,
        url: str,
        token: object = None,
        field: str | None = "value",
        *,
        certificate: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        ca: str | os.PathLike[str] | None = None,
        allow_http: bool = False,
        timeout: float = 20.0,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - a reactor
    ) -> None:
        super().__init__(name, reactor)
        self.url = self._checked_url(url, allow_http)
        if not (token is None or IRenderable.providedBy(token) or _is_token(token)):
            wanted = "a str of visible ASCII characters, or a renderable of buildbot_keychain"
            self.fail_config("token", wanted, type(token))
        if field is not None and (not isinstance(field, str) or not field):
            self.fail_config("field", "a str that is not empty, or None", field)
        for option, path in (("certificate", certificate), ("key", key), ("ca", ca)):
            if path is not None and not is_path(path):
                self.fail_config(option, "the path of a file", path)
        if key is not None and certificate is None:
            self.fail_config("certificate", "given where key is", certificate)
        if not is_timeout(timeout):
            self.fail_config("timeout", f"seconds, at most {LONGEST_TIMEOUT:g}", timeout)
        require(self.name, "http", "OpenSSL", "service_identity")
        self.field = field
        self.deadline = float(timeout)
        self._token = token
        self.tls = TlsFiles(
            ca=None if ca is None else os.fspath(ca),
            certificate=None if certificate is None else os.fspath(certificate),
            key=None if key is None else os.fspath(key),
            read=self._read_tls_file,
        )

    def timeout_hint(self) -> str:
        """Say what did not answer."""
        return f"is {self.url.server} alive?"

    def check_config(self) -> Iterator[str]:
        """Say, blocking, what is wrong with files of certificates; the server is not asked."""
        try:
            self.tls.load()
        except ProviderError as error:
            yield f"provider {self.name!r}: {error.reason}"
        except ValueError as error:
            yield f"provider {self.name!r}: {error}; correct it"

    async def ask(self, path: str) -> str | None:
        name, mark, field = path.partition("|")
        url = self.url.url_of(name)
        if url is None:
            return None
        headers = {"Accept": "application/json", **await self._authorization(path)}
        try:
            answer = await self.send(path, Request("GET", url, headers))
        except UnusableTlsFiles as error:
            raise AccessDenied(self.name, path, f"{error.reason}; correct it") from error
        except RequestError as error:
            reason = f"{self.url.server} {error.reason}"
            raise ProviderUnavailable(self.name, path, reason) from error
        except ProviderError as error:
            raise type(error)(self.name, path, error.reason) from error
        if answer.status == 404:  # noqa: PLR2004 - Not Found
            return None
        if answer.status != 200:  # noqa: PLR2004 - OK
            raise self._refusal(path, answer.status)
        document = self._parsed(path, answer.body)
        return self._asked_field(path, document, field) if mark else self._value(path, document)

    def _refusal(self, path: str, status: int) -> ProviderError:
        said = f"{self.url.server} answered {status}"
        if status in _REFUSES:
            reason = f"{said}; is the token or the certificate right, and may it read this?"
            return AccessDenied(self.name, path, reason)
        if status in _UNWELL:
            return ProviderUnavailable(self.name, path, f"{said}; see its log")
        if 300 <= status < 400:  # noqa: PLR2004 - Redirection
            said += ", which leads elsewhere and is not followed"
        return ProviderError(self.name, path, f"{said}; correct url")

    def _parsed(self, path: str, body: bytes) -> object:
        text = body.decode("utf-8", "replace")
        problem = "it is not UTF-8 text"
        if text.encode("utf-8") == body:
            try:
                return parse_json(text)
            except Malformed as error:
                problem = str(error)
        reason = f"the answer of {self.url.server} is not understood: {problem}; see its log"
        raise InvalidSecret(self.name, path, reason)

    def _value(self, path: str, document: object) -> str:
        value = document if self.field is None else _member(document, self.field)
        if isinstance(value, str):
            return value
        what = "no such text" if self.field is None else f"no text called {self.field!r}"
        reason = f"the answer of {self.url.server} holds {what}; correct field"
        raise InvalidSecret(self.name, path, reason)

    def _asked_field(self, path: str, document: object, field: str) -> str | None:
        value = _member(document, field)
        if value is None or isinstance(value, str):
            return value
        reason = f"the answer of {self.url.server} holds something else than a text there"
        raise InvalidSecret(self.name, path, reason)

    async def _authorization(self, path: str) -> dict[str, str]:
        token = await self.rendered(path, "token", self._token, _no_token)
        return {} if token is None else {"Authorization": f"Bearer {token}"}

    def _read_tls_file(self, argument: str, file: str) -> bytes:
        if argument == "key":
            return secret_content(file, argument, self.name, "")
        try:
            return read_file(argument, file)
        except ValueError as error:
            reason = f"{error}; create it or correct {argument}"
            raise ProviderUnavailable(self.name, "", reason) from error

    def _checked_url(self, url: object, allow_http: object) -> UrlTemplate:
        if not isinstance(allow_http, bool):
            self.fail_config("allow_http", "True or False", allow_http)
        wanted = "https://, as http:// is read by whoever is on the way, or go with allow_http=True"
        try:
            template = UrlTemplate(url)
        except ValueError as error:
            wanted = str(error)
        else:
            if template.is_private or allow_http:
                return template
        # What it is may hold a secret by mistake.
        return self.fail_config("url", wanted, type(url))


def _is_token(token: object) -> bool:
    return isinstance(token, str) and _TOKEN.fullmatch(token) is not None


def _no_token(rendered: object) -> str:
    odd = "renders to something else than visible ASCII characters; correct it"
    return no_text(rendered) or ("" if _is_token(rendered) else odd)


def _member(document: object, field: str) -> object:
    """Give what is called `field` in nested objects; ``None`` where there is no such thing."""
    for name in field.split("/"):
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document
