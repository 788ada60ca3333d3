"""hvac, behind one module: a client for one thread and one address that speaks our words.

`client_of` gives an ``hvac.Client`` of which every method works as documented, with these
differences:

* each request goes through a `Channel`: its deadline, its connections, no redirect followed;
* what goes wrong is a `Trouble`, without a word of the response, which hvac's own errors hold;
* a response without content is an empty dict, never a response object;
* nothing is read from ``VAULT_*`` or ``~/.vault-token``.

hvac and its token are not to be shared between threads.
"""

from __future__ import annotations

import json as json_format
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from buildbot_keychain.providers.vault.transport._addresses import Address
from buildbot_keychain.providers.vault.transport._channel import Channel
from buildbot_keychain.providers.vault.transport._responses import answer_of

_PATHS = "/v1/"


def client_of(address: Address, channel: Channel, namespace: str | None) -> Any:  # noqa: ANN401
    """Give an ``hvac.Client`` without a token, for the thread that `channel` belongs to."""
    import hvac  # noqa: PLC0415 - not before it is needed
    import hvac.adapters  # noqa: PLC0415 - the same

    class ChannelAdapter(_Sending, hvac.adapters.Adapter):  # type: ignore[misc] # has no types
        """Sends what hvac wants sent."""

    return hvac.Client(
        url=str(address),
        # Not None, which would have it look into the environment.
        token="",
        verify=True,
        session=channel,
        namespace=namespace,
        allow_redirects=False,
        adapter=partial(_made, ChannelAdapter, address),
    )


def _made(kind: Any, address: Address, **arguments: object) -> Any:  # noqa: ANN401 - hvac's
    adapter = kind(**arguments)
    adapter.address = address
    return adapter


class _Sending:
    """What is ours of an adapter of hvac: sends requests through a `Channel`."""

    address: Address
    token: str
    namespace: str | None
    session: Channel

    def get_login_token(self, response: Mapping[str, Any]) -> str:
        """Give the token of a login's answer."""
        return str(response["auth"]["client_token"])

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        raise_exception: bool = True,  # noqa: ARG002, FBT001, FBT002 - hvac's
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,  # noqa: ANN401 - anything
        wrap_ttl: str | None = None,
        **_: object,
    ) -> dict[str, Any]:
        """Send a request and give what `answer_of` makes of the response.

        :raise Trouble: when there is no answer.
        """
        sent = {"X-Vault-Request": "true", "Accept": "application/json", **(headers or {})}
        if self.token:
            sent["X-Vault-Token"] = self.token
        if self.namespace:
            sent["X-Vault-Namespace"] = self.namespace
        if wrap_ttl:
            sent["X-Vault-Wrap-TTL"] = wrap_ttl
        query = dict(params or {})
        if method.lower() == "list":
            # Proxies know no LIST.
            method, query = "get", {**query, "list": "true"}
        body = b""
        if json is not None:
            sent["Content-Type"] = "application/json"
            body = json_format.dumps(json).encode()
        target = "/" + url.lstrip("/")
        if query:
            target += f"?{urlencode(query)}"
        response = self.session.request(self.address, method.upper(), target, sent, body)
        path = target.removeprefix(_PATHS)
        return answer_of(path, response.status, response.headers, response.body)
