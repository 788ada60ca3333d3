"""When tokens and leases are renewed.

The rule: nothing here sends a request, or knows what is renewed.

The theory: a `Term` is how long a token or a lease lives. An owner (a provider, a scope) keeps its
terms in one `Renewals`, each with the function that renews it; one timer calls the next that is
due. When something is renewed is decided here; the request is in ``auth._provider_token`` for the
provider's token, in ``scopes._scope`` for the token of a build or of services, and in
``scopes._leases`` for a lease.

The plan: `_term` is pure; `_renewals` has the timer.
"""

from __future__ import annotations

from buildbot_keychain.providers.vault.renewal._renewals import CannotBeRenewed, Renewals
from buildbot_keychain.providers.vault.renewal._term import Term, parse_seconds

__all__ = ["CannotBeRenewed", "Renewals", "Term", "parse_seconds"]
