from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from buildbot_keychain.web import IForms
from buildbot_keychain.web.host_forms import Field, FieldKind
from tests.support.forms_in_memory import FormsInMemory


class FormsTests(SynchronousTestCase):
    def test_those_of_tests_are_like_those_of_a_host(self) -> None:
        verifyObject(IForms, FormsInMemory())

    def test_which_fields_are_never_shown_again(self) -> None:
        secret = {kind for kind in FieldKind if Field("x", kind).is_secret}
        self.assertEqual(secret, {FieldKind.SECRET, FieldKind.SECRET_LINES})
