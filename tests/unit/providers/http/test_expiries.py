from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.certificates import periods
from buildbot_keychain.providers.http import TlsArguments, TlsFiles, expiries_of
from tests.support.tls import Authority


class ExpiryTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.dir = Path(self.mktemp())
        self.dir.mkdir()
        self.authority = Authority(self.dir)

    def test_the_client_s_by_the_first_and_authorities_by_the_last(self) -> None:
        client = self.authority.issue("client", days=3)
        with client.open("a") as file:
            file.write(self.authority.issue("signer", days=2).read_text())
        ca = self.dir / "ca.pem"
        ca.write_text("".join(self.authority.issue(f"{n}", days=n).read_text() for n in (5, 9, 7)))
        arguments = TlsArguments(ca="ca_bundle", certificate="client_cert")
        own, trusted = expiries_of(TlsFiles(str(ca), str(client), arguments=arguments))
        ends = [period.ends for path in (client, ca) for period in periods(path.read_text())]
        self.assertEqual((own.name, own.when), (str(client), min(ends[:2])))
        self.assertEqual((trusted.name, trusted.when), (str(ca), max(ends[2:])))
        self.assertIn("which is client_cert of the provider", own.remedy)
        self.assertIn("which is ca_bundle of the provider", trusted.remedy)
        self.assertGreater(own.life or 0, 86_400)

    def test_what_is_left_out(self) -> None:
        hashed = self.authority.hashed_directory()
        empty = self.dir / "empty"
        empty.touch()
        for path in (hashed, empty, self.dir / "missing"):
            self.assertEqual(expiries_of(TlsFiles(str(path), str(path))), [])
        self.assertEqual(expiries_of(TlsFiles()), [])
