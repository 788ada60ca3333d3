"""The form of a force scheduler without a script, beside Buildbot's own way, in a real master."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

from buildbot.plugins import schedulers
from buildbot.schedulers.forcesched import BaseParameter
from buildbot.www.authz import Authz
from buildbot.www.authz.endpointmatchers import EndpointMatcherBase, ForceBuildEndpointMatcher
from twisted.internet.defer import succeed
from twisted.internet.threads import deferToThread

from buildbot_keychain.plugins import secrets, util
from tests.support.key_rings import make_key_file
from tests.support.noting_step import Notes
from tests.support.page_client import PageClient, Reply, forms_of
from tests.support.page_master import PageMasterTestCase, authz

LINE = "kZ4vt9Qw2LmXrTyPs6"
LINES = "Yc5HuJe1GaVf\nKw7kZ4vt9Qw2\n"
PIECES = LINE[:9], LINES[:9]
FORM = "force?scheduler=deploy&builder=builder"
LABELS = {
    "Your name": "somebody <some@example.org>",
    "Why": "the release & more",
    "priority": "0",
    "Branch": "main",
    "Notes": "one\ntwo",
    "Count": "3",
    "Dry": True,
    "Target": "prod",
    "Tags": ["a", "c"],
    "Inner": "deep",
    "Password": LINE,
    "Key": LINES,
}
"""What is filled in, by the label."""

SENT = {
    "username": "somebody <some@example.org>",
    "why": "the release & more",
    "priority": "0",
    "branch": "main",
    "notes": "one\ntwo",
    "count": "3",
    "dry": True,
    "target": "prod",
    "tags": ["a", "c"],
    "group_inner": "deep",
    "patch_body": "",
    "project": "p",
    "hidden": "h",
}
"""The same as Buildbot's own dialog sends it, but for the secrets; it sends numbers as such."""


class Listens(EndpointMatcherBase):
    """Notes what rules are asked about."""

    def __init__(self) -> None:
        super().__init__(role="nobody")
        self.asked: list[Any] = []

    def match(self, ep: Any, action: str = "get", options: Any = None) -> Any:
        if ep[0] == "forceschedulers" and action == "force":
            self.asked.append((ep, action, dict(options)))
        return succeed(None)


def fields_of(page: str) -> dict[str, str]:
    """Return what the fields of a page are called, by their labels."""
    found = {}
    for part in page.split("<label ")[1:]:
        label = part.partition("</label>")[0]
        name = label.partition('for="')[2].partition('"')[0]
        found[unescape(label.rpartition(">")[2]).strip()] = name
    return found


class ForcePageTests(PageMasterTestCase):
    def force_scheduler(self) -> Any:
        return schedulers.ForceScheduler(
            "deploy",
            ["builder"],
            label="Deploy it",
            reason=util.StringParameter("why", label="Why", required=True),
            username=util.UserNameParameter(label="Your name", need_email=False),
            codebases=[
                util.CodebaseParameter(
                    "",
                    branch=util.StringParameter("branch", label="Branch", regex="[a-z]+$"),
                    revision=None,
                    repository=None,
                    project="p",
                )
            ],
            properties=[
                util.TextParameter("notes", label="Notes", tooltip="<b>of</b> the release"),
                util.IntParameter("count", label="Count", default=2),
                util.BooleanParameter("dry", label="Dry", default=False),
                util.ChoiceStringParameter("target", label="Target", choices=["test", "prod"]),
                util.ChoiceStringParameter(
                    "tags", label="Tags", choices=["a", "b", "c"], multiple=True, default=["b"]
                ),
                util.NestedParameter(
                    "group", label="Group", fields=[util.StringParameter("inner", label="Inner")]
                ),
                util.FileParameter("patch_body", label="A file"),
                util.FixedParameter("hidden", default="h"),
                util.SecretParameter("password", label="Password", maxsize=100),
                util.SecretParameter("key", label="Key", multiline=True, required=False),
            ],
        )

    def page_configuration(self, factory: Any = None, **www: Any) -> dict[str, Any]:
        wanted = [util.Secret("form!password"), util.Secret("form!key")]
        steps = util.BuildFactory([Notes(each) for each in wanted])
        return super().page_configuration(steps, **www)

    async def test_it_asks_for_builds_as_buildbots_own_dialog(self) -> None:
        self.patch(Notes, "noted", [])
        manager = secrets.SecretManager([], key_file=make_key_file(self.directory()))
        scheduler = self.force_scheduler()
        master = await self.start_page(schedulers=[scheduler], secretsProviders=[manager])
        self.listens = Listens()
        self.listens.setAuthz(master.master.www.authz)
        master.master.www.authz.allowRules = [self.listens]
        builds = []
        for person, force in (
            ("", self.by_form),
            ("", self.by_dialog),
            ("nina", self.by_form),
            ("nina", self.by_dialog),
        ):
            done = master.event(("buildsets", None, "complete"))
            await deferToThread(force, person)
            bsid = (await done)["bsid"]
            (build,) = await master.builds_of(bsid)
            (buildset,) = [await master.master.data.get(("buildsets", bsid))]
            stamps = [
                {name: stamp[name] for name in ("branch", "project", "codebase", "revision")}
                for stamp in buildset["sourcestamps"]
            ]
            ignored = {"buildnumber", "keychain_form_values"}
            properties = {
                name: value for name, value in build.properties.items() if name not in ignored
            }
            builds.append((buildset["reason"], stamps, properties))
        self.assertEqual(builds[0], builds[1])
        self.assertEqual(builds[2], builds[3])
        self.assertEqual(
            [each[2]["owner"] for each in builds], [SENT["username"]] * 2 + ["nina"] * 2
        )
        self.assertEqual(builds[0][2]["password"], "<form!password>")
        self.assertEqual(Notes.noted, [LINE, LINES] * 4)
        await deferToThread(self.check_mistakes)
        await deferToThread(self.check_rules, master)
        for path in (master.basedir / "http.log", *master.basedir.glob("state.sqlite*")):
            written = path.read_bytes()
            for piece in PIECES:
                self.assertFalse(piece.encode() in written, f"a secret is in {path.name}")
        self.assertIn(b"/plugins/keychain/force", (master.basedir / "http.log").read_bytes())

    def filled(self, client: PageClient, **changes: Any) -> dict[str, Any]:
        reply = client.open(FORM)
        self.assertEqual(reply.status, 200, reply.text)
        (form,) = forms_of(reply.text)
        names = fields_of(reply.text)
        self.assertEqual("Your name" in names, not client.cookie)
        if hasattr(BaseParameter, "tooltip"):  # Buildbot 4.0 has none
            self.assertIn("of the release", reply.text)
        self.assertIn("A file", reply.text)
        self.assertNotIn("A file", names)
        for label, value in {**LABELS, **changes}.items():
            if label in names:
                text = value.replace("\n", "\r\n") if isinstance(value, str) else value
                form[names[label]] = "yes" if text is True else text
        return form

    def send(self, client: PageClient, form: dict[str, Any]) -> Reply:
        reply = client.upload("force", form)
        for piece in PIECES:
            self.assertFalse(piece in reply.text + str(reply.headers), "a secret is in the answer")
        return reply

    def by_form(self, person: str) -> None:
        client = self.client(person)
        reply = self.send(client, self.filled(client))
        self.assertEqual(reply.status, 303, reply.text)
        self.by_our_form = self.listens.asked[-1]
        self.assertIn("The build is asked for", client.open(reply.headers["location"]).text)

    def by_dialog(self, person: str) -> None:
        client = self.client(person)
        typed = {"keychain_secret_password": LINE, "keychain_secret_key": LINES}
        name = {"username": ""} if person else {}  # it does not ask whom it knows
        call = {
            "id": 1,
            "jsonrpc": "2.0",
            "method": "force",
            "params": {**SENT, **typed, **name, "builderid": "1"},
        }
        headers = {"Content-Type": "application/json", "Origin": client.origin}
        reply = client.ask("POST", "/api/v2/forceschedulers/deploy", headers, json.dumps(call))
        self.assertEqual(reply.status, 200, reply.text)
        where, action, options = self.listens.asked[-1]
        public = {name: value for name, value in options.items() if name not in typed}
        public.pop("owner", None)
        self.assertEqual(self.by_our_form, (where, action, public))

    def check_mistakes(self) -> None:
        """They are said beside each field, and what was typed is kept but for the secrets."""
        nina = self.client("nina")
        wrong = {"Branch": "NONE", "Why": "", "Password": f"{LINE}\nx", "Notes": "kept\nas it is"}
        reply = self.send(nina, self.filled(nina, **wrong))
        self.assertEqual(reply.status, 422)
        for part in (
            "does not match pattern",
            "needs to be specified",
            "it must be one line",
            'value="NONE"',
            "kept\nas it is</textarea>",
            '<option value="c" selected>',
            "must be typed again",
        ):
            self.assertIn(part, unescape(reply.text))
        reply = self.send(nina, self.filled(nina, Password=LINE * 10))
        self.assertIn("larger than 100 bytes", reply.text)
        self.assertEqual(self.send(nina, self.filled(nina, Count="")).status, 303)

    def check_rules(self, master: Any) -> None:
        """Whom Buildbot does not let force, ours does not."""
        form = self.filled(self.client("nina"))
        matchers = [ForceBuildEndpointMatcher(builder="build*", role="admins")]
        rules = Authz(allowRules=matchers, roleMatchers=authz().roleMatchers)
        rules.setMaster(master.master)
        self.patch(master.master.www, "authz", rules)
        for person, status in (("ada", 200), ("nina", 403), ("", 403)):
            self.assertEqual(self.client(person).open(FORM).status, status, person)
        nina = self.client("nina")
        self.assertEqual(self.send(nina, form).status, 403)
