"""How well the installation is protected: what ``doctor`` finds."""

from __future__ import annotations

from buildbot_keychain.web.host_inspections import DOCTOR
from buildbot_keychain.web.views._answers import Answer, Call
from buildbot_keychain.web.views._inspection import InspectionViews


class DoctorViews(InspectionViews):
    """The examinations of the installation of a host."""

    task = DOCTOR

    async def state(self, _call: Call) -> Answer:
        """Describe the examination that goes on, and the last one."""
        return self.described()

    async def start(self, call: Call) -> Answer:
        """Have the installation examined in a process of its own; one goes on at a time."""
        return await self.started(call)

    async def findings(self, call: Call) -> Answer:
        """List what the last examination has found, the gravest first."""
        return await self.found(call)
