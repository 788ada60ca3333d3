from __future__ import annotations

import json

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
