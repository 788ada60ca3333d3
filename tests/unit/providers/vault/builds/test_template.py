"""Templates are filled in from a requester, and lead nowhere else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.details import Requester, SourceStamp
from buildbot_keychain.providers.vault.builds._template import Template

texts = st.text(st.characters(exclude_categories=["Cs"]))


class TemplateTests(SynchronousTestCase):
    """`Template`."""

    def test_it_is_filled(self) -> None:
        template = Template("ci/%(builder)s/%(branch)s/100%%/%(path)s", more_fields=["path"])
        requester = Requester("build", builder="linux", branch="feature/x")
        self.assertEqual(
            template.fill_in(requester, path="team/a%b"), "ci/linux/feature%2Fx/100%/team/a%b"
        )

    def test_what_is_not_known_is_refused_when_it_is_made(self) -> None:
        for text, said in (
            ("%(buildr)s", "%(buildr)s"),
            ("%(path)s", "known are %(builder)s, %(project)s, %(branch)s, %(worker)s"),
            ("100%", "write %%"),
            ("%s", "write %%"),
            ("%(builder)d", "write %%"),
        ):
            self.assertIn(said, str(self.assertRaises(ValueError, Template, text)))

    def test_what_is_not_there_is_refused_when_it_is_filled(self) -> None:
        template = Template("%(project)s")
        for requester, said in (
            (None, "this request has none"),
            (Requester("service"), "this service has none"),
            (Requester("build", builder="b"), "needs the project of a build"),
            (Requester("build", project=" "), "needs the project of a build"),
        ):
            self.assertIn(said, str(self.assertRaises(ValueError, template.fill_in, requester)))

    def test_a_patched_build_is_not_of_a_branch(self) -> None:
        stamps = (SourceStamp(branch="main", patched=True),)
        requester = Requester("build", builder="b", branch="main", source_stamps=stamps)
        for names in (None, "role"):
            template = Template("%(branch)s", names=names)
            error = self.assertRaises(ValueError, template.fill_in, requester)
            self.assertIn("needs the branch of a build, and this build has a patch", str(error))

    def test_names_that_vault_takes_for_others(self) -> None:
        """It makes the names of policies and roles lower case, and trims them."""
        for branch in (
            "MAIN",
            "main ",
            " main",
            "main\xa0",
            "\u212aube",
            "\u0130",
            "größe",
            "a\nb",
        ):
            requester = Requester("build", branch=branch)
            for names in ("policy", "role"):
                template = Template("CI-%(branch)s", names=names)
                error = self.assertRaises(ValueError, template.fill_in, requester)
                self.assertIn(f"cannot be part of the name of a {names}", str(error))
            self.assertTrue(Template("ci/%(branch)s").fill_in(requester))
        requester = Requester("build", branch="release/1.2 x")
        self.assertEqual(
            Template("CI-%(branch)s", names="role").fill_in(requester), "CI-release%2F1.2 x"
        )

    @given(texts, texts)
    def test_it_leads_nowhere_else(self, one: str, other: str) -> None:
        template = Template("ci/%(builder)s/end")
        filled = []
        for builder in (one, other):
            try:
                filled.append(template.fill_in(Requester("build", builder=builder)))
            except ValueError:
                continue
            first, middle, last = filled[-1].split("/")
            self.assertEqual((first, last), ("ci", "end"))
            self.assertTrue(middle.strip())
            self.assertNotIn("..", middle)
            self.assertNotEqual(middle, ".")
        if one != other and len(filled) == 2:
            self.assertNotEqual(*filled)
