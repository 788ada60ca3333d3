"""What does not pass the update methods."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

from buildbot.process.properties import Properties
from buildbot.process.remotecommand import RemoteCommand
from buildbot.process.results import SUCCESS
from twisted.internet.defer import succeed

from buildbot_keychain.buildbot.builds import building, who_asks
from buildbot_keychain.buildbot.patches import replacements
from buildbot_keychain.buildbot.references import PROPERTY, Name
from tests.support.builds import FakeBuild
from tests.support.replacement_case import OPEN, VALUE, ReplacementTestCase


class SinkTests(ReplacementTestCase):
    def test_the_log_of_requests(self) -> None:
        def original(site: Any, request: str) -> None:
            self.calls.append((site._logFormatter("now", request),))

        site = SimpleNamespace(_logFormatter="{} {}".format)
        for _ in range(2):
            replacements.log_request(original)(site, f"/hook?{VALUE}")
        self.assertEqual(self.calls, [("now /hook?<token>",)] * 2)

    def test_orders_that_people_give(self) -> None:
        publish = replacements.publish(self.original)
        for key in (("control", "builds", "1", "stop"), ("builds", "1", "new")):
            publish(SimpleNamespace(master=self.kept), key, {"reason": f"{VALUE} {OPEN}"})
        publish(SimpleNamespace(master=self.plain), ("control", "x"), OPEN)
        self.assertEqual(
            [data for _, data in self.calls],
            [{"reason": f"{VALUE} <secret>"}, {"reason": f"{VALUE} {OPEN}"}, OPEN],
        )
        (told,) = self.keychain.hidden_secrets
        self.assertEqual((told.secret, told.sink, told.count), ("open", "order", 1))

    def test_what_is_published_arrives_for_no_build(self) -> None:
        publish = replacements.publish(lambda *_: who_asks(None))
        with building(FakeBuild()):
            self.assertIsNone(
                publish(SimpleNamespace(master=self.kept), ("builds", "1", "new"), {}).build
            )

    def test_metrics_that_steps_yield(self) -> None:
        publish = replacements.publish(self.original)
        key = ("stats-yieldMetricsValue", "stats-yield-data")
        message = {"data_name": VALUE, "post_data": {"url": f"https://{VALUE}@h"}}
        messages = [{**message, "build_data": {"buildid": buildid}} for buildid in (17, 18)]
        for each in messages:
            publish(SimpleNamespace(master=self.kept), key, each)
        redacted = {**messages[0], "post_data": {"url": "https://<token>@h"}}
        self.assertEqual(self.calls, [(key, redacted), (key, messages[1])])
        (told,) = self.keychain.hidden_secrets
        self.assertEqual((told.secret, told.sink, told.build), ("token", "metrics", 17))

    def test_line_ends(self) -> None:
        """In the output of a command, by the build that it is of."""
        pattern = replacements.find_line_ends(re.compile("\x08+"))

        class Output(RemoteCommand):
            def __init__(self, build: Any) -> None:
                self.step = build and SimpleNamespace(build=build, master=build.master)

            def split_line(self, _stream: str, text: str) -> str:
                return pattern.sub("\n", text)

        for build, expected in ((self.build, VALUE), (None, "s3cr3tX\n-t0ken")):
            self.assertEqual(Output(build).split_line("stdout", "s3cr3tX\b-t0ken"), expected)
        self.assertEqual(Output(self.build).split_line("stdout", "a\bb"), "a\nb")

    def test_what_a_nightly_scheduler_is_triggered_with(self) -> None:
        """It stores labels, and how to look up what they stand for."""
        self.keychain.redactor.add("weak", "hunter27")
        weak = self.keychain.references.made.secret(self.build, Name("weak", "files"), "hunter27")
        stored: dict[str, Any] = {}

        def original(_self: Any, _waited: Any, _stamps: Any, props: Any, *_: Any) -> Any:
            stored.clear()
            stored.update(props.asDict() if props else {})
            return succeed((None, {})), succeed(SUCCESS)

        trigger = replacements.trigger_nightly(original)
        outside: dict[str, Any] = {PROPERTY: ({"templates": {"pw": {}}}, "Trigger")}
        for master, value, shown in (
            (self.kept, "fine", "fine"),
            (self.kept, VALUE, "<token>"),
            (self.kept, [weak], ["<weak>"]),
            (self.plain, VALUE, VALUE),
        ):
            properties = Properties.fromDict({"pw": (value, "Trigger"), **outside})
            scheduler = SimpleNamespace(master=master, name="nightly")
            given: tuple[Any, ...] = (False, [], properties, self.build.buildid, None)
            _ids, done = trigger(scheduler, *given)
            self.assertEqual(self.successResultOf(done), SUCCESS)
            self.assertEqual(stored["pw"], (shown, "Trigger"))
            made = {"list": [{"secret": "weak", "provider": "files"}]}
            if value == [weak]:
                expected: Any = ({"templates": {"pw": made}}, "keychain")
            else:
                expected = outside[PROPERTY] if master is self.plain else None
            self.assertEqual(stored.get(PROPERTY), expected)
        _ids, done = trigger(SimpleNamespace(master=self.kept), False, [])
        self.assertEqual(self.successResultOf(done), SUCCESS)
        self.assertEqual(stored, {})
