from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.errors import DamagedBox, WrongKey
from buildbot_keychain.store.derived_keys import (
    DerivedKeys,
    new_root_secret,
    open_root_secret,
    seal_root_secret,
)
from tests.support.secretive_objects import assert_is_not_sent

KEY, STORE_ID, ROOT = bytes(range(32)), bytes(16), bytes(range(1, 33))


class DerivedKeyTests(SynchronousTestCase):
    def test_the_format(self) -> None:
        keys = DerivedKeys.of(ROOT)
        self.assertEqual(
            [key.hex() for key in (keys.journal, keys.metadata, keys.sealed_field, keys.form)],
            [
                "f934f33603b1e1b444c8100c11a462b9d7af78cf57dd7b581d62e423ee1f22ed",
                "d647b835d6122f51d0e84566d6cd680b6ed2fa7683a8c21d9c5b6c8649096603",
                "f23307e7952333e87f90397380f003e0b7b6ca4cc8cbc8c3448d41d98323eead",
                "2d2157291a51611a0e4d8e1f2e7c1f827398910e869c24c86914cf7c279bc372",
            ],
        )

    def test_each_purpose_and_each_store_has_its_own(self) -> None:
        keys, others = DerivedKeys.of(ROOT), DerivedKeys.of(new_root_secret())
        every = [key for each in (keys, others) for key in vars(each).values()]
        self.assertEqual(len(set(every)), 10)

    def test_nothing_is_shown(self) -> None:
        self.assertEqual(repr(DerivedKeys.of(ROOT)), "DerivedKeys()")
        assert_is_not_sent(self, DerivedKeys.of(ROOT))


class RootSecretTests(SynchronousTestCase):
    def test_both_ways(self) -> None:
        box = seal_root_secret(KEY, STORE_ID, ROOT)
        self.assertEqual(open_root_secret(KEY, STORE_ID, box), ROOT)

    def test_it_is_bound_to_its_store_and_key(self) -> None:
        box = seal_root_secret(KEY, STORE_ID, ROOT)
        self.assertRaises(DamagedBox, open_root_secret, KEY, b"s" * 16, box)
        self.assertRaises(WrongKey, open_root_secret, ROOT, STORE_ID, box)
