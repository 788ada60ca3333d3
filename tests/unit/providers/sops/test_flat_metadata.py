from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.sops._errors import SopsError
from buildbot_keychain.providers.sops._flat_metadata import unflatten


class UnflattenTests(SynchronousTestCase):
    def test_lists_and_mappings(self) -> None:
        flat = {
            "version": "3.11.0",
            "age__list_0__map_enc": "A",
            "age__list_0__map_recipient": "age1",
            "age__list_1__map_enc": "B",
            "key_groups__list_0__map_age__list_0__map_enc": "C",
            "odd__name": "x",
        }
        self.assertEqual(
            unflatten(flat),
            {
                "version": "3.11.0",
                "age": [{"enc": "A", "recipient": "age1"}, {"enc": "B"}],
                "key_groups": [{"age": [{"enc": "C"}]}],
                "odd__name": "x",
            },
        )
        self.assertEqual(unflatten({}), {})

    def test_a_key_of_very_many_steps(self) -> None:
        error = self.assertRaises(SopsError, unflatten, {"age" + 100_000 * "__map_a": "x"})
        self.assertEqual(error.reason, "cannot be read: its sops metadata is nested too deeply")

    def test_a_key_that_leads_through_a_value(self) -> None:
        flat = {"age": "x", "age__list_0__map_enc": "A"}
        error = self.assertRaises(SopsError, unflatten, flat)
        self.assertEqual(error.reason, "cannot be read: its sops metadata contradicts itself")
