from __future__ import annotations

from buildbot_keychain.policy import Allow, Policy
from buildbot_keychain.web.host_secrets import Known, Listed
from tests.support.page_site import ViewTestCase


class SeenTests(ViewTestCase):
    """What is hidden is like what does not exist."""

    def setUp(self) -> None:
        super().setUp()
        self.host.secrets.all[Listed("files", "hidden")] = Known(exists=True)
        self.host.secrets.policy = Policy([Allow("team/*", owners=["vera"])])

    def reply(self, name: str, person: str = "vera") -> tuple[int, str]:
        reply = self.pages.client(person).open(f"secret?name={name}")
        return reply.status, reply.text

    def test_what_is_hidden_and_what_does_not_exist_are_answered_alike(self) -> None:
        names = (
            "files!hidden",
            "files!none",
            "files!team/none",
            "nobody!x",
            "x",
            "",
            "!",
            "files!",
        )
        answers = {self.reply(name) for name in names}
        self.assertEqual([status for status, _ in answers], [404])

    def test_no_provider_is_asked_about_what_is_hidden(self) -> None:
        """So it takes as long whether or not there is such a secret."""
        for name in ("files!hidden", "files!none"):
            self.reply(name)
        self.assertEqual(self.host.secrets.known_asked, [])
        self.assertEqual(self.reply("files!team/app")[0], 200)
        self.assertEqual(self.host.secrets.known_asked, [Listed("files", "team/app")])

    def test_a_secret_has_one_address(self) -> None:
        self.assertEqual(self.reply("files!team/app|user", "ada")[0], 404)

    def test_an_administrator_sees_that_there_is_none(self) -> None:
        status, text = self.reply("files!none", "ada")
        self.assertEqual(status, 200)
        self.assertIn("There is no such secret now.", text)

    def test_secrets_of_stores_lead_to_their_forms(self) -> None:
        self.host.secrets.policy = None
        self.host.secrets.all[Listed("store", "a")] = Known(exists=True)
        for person, links in (("ada", True), ("vera", False)):
            text = self.reply("store!a", person)[1]
            self.assertEqual('href="change?name=store%21a"' in text, links)
            text = self.pages.client(person).open("").text
            self.assertEqual('href="add"' in text, links)
        self.assertNotIn("change?", self.reply("files!team/app", "ada")[1])

    def test_long_names_are_refused(self) -> None:
        self.assertEqual(self.reply(f"files!{'x' * 1000}")[0], 400)

    def test_an_address_without_a_name(self) -> None:
        self.assertEqual(self.pages.client("vera").open("secret").status, 400)

    def test_a_master_without_secrets(self) -> None:
        self.host.secrets = None
        self.assertEqual(self.reply("files!team/app")[0], 503)
