"""Requests to the servers of one Vault.

The rule: nothing else in this package talks to a network. A request is data (`ApiRequest`), which
hvac builds (`VaultApi`); `VaultServers` sends it to one of several servers and returns the JSON
object of the answer.

The theory: each lookup has a `RequestContext`: its deadline, and the words of its errors. Below
it an attempt that gets no response is a ``RequestError`` of ``providers.http``; a refusal is a
`VaultRefused`, of which some are temporary. Only what is certainly undone, or may be done twice, is
tried again. Final refusals go to the caller, who knows what they mean; everything else becomes an
error of the context.

The plan: `_request_context`, `_addresses` and `_responses` are pure; `_api` builds requests,
`_servers` sends them.
"""

from __future__ import annotations

from buildbot_keychain.providers.vault.transport._addresses import Address, parse_addresses
from buildbot_keychain.providers.vault.transport._api import ApiRequest
from buildbot_keychain.providers.vault.transport._request_context import RequestContext
from buildbot_keychain.providers.vault.transport._responses import VaultRefusal, VaultRefused
from buildbot_keychain.providers.vault.transport._servers import VaultServers

__all__ = [
    "Address",
    "ApiRequest",
    "RequestContext",
    "VaultRefusal",
    "VaultRefused",
    "VaultServers",
    "parse_addresses",
]
