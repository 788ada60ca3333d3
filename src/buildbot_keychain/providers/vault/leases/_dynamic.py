"""Reads a dynamic secret: what an engine other than KV makes when it is asked.

It is made for the scope of who asks, a build or all services, with a token of that scope, and ends
with it.
"""

from __future__ import annotations

from buildbot_keychain.details import Requester
from buildbot_keychain.providers.vault.leases._scopes import Scopes
from buildbot_keychain.providers.vault.secrets._dynamic_names import dynamic_name
from buildbot_keychain.providers.vault.secrets._mounts import Mount
from buildbot_keychain.providers.vault.secrets._names import EntryName
from buildbot_keychain.providers.vault.transport._request_context import Lookup


async def read_dynamic(
    scopes: Scopes, mount: Mount, name: EntryName, requester: Requester | None, lookup: Lookup
) -> str:
    """Give the field that `name`, below `mount`, asks for.

    :raise AccessDenied: when who asks may not have it.
    :raise ProviderError: when the engine does not make it, or it has no such field.
    """
    problem = None
    try:
        wanted = dynamic_name(mount, name)
    except ValueError as error:
        problem = str(error)
    if problem is not None:
        raise lookup.failed(problem)
    if requester is not None and requester.kind == "build" and requester.scope is None:
        raise lookup.failed("a build is given dynamic secrets when it has begun, and not before")
    lease = await scopes.of(requester).lease(wanted, lookup)
    return lease.text(wanted, lookup)
