"""Which texts of a secret are hidden from everybody."""

from __future__ import annotations

import base64
import json
import random

from buildbot_keychain.redaction import Redactor
from buildbot_keychain.redaction.forms.unguessable import unguessable
from tests.support.oracle.work import calls

TOKEN = "kQ9mT2vXzR7pL8sHn"


def test_a_text_with_a_structure_is_found_by_what_is_secret_in_it() -> None:
    address = f"postgres://app:{TOKEN}@db.example.com/app"
    found = unguessable([address, TOKEN, "app"])
    assert {text: one.kernel for text, one in found.items()} == {TOKEN: TOKEN, address: TOKEN}
    line = f"DATABASE_URL={address}"
    assert unguessable([line, address, TOKEN])[line].kernel == TOKEN


def test_what_stands_in_a_text_encoded() -> None:
    auth = base64.b64encode(f"deploy:{TOKEN}".encode()).decode()
    config = json.dumps({"auths": {"ghcr.io": {"auth": auth}}})
    kernels = {text: one.kernel for text, one in unguessable([config, auth, TOKEN]).items()}
    assert kernels == {TOKEN: TOKEN, auth: auth, config: auth}
    redactor = Redactor()
    redactor.add("docker", config)
    assert auth not in redactor.redact(f"X-Registry-Auth: {auth}\n", given=frozenset())


def test_what_can_be_guessed() -> None:
    assert unguessable(["postgres://app:hunter2@db", "hunter2", "weak\nlines", ""]) == {}
    assert unguessable([f'{{"token": "{TOKEN}", "pin": "4711"}}', "4711"]) == {}


def test_each_line_of_a_long_value_is_judged_once() -> None:
    data = random.Random(5).randbytes(48 * 50)
    lines = base64.encodebytes(data).decode().replace("=", "")
    counted = calls(lambda: Redactor().add("key", lines))
    assert counted["strength.py:bits"] < 100
    assert counted["fields/addresses.py:_secrets"] == 0
