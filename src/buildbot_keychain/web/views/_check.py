"""What will become of the secrets that the configuration names: what ``check`` finds."""

from __future__ import annotations

from buildbot_keychain.web._refusals import Refused
from buildbot_keychain.web._stored import done
from buildbot_keychain.web.host_inspections import (
    CHECK,
    OUTCOMES,
    STATES,
    FoundPage,
    WantedPlaces,
)
from buildbot_keychain.web.views._answers import Answer, Call
from buildbot_keychain.web.views._inspection import MOST, SHOWN, InspectionViews
from buildbot_keychain.web.views._seen import limit_in, limited, number_in

_PATH = "check-secrets"
_FILTERS = ("secret", "builder", "state", "outcome")


class CheckViews(InspectionViews):
    """The checks of the configuration of a host."""

    task = CHECK

    async def state(self, _call: Call) -> Answer:
        """Describe the check that goes on, and the last one."""
        return self.described()

    async def start(self, call: Call) -> Answer:
        """Have the configuration checked in a process of its own; one goes on at a time."""
        return await self.started(call)

    async def findings(self, call: Call) -> Answer:
        """List what the last check has found, the gravest first."""
        return await self.found(call)

    async def show_secrets(self, call: Call) -> Answer:
        """Return the places in which secrets are named, and what will come of that."""
        found = await self._places(call, SHOWN)
        return self.page(
            call,
            "check_secrets.html",
            state=self.state_now,
            states=STATES,
            outcomes=OUTCOMES,
            **self.paged(call, found, _PATH, _FILTERS),
        )

    async def secrets(self, call: Call) -> Answer:
        """List where the configuration names secrets, and what will come of that."""
        limit = limit_in(call, MOST, MOST)
        return self.listed(call, "places", await self._places(call, limit), limit)

    async def _places(self, call: Call, limit: int) -> FoundPage | None:
        wanted = WantedPlaces(
            limited(call, "secret"),
            limited(call, "builder"),
            _one_of(call, "state", STATES),
            _one_of(call, "outcome", OUTCOMES),
        )
        after = number_in(call, "after")
        found: FoundPage | None = await done(self.inspections.places(wanted, after, limit))
        return found


def _one_of(call: Call, name: str, known: tuple[str, ...]) -> str:
    given = call.query.get(name, "")
    if given and given not in known:
        raise Refused(400, f"What the address says as {name} must be one of {', '.join(known)}.")
    return given
