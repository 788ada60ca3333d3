from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.buildbot.sinks._source_stamps import alterable, redact_stamps
from buildbot_keychain.redaction import RedactionPolicy, Redactor

VALUE = "s3cr3t-t0ken"


class SourceStampTests(SynchronousTestCase):
    def test_what_is_checked_out_stays(self) -> None:
        redactor = Redactor(RedactionPolicy.build_log())
        redactor.add("token", VALUE)
        readers = redactor.seen_by(None)
        stamp = {"branch": VALUE, "revision": VALUE, "repository": f"//{VALUE}@h", "patch_level": 1}
        clean = {**stamp, "repository": "//<token>@h"}
        self.assertEqual(redact_stamps(readers, [stamp, 17]), [clean, 17])
        self.assertEqual(
            alterable([stamp, 17]), [{"repository": f"//{VALUE}@h", "patch_level": 1}, 17]
        )
