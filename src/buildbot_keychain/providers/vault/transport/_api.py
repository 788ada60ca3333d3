"""`VaultApi`: the requests of Vault's API as data, built by hvac, which this module alone imports.

hvac knows the API: paths, parameters, and how they are quoted. It would also send, by ``requests``:
with a token, addresses, proxies and certificates from the environment, in the caller's thread. So
it has an adapter here that sends nothing: each method of `VaultApi.hvac` returns the `ApiRequest`
that it would have sent, and `VaultServers` sends that::

    request = api.hvac.secrets.kv.v2.read_secret_version("team/app", mount_point="secret")
    answer = await servers.send(context, request, token)

What hvac has no method for is built with ``api.hvac.adapter.get(path)`` and its other verbs.
"""

from __future__ import annotations

import json as json_format
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote as url_quote
from urllib.parse import unquote, urlencode

from buildbot_keychain.secretive import secretive

_PREFIX = "/v1/"
# What hvac has quoted stays as it is.
_QUOTED = "/%"


@secretive
@dataclass(frozen=True)
class ApiRequest:
    """One request of the API, without the server that it goes to and without a token.

    :param method: the HTTP method.
    :param target: the quoted path and query, which begin with ``/v1/``.
    :param headers: those of this request.
    :param body: its content; may hold secrets.
    """

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The path below ``/v1/``, not quoted: what a policy has to allow."""
        return unquote(self.target.partition("?")[0].removeprefix(_PREFIX))


class VaultApi:
    """Builds requests.

    :param namespace: the namespace that every path is in, if there is one.
    """

    def __init__(self, namespace: str | None) -> None:
        self._namespace = namespace

    @cached_property
    def hvac(self) -> Any:  # noqa: ANN401 - hvac has no types
        """An ``hvac.Client`` whose methods return requests.

        The first use imports hvac, which takes a few tenths of a second.
        """
        import hvac  # noqa: PLC0415 - not before it is needed
        import hvac.adapters  # noqa: PLC0415 - the same

        class RequestAdapter(_RequestAdapter, hvac.adapters.Adapter):  # type: ignore[misc] # no types
            """An adapter of hvac that returns each request."""

        return hvac.Client(
            # Not None, which would make it look into the environment.
            url="http://unused.invalid",
            token="",
            verify=True,
            session=_NoSession(),
            namespace=self._namespace,
            adapter=RequestAdapter,
        )


class _NoSession:
    """Stands in for the session of ``requests`` that hvac would make and configure."""

    verify = cert = proxies = None


class _RequestAdapter:
    """What differs from an adapter of hvac's own."""

    namespace: str | None

    def get_login_token(self, request: ApiRequest) -> str:
        """Raise: hvac must never take a token from a login."""
        raise NotImplementedError(request.path)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        raise_exception: bool = True,  # noqa: ARG002, FBT001, FBT002 - hvac's
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,  # noqa: ANN401 - anything
        **_: object,
    ) -> ApiRequest:
        """Return the request, in place of a response."""
        all_headers = {"X-Vault-Request": "true", "Accept": "application/json", **(headers or {})}
        if self.namespace:
            all_headers["X-Vault-Namespace"] = self.namespace
        body = b""
        if json is not None:
            all_headers["Content-Type"] = "application/json"
            body = json_format.dumps(json).encode()
        target = "/" + url_quote(url.lstrip("/"), safe=_QUOTED)
        if params:
            target += f"?{urlencode(params)}"
        return ApiRequest(method.upper(), target, all_headers, body)
