"""Many simultaneous renderings of a few secrets on one master.

``python -m tests.benchmarks.renders`` has ten thousand of a thousand.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import Any

from buildbot.plugins import steps
from buildbot.process.properties import Properties
from twisted.internet.defer import gatherResults

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
