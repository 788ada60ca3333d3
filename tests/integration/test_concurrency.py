"""Many simultaneous renderings of a few secrets on one master.

``python -m tests.benchmarks.renders`` has ten thousand of a thousand.
"""

from __future__ import annotations

import gc
import itertools
import json
from collections import Counter
from functools import reduce
from operator import and_
from typing import Any

from buildbot.plugins import steps
from buildbot.process.properties import Properties
from twisted.internet.defer import gatherResults

from buildbot_keychain import recording, uses
from buildbot_keychain.audit import form, trail
from buildbot_keychain.buildbot.builds import _audiences, _requests
from buildbot_keychain.plugins import secrets, util
from tests.support.real_master import RealMasterTestCase
from tests.support.simultaneous_renders import SimultaneousRenders

NAMES = 100
RENDERINGS = 1000


class ConcurrencyTests(RealMasterTestCase):
    protocol = "null"

    async def test_a_thousand_renderings_of_a_hundred_names(self) -> None:
        """Each gets its own value, and every value is hidden afterwards."""
        values = {f"name{number}": f"value-{number:03}-{'x' * 20}" for number in range(NAMES)}
        provider = secrets.SecretInAFile(dirname=str(self.secrets_directory(values)))
        command = ["echo", *map(util.Secret, values)]
        factory = util.BuildFactory([steps.ShellCommand(command=command)])
        manager = secrets.SecretManager(providers=[provider])
        master = await self.start_master(self.configuration(factory, secretsProviders=[manager]))
        names = [f"name{number % NAMES}" for number in range(RENDERINGS)]

        def render(number: int, name: str) -> Any:
            properties = Properties(n=number)
            properties.master = master.master
            return properties.render(util.Interpolate(f"%(prop:n)s %(secret:{name})s"))

        rendered: list[str] = await gatherResults([render(*each) for each in enumerate(names)])
        build = await master.build()

        self.assertEqual(
            rendered, [f"{number} {values[name]}" for number, name in enumerate(names)]
        )
        log = build.steps[-1].logs["stdio"]
        self.assertEqual([name for name in values if values[name] in log], [])

    async def test_builds_that_ask_for_the_same_at_once_share_the_lookups(self) -> None:
        """With a policy, which decides for each of them, an audit trail and redaction."""
        renders = SimultaneousRenders(8, 25, audit := self.directory() / "audit.jsonl")
        master = await self.start_master(renders.config)
        self.assertEqual(await renders.run(master), ["success"] * 8)
        self.assertEqual(sorted(renders.provider.asked), sorted(renders.provider.values))
        await master.stop()
        events = [json.loads(line) for line in audit.read_text().splitlines()]
        given = Counter(
            (event["requester"]["builder"], event["secret"])
            for event in events
            if event["event"] == "lookup" and event["decision"] == "allowed"
        )
        expected = itertools.product(renders.builders, renders.provider.values)
        self.assertEqual(given, Counter(expected))

    async def test_what_builds_leave_behind_has_a_bound(self) -> None:
        """What is remembered of builds is limited; nothing else of ours grows with them."""
        renders = SimultaneousRenders(2, 3, self.directory() / "audit.jsonl")
        for module, limit, most in (
            (recording, "_MOST_KEPT", 6),
            (trail, "_MOST_REPEATABLE", 6),
            (form, "_MOST_KEPT", 2),
            (_audiences, "_KEPT", 2),
            (_requests, "_MOST_REMEMBERED", 2),
        ):
            self.patch(module, limit, most)
        master = await self.start_master(renders.config)
        found = []
        for _ in range(5):
            self.assertEqual(await renders.run(master), ["success"] * 2)
            found.append(own_objects())
        # What is on its way to the audit trail is more or less by chance, and does not always grow.
        growth = [later - before for before, later in itertools.pairwise(found)]
        self.assertEqual(reduce(and_, growth), Counter())


def own_objects() -> Counter[type]:
    """Return how many objects there are of each class of the package."""
    uses._stored_facts.cache_clear()  # it has a bound of its own
    gc.collect()
    kinds = map(type, gc.get_objects())
    return Counter(kind for kind in kinds if kind.__module__.startswith("buildbot_keychain"))
