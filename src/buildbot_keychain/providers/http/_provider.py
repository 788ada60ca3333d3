"""`SecretInHTTP`: secrets that an HTTP server returns as JSON or as plain text.

The server answers 404 for a secret that it does not hold; any status but that and 200 is an error.
Redirects are not followed: the token goes to the configured server and to no other. Certificates
are verified, and plain ``http://`` is for this machine alone unless it is allowed. Between lookups,
only connections are kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from zope.interface import implementer

from buildbot_keychain import utf8
from buildbot_keychain.details import DescribedText
from buildbot_keychain.errors import ConfigurationError, InvalidSecret
from buildbot_keychain.formats import (
    NUMBERS,
    FieldError,
    Malformed,
    field_text,
    parse_json,
)
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.providers.arguments import (
    SecretArgument,
    bearer_token_problem,
    is_path,
    require,
    require_server_url,
    require_timeout,
)
from buildbot_keychain.providers.descriptions import DescribesAnswers
from buildbot_keychain.providers.http._headers import header_arguments
from buildbot_keychain.providers.http._messages import Request, UnusableTlsFiles
from buildbot_keychain.providers.http._service import HttpProvider
from buildbot_keychain.providers.http._tls import TlsFiles
from buildbot_keychain.providers.http._url_template import UrlTemplate
from buildbot_keychain.times import http_date

_OK, _NOT_FOUND = 200, 404


@implementer(ICanonicalNames)
class SecretInHTTP(DescribesAnswers, HttpProvider):
    """Looks up secrets with GET requests.

    :param url: a URL with one ``{path}``, in its path or its query, for the secret's name;
        ``http+unix://%2Frun%2Fsecrets.sock/v1/{path}`` is of a server on a Unix socket.
    :param token: sent as a bearer token (RFC 6750); a `str` or a renderable.
    :param field: the name of the value in the JSON object that the server returns; ``/`` descends
        into nested objects. ``None`` where the whole response is the value, a JSON string. A
        lookup of ``path|field`` takes another field.
    :param headers: sent with each request, by name: a `str` or a renderable each.
    :param plain: whether the response is the value itself, as text, without the line ends at its
        end; then there are no fields.
    :param numbers: ``"error"``, or ``"text"`` for fields that are numbers, as they are written.
    :param certificate: the path of a client certificate in PEM, for mutual TLS, followed by the
        certificates that it was signed by.
    :param key: the path of its private key in PEM, not encrypted, and private as the files of
        `SecretInAFile` are; by default it is in the file `certificate`.
    :param ca: the path of the certificates, in PEM, that the server's must be signed by, or of a
        directory of them as ``c_rehash`` makes it; those of the system by default.
    :param strip: whether line ends at the end of a value are removed.
    :param allow_http: whether ``http://`` may go to other machines than this one.
    :param timeout: seconds that one lookup may take.
    :param name: what configuration and messages call this provider.
    :param reactor: the reactor to connect with; Twisted's by default.

    Its `get` raises `AccessDenied` when the server denies access (401, 403), or other users can
    read the key; `InvalidSecret` when the response does not hold such a text;
    `ProviderUnavailable` when the server cannot be reached or cannot answer now (429, 5xx), or the
    service has been stopped; `DeadlineExceeded` when there is no response in time; `ProviderError`
    for any other status than 200 and 404.
    """

    name: str = "SecretInHTTP"
    kind = "http"

    def __init__(
        self,
        url: str,
        token: object = None,
        field: str | None = "value",
        *,
        headers: Mapping[str, object] | None = None,
        plain: bool = False,
        numbers: str = "error",
        strip: bool = True,
        certificate: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        ca: str | os.PathLike[str] | None = None,
        allow_http: bool = False,
        timeout: float = 20.0,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - a reactor
    ) -> None:
        super().__init__(name, reactor)
        self.url = self._url_template(url)
        self.server = self.url.server
        if not self.url.is_socket:
            self.server = require_server_url(self.name, "url", self.server, allow_http)
        if field is not None and (not isinstance(field, str) or not field):
            self.fail_config("field", "a str that is not empty, or None", field)
        for option, path in (("certificate", certificate), ("key", key), ("ca", ca)):
            if path is not None and not is_path(path):
                self.fail_config(option, "the path of a file", path)
        if key is not None and certificate is None:
            self.fail_config("certificate", "the path of a file where key is one", certificate)
        self.deadline = require_timeout(self.name, timeout)
        require(self.name, "http", "OpenSSL", "service_identity")
        self.field = field
        for option, flag in (("plain", plain), ("strip", strip), ("allow_http", allow_http)):
            self._require_bool(option, flag)
        self._require_one_of("numbers", NUMBERS, numbers)
        self.plain = plain
        self.numbers = numbers
        self.strip = strip
        self._headers = header_arguments(self.name, headers or {}, token=token is not None)
        self._token = None
        if token is not None:
            self._token = SecretArgument(self.name, "token", token, bearer_token_problem)
        self.tls = TlsFiles(
            ca=None if ca is None else os.fspath(ca),
            certificate=None if certificate is None else os.fspath(certificate),
            key=None if key is None else os.fspath(key),
        )

    def check_config(self) -> Iterator[str]:
        """Yield what is wrong with the files of certificates. Blocks; no server is asked."""
        try:
            self.tls.load()
        except UnusableTlsFiles as error:
            yield f"provider {self.name!r}: {error.reason}"

    def canonical(self, path: str) -> str | None:
        """Return the name without a field; the server is taken to tell all others apart."""
        name, _, _ = path.partition("|")
        return None if self.url.url_of(name) is None else name

    async def ask(self, path: str) -> str | None:
        """Send one request, and return the value in its response."""
        name, separator, field = path.partition("|")
        url = self.url.url_of(name)
        if url is None:
            return None
        headers = {"Accept": "*/*" if self.plain else "application/json"}
        for header, argument in self._headers.items():
            headers[header] = await self.render_argument(path, argument)
        token = await self.render_argument(path, self._token)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        response = await self.send(path, Request("GET", url, headers))
        if response.status == _NOT_FOUND:
            return None
        if response.status != _OK:
            raise self.status_error(path, response.status)
        value = self._value(path, response.body, field if separator else None)
        if value is None:
            return None
        # RFC 9110: of which version the response is, and when that was made.
        version, created = response.headers.get("etag"), response.headers.get("last-modified")
        value = value.rstrip("\r\n") if self.strip else value
        return DescribedText(value, version, http_date(created))

    def _value(self, path: str, body: bytes, field: str | None) -> str | None:
        """Return the value in a response; that of `field`, if one was asked for."""
        if self.plain:
            if field is not None:
                raise self._invalid(path, "is plain text, which has no fields; leave out the '|'")
            return self._text(path, body)
        document = self._document(path, body)
        if field is not None:
            return self._requested_field(path, document, field)
        return self._configured_field(path, document)

    def _text(self, path: str, body: bytes) -> str:
        text = utf8.decode(body)
        if text is None:
            raise self._invalid(path, "is not UTF-8 text; see the server's log")
        return text

    def _document(self, path: str, body: bytes) -> object:
        try:
            return parse_json(self._text(path, body))
        except Malformed as error:
            reason = f"is not valid: {error}; see the server's log"
            raise self._invalid(path, reason) from error

    def _configured_field(self, path: str, document: object) -> str:
        if self.field is None:
            if isinstance(document, str):
                return document
            problem = "is not a JSON string; set field to the name of the value, or plain=True"
            raise self._invalid(path, problem)
        try:
            value = field_text(document, self.field, numbers=self.numbers)
        except FieldError as error:
            raise self._invalid(path, f"holds in its field {self.field!r} {error}") from error
        if value is None:
            raise self._invalid(path, f"has no text in the field {self.field!r}; correct field")
        return value

    def _requested_field(self, path: str, document: object, field: str) -> str | None:
        try:
            return field_text(document, field, numbers=self.numbers)
        except FieldError as error:
            raise self._invalid(path, f"holds in that field {error}") from error

    def _invalid(self, path: str, problem: str) -> InvalidSecret:
        return InvalidSecret(self.name, path, f"the server's response {problem}")

    def _url_template(self, url: object) -> UrlTemplate:
        try:
            return UrlTemplate(url)
        except ValueError as error:
            # The URL may hold a password by mistake, so it is not quoted.
            raise ConfigurationError(f"{self.name}: url {error}") from error
