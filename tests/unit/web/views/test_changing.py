from __future__ import annotations

import json
from typing import Any

from tests.support.page_client import forms_of
from tests.support.page_routes import ABOUT, NO_VALUE
from tests.support.page_site import ViewTestCase
from tests.support.page_stores import SECRET


class RuleTests(ViewTestCase):
    """The host's own rules are asked about what is meant, however it was spelled."""

    def status(self, method: str, path: str, **sent: object) -> int:
        token = self.token_of("ada", "secrets:write")
        call = self.pages.client().call(method, f"store/{path}", token, json.dumps(sent))
        return int(call.status)

    def test_the_name_that_is_meant_and_the_new_one(self) -> None:
        self.host.forbidden = {SECRET, "store!new"}
        for name in ("deploy/token", SECRET):
            self.assertEqual(self.status("PUT", "secret", name=name, value="x"), 403)
        self.assertEqual(self.status("PUT", "secret", name="a", value="x"), 200)
        self.assertEqual(self.status("POST", "secret/rename", name="a", new="new"), 403)
        self.assertEqual([change.name for _, change in self.host.stores.changed], ["a"])

    def test_whoever_reads_it_too(self) -> None:
        self.host.forbidden = {SECRET}
        token = self.token_of("ada", "secrets:read")
        for name in ("deploy/token", SECRET):
            reply = self.pages.client().call("GET", f"store/secret?name={name}", token)
            self.assertEqual(reply.status, 403, name)
            self.assertEqual(self.pages.client("ada").open(f"change?name={name}").status, 403)
        self.assertEqual(self.pages.client("ada").open("change?name=both").status, 200)

    def test_they_are_asked_about_texts_alone(self) -> None:
        ada, asked = self.pages.client("ada"), list[Any]()
        (form,) = forms_of(ada.open(f"change?name={SECRET}").text, "change")
        allows = self.host.allows

        def noted(visitor: Any, action: Any, name: Any = None) -> Any:
            asked.append(name)
            return allows(visitor, action, name)

        self.host.allows = noted  # type: ignore[method-assign]
        sent = {**form, **NO_VALUE, **ABOUT, "name": SECRET.encode()}
        self.assertEqual(ada.upload("change", sent).status, 400)
        self.assertEqual(asked, [])
