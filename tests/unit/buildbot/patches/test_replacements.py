"""The functions that replace Buildbot's, for masters with a keychain and for others."""

from __future__ import annotations

import inspect
import re
from types import SimpleNamespace
from typing import Any

from buildbot.config import ConfigErrors
from buildbot.config.errors import capture_config_errors
from buildbot.config.master import MasterConfig
from buildbot.data.base import ListResult
from buildbot.process.properties import Properties
from buildbot.process.remotecommand import RemoteCommand
from buildbot.process.results import EXCEPTION, FAILURE, RETRY
from buildbot.www.auth import UserPasswordAuth
from twisted.internet.defer import FirstError, fail, succeed
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot import Interpolate, MasterKeychain, Secret, _context
from buildbot_keychain.buildbot._attached import keychain_of
from buildbot_keychain.buildbot.builds import building, who_asks
from buildbot_keychain.buildbot.patches import TABLE, Target, _replacements
from buildbot_keychain.buildbot.patches._patches import Replacement
from buildbot_keychain.buildbot.secret_files import SecretFileRegistry
from buildbot_keychain.errors import RenderingError, SecretNotFound
from tests.support.buildbot_patches import unpatched
from tests.support.builds import FakeBuild
from tests.support.commands import Command
from tests.support.fake_master import FakeMaster
from tests.support.fakes import DictProvider, RequesterProvider

VALUE = "s3cr3t-t0ken"
OPEN = "q8ZkV2mXw4LrT9sYbN6cJ3"
"""A secret that nobody could guess, and that nobody was given."""


class ReplacementTestCase(SynchronousTestCase):
    """One master with a keychain, and one without."""

    def setUp(self) -> None:
        self.plain = FakeMaster()
        self.kept = FakeMaster(DictProvider("files", {"token": VALUE}), RequesterProvider())
        self.keychain = MasterKeychain.of(self.kept)
        self.keychain.redactor.add("token", VALUE)
        self.keychain.redactor.add("open", OPEN)
        self.build: Any = FakeBuild()
        vars(self.build).update(master=self.kept)
        self.keychain.given.give(self.build, "token")
        self.calls: list[tuple[Any, ...]] = []

    def original(self, _self: Any, *args: Any) -> Any:
        """Stand for Buildbot's own function."""
        self.calls.append(args)
        return "original"


class UnknownArgumentTests(ReplacementTestCase):
    """A later Buildbot passes more arguments; an administrator may have accepted that."""

    def arguments(self, target: Target) -> list[Any]:
        """Return arguments for Buildbot's own function, without ``self``."""
        known = {
            "buildrequest": SimpleNamespace(id=1),
            "conn": FakeBuild(),
            "new_config": self.plain.config,
            "properties": FakeBuild(),
            "routingKey": ("builds", "1", "new"),
            "why": Failure(ValueError()),
        }
        _self, *names = inspect.signature(target.value()).parameters
        return [known.get(name, name) for name in names if name not in {"args", "kwargs"}]

    def call(self, replacement: Replacement, master: Any) -> Any:
        """Call a replacement with two arguments that no function of Buildbot has."""

        def original(_self: Any, *args: Any, **kwargs: Any) -> Any:
            self.calls.append((*args, kwargs))
            return succeed(True)

        host: Any = FakeBuild()
        vars(host).update(
            master=master,
            build=None,
            step=None,
            env=None,
            get=str,
            _logFormatter="{} {}".format,
        )
        if replacement.target.path.startswith("buildbot.master:"):
            host = master
        elif replacement.target.path.startswith("buildbot.config.master:"):
            host = MasterConfig()
        arguments = self.arguments(replacement.target)
        return replacement.make(original)(host, *arguments, "unknown", unknown=1)

    def functions(self) -> list[Replacement]:
        """Return the rows that replace functions."""
        replacements = [replacement for patch in TABLE for replacement in patch.replaces]
        return [r for r in replacements if inspect.isfunction(r.target.value())]

    def test_they_are_passed_on(self) -> None:
        for replacement in self.functions():
            self.call(replacement, FakeMaster())
            self.assertEqual(self.calls.pop()[-2:], ("unknown", {"unknown": 1}), replacement)

    def test_masters_with_a_keychain_accept_them(self) -> None:
        for replacement in self.functions():
            self.call(replacement, self.kept)


class LookupTests(ReplacementTestCase):
    """Lookups of Buildbot's own classes."""

    def test_values_are_not_collected(self) -> None:
        use_secret = _replacements.use_secret(self.original)
        use_secret(SimpleNamespace(master=self.kept), VALUE, "token")
        self.assertEqual(self.calls, [])
        for master in (self.plain, None):
            use_secret(SimpleNamespace(master=master), VALUE, "token")
        self.assertEqual(self.calls, [(VALUE, "token")] * 2)

    def test_authors_of_steps_have_texts_redacted(self) -> None:
        clean_text = _replacements.clean_text(lambda _self, text: text.replace("a", "b"))
        for text, clean in ((f"a {VALUE}", "b <token>"), ("a", "b")):
            properties = SimpleNamespace(master=self.kept, build=self.build)
            self.assertEqual(clean_text(properties, text), clean)
        properties = SimpleNamespace(master=self.kept, build=None)
        self.assertEqual(
            clean_text(properties, f"{VALUE} {OPEN}"), f"{VALUE} <secret>".replace("a", "b")
        )
        for master in (self.plain, None):
            self.assertEqual(clean_text(SimpleNamespace(master=master), VALUE), VALUE)

    def test_what_a_worker_sends_is_not_altered(self) -> None:
        """By us; values that Buildbot collected before there was a keychain stay hidden."""
        properties: Any = Properties()
        properties.useSecret("collected-before", "before")
        properties.build = self.build
        command: Any = RemoteCommand("shell", {}, collectStdout=True)
        command.step = SimpleNamespace(build=SimpleNamespace(properties=properties))
        with unpatched():
            original = Properties.cleanupTextFromSecrets
        self.patch(Properties, "cleanupTextFromSecrets", _replacements.clean_text(original))
        command.remoteUpdate("stdout", f"{VALUE} collected-before\n", is_flushed=False)
        self.assertEqual(command.stdout, f"{VALUE} <before>\n")
        properties.build = build = FakeBuild()
        vars(build)["master"] = self.kept
        self.keychain.given.give(properties.build, "token")
        self.assertEqual(properties.cleanupTextFromSecrets(VALUE), "<token>")
        (told,) = self.keychain.hidden_secrets
        self.assertEqual((told.secret, told.sink), ("token", "build state"))

    def test_secrets_are_looked_up_in_the_keychain(self) -> None:
        look_up = _replacements.look_up(self.original)
        kept = SimpleNamespace(master=self.kept)
        details = self.successResultOf(look_up(kept, "files!token"))
        self.assertEqual(details.value, VALUE)
        self.assertIsNone(self.successResultOf(look_up(kept, "files!nope")))
        self.assertEqual(look_up(SimpleNamespace(master=self.plain), "token", 1), "original")
        self.assertEqual(self.calls, [("token", 1)])

    def test_for_whom_buildbot_renders(self) -> None:
        look_up = _replacements.look_up(self.original)

        def get(_self: Any, properties: Any) -> Any:
            return look_up(SimpleNamespace(master=self.kept), "requesters!x")

        render = _replacements.render_secret(get)
        build = FakeBuild()
        details = self.successResultOf(render(None, build))
        self.assertEqual(details.value, "x for linux")
        self.assertEqual(self.successResultOf(get(None, build)).value, "x for None")

    def test_what_a_step_starts_is_for_its_build(self) -> None:
        step = SimpleNamespace(build=FakeBuild(), master=self.plain)
        start = _replacements.start_step(lambda _self, _remote: who_asks(None))
        self.assertIs(start(step, "remote").build, step.build)
        self.assertIsNone(who_asks(None).build)

    def test_a_master_has_a_keychain_before_it_takes_on_a_configuration(self) -> None:
        found: list[object] = []
        assign = _replacements.take_configuration(lambda m, *_: found.append(keychain_of(m)))
        assign(self.plain, "other", 1)
        assign(SimpleNamespace(), "config", "the default of a master that is being made")
        for master in (self.plain, self.kept):
            assign(master, "config", master.config)
        self.assertEqual(found[:2], [None, None])
        self.assertIsInstance(found[2], MasterKeychain)
        self.assertIs(found[3], self.keychain)

    def test_a_master_without_a_keychain_keeps_its_configuration(self) -> None:
        self.patch(MasterKeychain, "of", lambda _master: 1 / 0)
        assign = _replacements.take_configuration(self.original)
        error = self.assertRaises(ConfigErrors, assign, self.plain, "config", None)
        (sentence,) = error.errors
        self.assertIn("the configuration is refused", sentence)
        self.assertIn("ZeroDivisionError", sentence)
        self.assertEqual(self.calls, [])

    def test_a_master_that_is_configured_gets_a_keychain(self) -> None:
        reconfigure = _replacements.reconfigure_providers(self.original)
        host = SimpleNamespace(master=self.plain)
        self.successResultOf(reconfigure(host, self.plain.config))
        self.assertIsNotNone(keychain_of(self.plain))
        self.successResultOf(reconfigure(host, self.plain.config))
        self.assertEqual(self.calls, [(self.plain.config,)])


class EndTests(ReplacementTestCase):
    """Builds that end, and workers that connect."""

    def finished(self, master: Any, *, track: bool) -> Any:
        build: Any = FakeBuild()
        build.master = master
        if track:
            self.keychain.build_scopes.track(build)
        return _replacements.finish_build(self.original)(build, ["text"], 0)

    def test_a_build_that_looked_something_up(self) -> None:
        self.assertEqual(self.successResultOf(self.finished(self.kept, track=True)), "original")

    def test_other_builds(self) -> None:
        for master in (self.kept, self.plain):
            self.assertEqual(self.finished(master, track=False), "original")
        self.assertEqual(self.calls, [(["text"], 0)] * 2)

    def test_a_worker_that_connects(self) -> None:
        accept = _replacements.accept_worker(lambda *_: succeed("yes"))
        answer = accept(SimpleNamespace(master=self.kept), FakeBuild(), "worker")
        self.assertIs(self.successResultOf(answer), True)
        self.assertIn("buildbot_keychain_secret_files", vars(self.kept))
        answer = accept(SimpleNamespace(master=self.plain), FakeBuild(), "worker")
        self.assertEqual(self.successResultOf(answer), "yes")
        self.assertNotIn("buildbot_keychain_secret_files", vars(self.plain))
        self.assertIsNotNone(SecretFileRegistry.of(self.plain))


class CommandTests(ReplacementTestCase):
    """Commands of steps."""

    def start(self, master: Any) -> Command:
        command: Any = Command(command=["echo", VALUE], env={"T": VALUE}, logEnviron=True)
        command.headers = []
        command.addHeader = command.headers.append
        command.master = master
        _replacements.start_command(self.original)(command)
        return command

    def test_what_the_worker_would_log(self) -> None:
        command: Any = self.start(self.kept)
        self.assertEqual(command.args["command"][1], ("obfuscated", VALUE, "<token>"))
        self.assertIn("T=<token>", "".join(command.headers))
        self.assertEqual(self.start(self.plain).args["command"], ["echo", VALUE])
        self.assertEqual(len(self.calls), 2)

    def test_commands_outside_of_steps(self) -> None:
        command: Any = Command(command=["echo", VALUE])
        command.step = None
        _replacements.start_command(self.original)(command)
        self.assertEqual(command.args["command"], ["echo", VALUE])

    def test_the_environment_of_a_command_of_the_master(self) -> None:
        self.keychain.redactor.add("odd", "s3cr3t${HOME}t0ken")
        self.keychain.given.give(self.build, "odd")
        run = _replacements.run_on_master(self.original)
        for master, sent in ((self.kept, "s3cr3t$${}{HOME}t0ken"), (self.plain, None)):
            environment = {"X": "s3cr3t${HOME}t0ken"}
            step = SimpleNamespace(master=master, build=self.build, env=environment)
            self.assertEqual(run(step), "original")
            self.assertEqual(step.env["X"], sent or "s3cr3t${HOME}t0ken")
        self.assertEqual(run(SimpleNamespace(master=self.kept, env=None)), "original")


class LengthTests(ReplacementTestCase):
    def test_names_that_are_interpolated(self) -> None:
        check = _replacements.check_length(self.original)
        with capture_config_errors() as errors:
            check(Interpolate("%(prop:x)s" + "y" * 50), "Step name", 50)
            check(Interpolate("%(prop:x)s" + "y" * 51), "Step name", 50)
            check("y" * 51, "other name", 50)
        (error,) = errors.errors
        self.assertIn("Step name ", error)
        self.assertIn("(shortest interpolation) exceeds maximum length of 50", error)
        self.assertEqual(self.calls[-1], ("other name", 50))


class ArgumentTests(ReplacementTestCase):
    def setUp(self) -> None:
        super().setUp()
        _context.register()

    def test_arguments_that_are_never_rendered_are_errors(self) -> None:
        config = MasterConfig()
        config.www = {"auth": UserPasswordAuth({"ann": Secret("ann")})}
        with capture_config_errors() as errors:
            self.assertEqual(_replacements.check_arguments(self.original)(config), "original")
        (error,) = errors.errors
        self.assertIn("secret 'ann': UserPasswordAuth", error)

    def test_a_command_with_a_renderable_is_not_sent(self) -> None:
        command: Any = Command(command=["x", Secret("ann")])
        vars(command).update(master=self.kept, remote_command="shell")
        start = _replacements.start_command(self.original)
        self.assertRaises(RenderingError, start, command)
        self.assertEqual(self.calls, [])


class OutageTests(ReplacementTestCase):
    """Builds whose secrets cannot be looked up."""

    def test_a_build_that_is_stopped_does_not_wait(self) -> None:
        woken: list[Any] = []
        self.patch(self.keychain.waiting, "wake", woken.append)
        _replacements.stop_build(self.original)(self.build, "enough", results=RETRY)
        self.assertEqual(self.calls, [("enough", RETRY)])
        self.assertEqual(self.keychain.waiting.results_of_stopped(self.build), RETRY)
        other: Any = FakeBuild()
        vars(other).update(master=self.kept)
        _replacements.lose_worker(self.original)(other, "conn")
        self.assertEqual(self.keychain.waiting.results_of_stopped(other), RETRY)
        self.assertEqual(woken, [self.build, other])

    def test_a_request_that_pauses_is_not_built(self) -> None:
        def requests() -> Any:
            return ListResult([{"buildrequestid": brid} for brid in (4, 5, 6)])

        def ids(master: Any) -> list[int]:
            found = self.successResultOf(fetch(SimpleNamespace(master=master)))
            self.assertIsInstance(found, ListResult)  # of which Buildbot takes the data
            return [request["buildrequestid"] for request in found.data]

        fetch = _replacements.fetch_requests(lambda _: succeed(requests()))
        self.assertEqual(ids(self.kept), [4, 5, 6])
        self.patch(self.keychain.retries, "is_paused", lambda brid: brid == 5)
        self.assertEqual(ids(self.kept), [4, 6])
        self.assertEqual(ids(self.plain), [4, 5, 6])

    def test_workers_that_cannot_be_prepared_for_other_reasons(self) -> None:
        fail_preparation = _replacements.fail_preparation(self.original)
        for why in (False, Failure(ValueError())):
            self.assertEqual(fail_preparation(self.build, why, "worker_prepare"), "original")


class SinkTests(ReplacementTestCase):
    """What does not pass the update methods."""

    def test_failures_of_lookups_are_one_sentence(self) -> None:
        log_failure = _replacements.log_failure(self.original)
        logs: dict[str, str] = {}
        step = SimpleNamespace(
            name="go",
            master=self.kept,
            build=self.build,
            results=None,
            descriptionDone=None,
            updateBuildSummaryPolicy=[],
            addCompleteLog=logs.__setitem__,
        )
        missing = SecretNotFound("nope", ("files",))
        log_failure(step, Failure(FirstError(Failure(missing), 0)), "prefix-")
        other = Failure(ValueError())
        log_failure(step, other)
        self.assertEqual(logs, {"prefix-err.text": f"{missing.page_message}\n"})
        self.assertEqual(step.descriptionDone, missing.page_message)
        self.assertNotIn("asked: files", missing.page_message)
        self.assertEqual(self.calls, [(other, "")])
        self.assertIsNone(step.results)
        step.results = EXCEPTION
        log_failure(step, Failure(missing))
        self.assertEqual(step.results, FAILURE)

    def test_a_log_that_cannot_be_written_does_not_fail_the_step_again(self) -> None:
        step = SimpleNamespace(
            name="go", master=self.plain, addCompleteLog=lambda *_: fail(OSError())
        )
        missing = Failure(SecretNotFound("nope", ("files",)))
        self.successResultOf(_replacements.log_failure(self.original)(step, missing))
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)

    def test_the_log_of_requests(self) -> None:
        def original(site: Any, request: str) -> None:
            self.calls.append((site._logFormatter("now", request),))

        site = SimpleNamespace(_logFormatter="{} {}".format)
        for _ in range(2):
            _replacements.log_request(original)(site, f"/hook?{VALUE}")
        self.assertEqual(self.calls, [("now /hook?<token>",)] * 2)

    def test_orders_that_people_give(self) -> None:
        publish = _replacements.publish(self.original)
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
        publish = _replacements.publish(lambda *_: who_asks(None))
        with building(FakeBuild()):
            self.assertIsNone(
                publish(SimpleNamespace(master=self.kept), ("builds", "1", "new"), {}).build
            )

    def test_metrics_that_steps_yield(self) -> None:
        publish = _replacements.publish(self.original)
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
        pattern = _replacements.find_line_ends(re.compile("\x08+"))

        class Output(RemoteCommand):
            def __init__(self, build: Any) -> None:
                self.step = build and SimpleNamespace(build=build, master=build.master)

            def split_line(self, _stream: str, text: str) -> str:
                return pattern.sub("\n", text)

        for build, expected in ((self.build, VALUE), (None, "s3cr3tX\n-t0ken")):
            self.assertEqual(Output(build).split_line("stdout", "s3cr3tX\b-t0ken"), expected)
        self.assertEqual(Output(self.build).split_line("stdout", "a\bb"), "a\nb")
