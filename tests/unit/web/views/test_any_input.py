"""Whatever programs and forms send, they are answered, and every page can be drawn afterwards."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from buildbot_keychain.web import ROUTES
from buildbot_keychain.web._store_json import LATEST
from tests.support.page_client import forms_of
from tests.support.page_routes import ABOUT, NO_VALUE
from tests.support.page_site import ViewTestCase
from tests.support.page_stores import SECRET

NUMBERS = st.integers() | st.sampled_from([-1, 1 << 31, LATEST, LATEST + 1, 1 << 61, 10**40])
TEXTS = st.text(st.characters(), max_size=9) | st.sampled_from(
    ["", "\0", "\ud800", "a|b", "two-persons", "x" * 70_000, "9" * 5000, "2027-02-30", "0001-01-01"]
)
ANYTHING: Any = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
RECIPES = st.fixed_dictionaries(
    {"kind": st.sampled_from(["password", "token"]) | TEXTS},
    optional={"length": NUMBERS, "alphabet": TEXTS},
)
LIKELY = {
    "allowed": st.none() | st.lists(TEXTS, max_size=2),
    "description": TEXTS,
    "expected": st.none() | NUMBERS,
    "expires": st.none() | NUMBERS,
    "generate": RECIPES,
    "new": TEXTS,
    "purge": st.booleans(),
    "redact": st.booleans(),
    "revision": st.none() | TEXTS,
    "tags": st.lists(TEXTS, max_size=2),
    "value": TEXTS,
    "version": NUMBERS,
}
"""What has the right type."""

CHANGING = [
    each
    for each in ROUTES
    if each.view.startswith("stores.") and "name" in (each.sends or {}).get("properties", ())
]


@st.composite
def requests(draw: Any) -> tuple[str, str, dict[str, Any]]:
    """Return a method, a path and what is sent."""
    route = draw(st.sampled_from(CHANGING))
    assert route.sends is not None
    members = [name for name in route.sends["properties"] if name != "name"]
    sent = {"name": draw(st.sampled_from(["both", SECRET, "store!gone", "new"]) | ANYTHING)}
    for name in draw(st.lists(st.sampled_from(members), max_size=4, unique=True)):
        sent[name] = draw(LIKELY.get(name, ANYTHING) if draw(st.booleans()) else ANYTHING)
    return route.method, route.path.removeprefix("api/v1/"), sent


class AnyInputTests(ViewTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.ada = self.pages.client("ada")

    def check_pages(self) -> None:
        for page in ("changes", f"change?name={SECRET}", "change?name=store!both"):
            self.assertIn(self.ada.open(page).status, (200, 404), page)
        token = self.token_of("ada", "secrets:read")
        for path in ("store/changes", "store/secrets"):
            self.assertEqual(self.pages.client().call("GET", path, token).status, 200)

    @settings(max_examples=25)
    @given(requests())
    @example(("POST", "store/secret/edit", {"name": "both", "expires": 1 << 61}))
    @example(("POST", "store/secret/edit", {"name": SECRET, "expires": 1 << 61}))
    @example(("PUT", "store/secret", {"name": SECRET, "value": "x", "expires": -1}))
    @example(("PUT", "store/secret", {"name": SECRET, "value": "x", "expires": LATEST}))
    def test_json(self, request: tuple[str, str, dict[str, Any]]) -> None:
        method, path, sent = request
        token = self.token_of("ada", "secrets:write")
        reply = self.pages.client().call(method, path, token, json.dumps(sent))
        self.assertIn(reply.status, (200, 400, 404, 409, 413, 422), reply.text)
        self.check_pages()

    @settings(max_examples=12)
    @given(
        st.sampled_from(["add", "change"]),
        st.dictionaries(
            st.sampled_from([*ABOUT, *NO_VALUE, "path"]), TEXTS | st.binary(max_size=9)
        ),
    )
    def test_forms_with_files(self, action: str, sent: dict[str, str | bytes]) -> None:
        page = "add" if action == "add" else f"change?name={SECRET}"
        form: dict[str, Any] = forms_of(self.ada.open(page).text, action)[0]
        form |= {"store": "store", "path": "n"} if action == "add" else {}
        form |= {**NO_VALUE, **ABOUT, "line": "x"}
        for name, text in sent.items():
            if name != "path" or action == "add":
                form[name] = text if isinstance(text, bytes) else _sendable(text)
        self.assertIn(self.ada.upload(action, form).status, (303, 400, 404, 409, 413, 422))
        self.check_pages()

    def test_numbers_in_addresses_and_forms(self) -> None:
        token = self.token_of("ada", "secrets:read")
        for number in ("-1", "9" * 5000, "1e3", "\u0661", "0x1"):
            reply = self.pages.client().call("GET", f"store/secrets?limit={number}", token)
            self.assertEqual(reply.status, 400, number[:9])
            form = forms_of(self.ada.open(f"change?name={SECRET}").text, "roll-back")[0]
            self.assertEqual(self.ada.send("roll-back", {**form, "version": number}).status, 400)


def _sendable(text: str) -> str:
    """Return a text without halves of surrogate pairs, which no browser sends."""
    return text.encode("utf-8", "replace").decode()
