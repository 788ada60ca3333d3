from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.www._listing import page_of
from buildbot_keychain.buildbot.www._names import NameList
from buildbot_keychain.web.host_secrets import Listed, Listing, Wanted

LISTS = {
    "vault": NameList(("app", "Team/key")),
    "files": NameList(("a!b", "app", "team"), "ill"),
}
ALL = ["files!a!b", "files!app", "files!team", "vault!app", "vault!Team/key"]


def everything(_secret: Listed) -> bool:
    return True


def page(lists: Any = LISTS, tags: Any = None, of_builders: Any = (), **wanted: Any) -> Listing:
    known = Wanted(**{"sees": everything, **wanted})
    return page_of(lists, ["files"], known, tags or {}, of_builders)


def names(listing: Listing) -> list[str]:
    return [secret.name for secret in listing.secrets]


class ListingTests(SynchronousTestCase):
    def test_all_of_them(self) -> None:
        listing = page()
        self.assertEqual(names(listing), ALL)
        self.assertEqual((listing.after, listing.problems), (None, {"files": "ill"}))
        self.assertEqual([one.is_canonical for one in listing.secrets], [True] * 3 + [False] * 2)

    def test_search(self) -> None:
        tags = {"vault": {"app": ("Prod",)}}
        for search, found in (
            ("APP", ["files!app", "vault!app"]),
            ("t!a", ["vault!app"]),
            ("vault", ["vault!app", "vault!Team/key"]),
            ("prod", ["vault!app"]),
            ("none", []),
        ):
            self.assertEqual(names(page(tags=tags, search=search)), found, search)
        of_builders = {"files!team", "Team/key"}
        found = names(page(search="x", of_builders=of_builders))
        self.assertEqual(found, ["files!team", "vault!Team/key"])

    def test_what_is_not_seen_is_not_there(self) -> None:
        listing = page(sees=lambda secret: "app" in secret.path, limit=1)
        self.assertEqual((names(listing), listing.after), (["files!app"], "files!app"))
        listing = page(sees=lambda secret: secret.name == "files!app", limit=1)
        self.assertEqual((names(listing), listing.after), (["files!app"], None))

    @given(
        st.sets(st.text("ab!", min_size=1)), st.sets(st.text("ab", min_size=1)), st.integers(1, 5)
    )
    def test_pages_have_everything_once(self, first: set[str], other: set[str], limit: int) -> None:
        lists = {"p": NameList(tuple(sorted(first))), "q": NameList(tuple(sorted(other)))}
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            listing = page(lists, after=after, limit=limit)
            self.assertLessEqual(len(listing.secrets), limit)
            found += names(listing)
            after = listing.after
        expected = [f"{provider}!{name}" for provider in lists for name in lists[provider].names]
        self.assertEqual(found, expected)

    def test_few_of_many_are_looked_at(self) -> None:
        """Where everything is seen, a page costs as much of 10,000 secrets as of 100."""
        looked: list[Listed] = []

        def sees(secret: Listed) -> bool:
            looked.append(secret)
            return True

        lists = {"p": NameList(tuple(f"{number:05}" for number in range(10_000)))}
        page(lists, sees=sees, after="p!04999", limit=50)
        self.assertEqual(len(looked), 51)
