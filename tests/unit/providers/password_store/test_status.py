from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.password_store._status import (
    Outcome,
    Status,
    error_numbers,
    key_ids,
    outcome,
)

A, B = "AD18A0090E2226DD", "F78CA4C644546B5A"


def statuses(text: str) -> list[Status]:
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in text.split("; ")]


class OutcomeTests(SynchronousTestCase):
    """What gpg 2.2.40 reported in each case."""

    def test_each_outcome(self) -> None:
        for text, expected in (
            (
                (
                    f"ENC_TO {A} 18 0; DECRYPTION_KEY x; BEGIN_DECRYPTION; DECRYPTION_INFO 2 9 0; "
                    "PLAINTEXT 62 1 ; DECRYPTION_OKAY; GOODMDC; END_DECRYPTION"
                ),
                Outcome.DECRYPTED,
            ),
            (
                (
                    f"ENC_TO {B} 1 0; ERROR pkdecrypt_failed 67108875; BEGIN_DECRYPTION; "
                    "DECRYPTION_FAILED; END_DECRYPTION"
                ),
                Outcome.WRONG_PASSPHRASE,
            ),
            (
                (
                    f"ENC_TO {B} 1 0; ERROR pkdecrypt_failed 67108949; BEGIN_DECRYPTION; "
                    "DECRYPTION_FAILED; END_DECRYPTION"
                ),
                Outcome.LOCKED,
            ),
            (
                (
                    f"ENC_TO {A} 18 0; NO_SECKEY {A}; BEGIN_DECRYPTION; DECRYPTION_FAILED; "
                    "END_DECRYPTION"
                ),
                Outcome.NO_PRIVATE_KEY,
            ),
            (
                (
                    f"ENC_TO {A} 18 0; DECRYPTION_KEY x; BEGIN_DECRYPTION; DECRYPTION_INFO 2 9 0; "
                    "PLAINTEXT 62 1 ; BADMDC; DECRYPTION_FAILED; END_DECRYPTION"
                ),
                Outcome.DAMAGED,
            ),
            (f"ENC_TO {A} 18 0; DECRYPTION_KEY x", Outcome.DAMAGED),
            ("NODATA 1; NODATA 2; FAILURE decrypt 4294967295", Outcome.NOT_ENCRYPTED),
            (
                (
                    f"ENC_TO {B} 1 0; ERROR pkdecrypt_failed 67109137; BEGIN_DECRYPTION; "
                    "DECRYPTION_FAILED; END_DECRYPTION"
                ),
                Outcome.FAILED,
            ),
        ):
            self.assertIs(outcome(statuses(text)), expected, text)
        self.assertIs(outcome([]), Outcome.FAILED)

    def test_of_several_keys_the_available_one_counts(self) -> None:
        there = f"ENC_TO {A} 18 0; NO_SECKEY {A}; ENC_TO {B} 1 0; ERROR pkdecrypt_failed "
        self.assertIs(outcome(statuses(there + "67108949")), Outcome.LOCKED)
        self.assertIs(outcome(statuses(there + "67108875")), Outcome.WRONG_PASSPHRASE)

    def test_a_failure_after_the_decryption_is_damage(self) -> None:
        found = statuses("DECRYPTION_INFO 2 9 0; DECRYPTION_OKAY; DECRYPTION_FAILED")
        self.assertIs(outcome(found), Outcome.DAMAGED)

    def test_key_ids_and_numbers(self) -> None:
        found = statuses(f"ENC_TO {A} 18 0; ENC_TO 0000000000000000 1 0; ENC_TO {B} 1 0")
        self.assertEqual(key_ids([*found, ("ENC_TO", f"{A} 18 0")]), [A, B])
        errors = statuses("ERROR pkdecrypt_failed 67108875; ERROR add_keyblock_resource 1; ERROR ")
        self.assertEqual(error_numbers([*errors, ("ERROR", "pkdecrypt_failed x")]), [11])
