"""What stands between lookups and the providers, so that load and faults are contained.

Theory: a wrapper does one thing. It has ``ask(query, behind)``: it may answer by itself, or ask
what is behind it, the next wrapper or the provider in the end. It knows neither its neighbours nor
the provider, so each can be tested alone, on the clock of a test. `Wrappers` puts them together.

Invariants:

1. The policy has decided before any of this is asked: nothing here knows who asks, but for what the
   provider itself says that its answers depend on (`Query.shared_by`).
2. A query for which that is unknown shares nothing: no question, no answer, no absence.
3. Errors are never kept. What a provider says, other than that it is unavailable, ends what was
   kept as its last answer.
4. Only unavailability counts against a provider, and that it was not asked does not.
5. All that waits here ends: by an answer, by its own deadline or because it is cancelled.

`_queries`     what a provider is asked, and who shares the answer
`_settings`    `Resilience`, what the configuration says
`_flights`     one question for all who ask the same
`_caches`      answers are kept
`_stale`       the last answer is given while a provider is unavailable
`_kept`        where both keep them
`_breakers`    a provider that is unavailable is not asked for a while
`_limits`      how many questions at once, and in a second
`_deadlines`   how long an answer may take
`_state`       what is counted
`_wrappers`    puts them together
"""

from __future__ import annotations

from buildbot_keychain.resilience._breakers import STATES
from buildbot_keychain.resilience._caches import ABSENT
from buildbot_keychain.resilience._deadlines import no_answer
from buildbot_keychain.resilience._queries import Query, shared_by
from buildbot_keychain.resilience._settings import (
    DEFAULT,
    Resilience,
    checked,
    checked_deadline,
)
from buildbot_keychain.resilience._stale import LastAnswer
from buildbot_keychain.resilience._state import BUCKETS, ProviderState
from buildbot_keychain.resilience._wrappers import AllWrappers, Wrappers

__all__ = [
    "ABSENT",
    "BUCKETS",
    "DEFAULT",
    "STATES",
    "AllWrappers",
    "LastAnswer",
    "ProviderState",
    "Query",
    "Resilience",
    "Wrappers",
    "checked",
    "checked_deadline",
    "no_answer",
    "shared_by",
]
