from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from buildbot_keychain.store.imports import Entry, ImportedSecret, ImportProblem
from buildbot_keychain.store.imports.jenkins._credentials import read_config
from buildbot_keychain.store.imports.jenkins._values import UNENCRYPTED, UNOPENED
from tests.support.jenkins import (
    PLAIN,
    SSH,
    JenkinsTestCase,
    base64,
    credential,
    element,
    folder,
    leaf,
    old_file,
    old_secret,
    oldest_secret,
    secret,
    secret_bytes,
    system,
    user_password,
    xml,
)
from tests.support.memory import peak_of

CANARY = "s3cr3t-canary"
PEM = "-----BEGIN OPENSSH PRIVATE KEY-----\ns3cr3t-canary\n-----END OPENSSH PRIVATE KEY-----"
FILE = "org.jenkinsci.plugins.plaincredentials.impl.FileCredentialsImpl"
STRING = "org.jenkinsci.plugins.plaincredentials.impl.StringCredentialsImpl"


def ssh_key(*children: str, source: str = "DirectEntryPrivateKeySource") -> str:
    inner = element("privateKeySource", *children, **{"class": f"{SSH}${source}"})
    return credential(SSH, "deploy", leaf("username", "root"), inner)


class ConfigTestCase(JenkinsTestCase):
    def entries(self, content: bytes, prefix: str = "") -> list[Entry]:
        found = list(read_config(content, "x.xml", prefix, self.keys))
        for entry in found:
            self.assertNotIn(CANARY, repr(entry))
        return found

    def values(self, content: bytes, prefix: str = "") -> dict[str, str | bytes]:
        """All values by name; whatever else is yielded fails the test."""
        found = self.entries(content, prefix)
        secrets = [entry for entry in found if isinstance(entry, ImportedSecret)]
        self.assertEqual(found, secrets)
        return {entry.name: entry.value for entry in secrets}

    def problems(self, content: bytes) -> list[str]:
        return [str(e) for e in self.entries(content) if isinstance(e, ImportProblem)]

    def warnings(self, content: bytes) -> dict[str, str]:
        found = self.entries(content)
        return {e.name: e.warning for e in found if isinstance(e, ImportedSecret) and e.warning}


class CredentialTests(ConfigTestCase):
    def test_a_user_name_and_a_password_in_each_form(self) -> None:
        for password in (secret(CANARY), old_secret(CANARY), oldest_secret(CANARY)):
            content = system(user_password("db", "admin", password, "Database"))
            first, second = self.entries(content)
            tags = ("jenkins", "UsernamePasswordCredentialsImpl")
            where = "x.xml: 'db'"
            self.assertEqual(first, ImportedSecret("db", CANARY, where, "Database", tags))
            expected = ImportedSecret("db/username", "admin", where, "Database", tags, redact=False)
            self.assertEqual(second, expected)

    def test_a_user_name_that_jenkins_hides(self) -> None:
        tag = f"{PLAIN}.UsernamePasswordCredentialsImpl"
        for written, redact in (("true", True), ("false", False)):
            content = system(
                credential(
                    tag,
                    "db",
                    leaf("username", "admin"),
                    leaf("password", secret(CANARY)),
                    leaf("usernameSecret", written),
                )
            )
            _, username = self.entries(content)
            assert isinstance(username, ImportedSecret)
            self.assertEqual((username.name, username.redact), ("db/username", redact))

    def test_an_ssh_key(self) -> None:
        content = system(ssh_key(leaf("privateKey", secret(PEM))))
        self.assertEqual(self.values(content), {"deploy": f"{PEM}\n", "deploy/username": "root"})

    def test_an_ssh_key_with_a_passphrase(self) -> None:
        keys = leaf("privateKey", secret(f"{PEM}\n"))
        content = system(
            credential(SSH, "deploy", leaf("passphrase", secret(CANARY)), element("source", keys))
        )
        expected = {"deploy": f"{PEM}\n", "deploy/passphrase": CANARY}
        self.assertEqual(self.values(content), expected)

    def test_an_empty_passphrase_is_left_out(self) -> None:
        content = system(
            credential(SSH, "a", leaf("passphrase", secret("")), leaf("privateKey", secret(PEM)))
        )
        self.assertEqual(list(self.values(content)), ["a"])

    def test_keys_that_are_in_a_file_elsewhere(self) -> None:
        source = "FileOnMasterPrivateKeySource"
        content = system(ssh_key(leaf("privateKeyFile", "/root/.ssh/id"), source=source))
        (problem,) = self.problems(content)
        self.assertIn("x.xml: 'deploy', privateKeyFile: is the path of a file", problem)
        (problem,) = self.problems(system(ssh_key(source="UsersPrivateKeySource")))
        self.assertIn("x.xml: 'deploy': has nothing that is encrypted", problem)

    def test_a_secret_text(self) -> None:
        content = system(credential(STRING, "token", leaf("secret", secret(f"{CANARY}\n two"))))
        self.assertEqual(self.values(content), {"token": f"{CANARY}\n two"})

    def test_files_of_any_age(self) -> None:
        for name, written in {
            "secretBytes": secret_bytes(b"\xff\x00"),
            "data": old_file(b"\xff\x00"),
        }.items():
            content = system(
                credential(FILE, "f", leaf("fileName", "key.bin"), leaf(name, written))
            )
            (found,) = self.entries(content)
            assert isinstance(found, ImportedSecret)
            self.assertEqual(found.value, b"\xff\x00")
            self.assertEqual((found.name, found.description), ("f", "(key.bin)"))

    def test_certificates_of_any_age(self) -> None:
        for name, written in {
            "uploadedKeystoreBytes": secret_bytes(b"\xff\x00"),
            "uploadedKeystore": secret(base64(b"\xff\x00")),
        }.items():
            source = element("keyStoreSource", leaf(name, written))
            tag = f"{PLAIN}.CertificateCredentialsImpl"
            content = system(credential(tag, "c", source, leaf("password", secret(CANARY))))
            expected = {"c": b"\xff\x00", "c/password": CANARY}
            self.assertEqual(self.values(content), expected)

    def test_any_plugins_class(self) -> None:
        one = credential("org.example.One", "a", leaf("strange", secret(CANARY)))
        two = credential(
            "org.example.Two_-Inner",
            "b",
            leaf("first", secret("1st")),
            element("deeper", element("still", leaf("second__key", secret("2nd")))),
        )
        expected = {"a": CANARY, "b/first": "1st", "b/second_key": "2nd"}
        self.assertEqual(self.values(system(one, two)), expected)

    def test_the_id_may_follow(self) -> None:
        entry = element("org.example.One", leaf("x", secret(CANARY)), leaf("id", "late"))
        self.assertEqual(self.values(system(entry)), {"late": CANARY})

    def test_credentials_of_before_there_were_domains(self) -> None:
        tag = "com.cloudbees.plugins.credentials.SystemCredentialsProvider"
        inner = element("credentials", user_password("a", "b", CANARY))
        content = xml(element(tag, inner), "1.0")
        self.assertEqual(self.values(content), {"a": CANARY, "a/username": "b"})

    def test_a_folders_names_begin_with_its_path(self) -> None:
        content = folder(user_password("a", "b", secret(CANARY)))
        self.assertEqual(self.values(content, "app/"), {"app/a": CANARY, "app/a/username": "b"})

    def test_control_characters(self) -> None:
        content = system(credential(STRING, "t", "<secret>x&#27;[0m&#x1;</secret>"))
        self.assertEqual(self.values(content), {"t": "x\x1b[0m\x01"})


class PlainTextTests(ConfigTestCase):
    def test_a_plain_text_is_a_value_with_a_warning(self) -> None:
        content = system(user_password("a", "b", CANARY))
        self.assertEqual(self.values(content), {"a": CANARY, "a/username": "b"})
        self.assertEqual(self.warnings(content), {"a": UNENCRYPTED})

    def test_one_that_looks_encrypted_says_so(self) -> None:
        content = system(user_password("a", "b", base64(bytes(32))))
        self.assertEqual(self.warnings(content), {"a": UNOPENED})

    def test_the_name_of_the_element_decides(self) -> None:
        names = ("apiToken", "clientSecret", "secretKey", "privateKey", "pin", "key", "keystore")
        settings = ("url", "tokenType", "keyId", "passwordLength", "secretName")
        children = [leaf(name, CANARY) for name in (*names, *settings)]
        content = system(credential("org.example.X", "a", *children))
        self.assertEqual(sorted(self.values(content)), sorted(f"a/{name}" for name in names))

    def test_settings_are_not_values(self) -> None:
        content = system(credential("X", "a", leaf("useSecret", "true"), leaf("url", "x")))
        (problem,) = self.problems(content)
        self.assertIn("(elements: scope, useSecret, url)", problem)

    def test_outside_of_credentials_a_plain_text_is_none(self) -> None:
        content = xml(element("project", leaf("password", CANARY), leaf("id", "a")))
        self.assertEqual(self.entries(content), [])


class OtherElementTests(ConfigTestCase):
    def test_an_element_of_a_job_is_named_after_what_it_is_in(self) -> None:
        parameter = "hudson.model.PasswordParameterDefinition"
        inner = element(parameter, leaf("name", "PW"), leaf("defaultValue", secret(CANARY)))
        content = xml(element("project", element("properties", inner)))
        name = "app/PasswordParameterDefinition/defaultValue"
        self.assertEqual(self.values(content, "app/"), {name: CANARY})

    def test_equal_ones_are_numbered(self) -> None:
        servers = [element("server", leaf("password", secret(value))) for value in "abc"]
        content = xml(element("org.example.Config", *servers))
        names = ("server/password", "server/password-2", "server/password-3")
        self.assertEqual(self.values(content), dict(zip(names, "abc", strict=True)))

    def test_one_with_an_id_is_named_after_it(self) -> None:
        inner = element("server", leaf("id", "web"), leaf("password", secret(CANARY)))
        self.assertEqual(self.values(xml(element("x", inner)), "job/"), {"job/web": CANARY})

    def test_the_root_itself(self) -> None:
        self.assertEqual(self.values(xml(leaf("x", secret(CANARY)))), {"x": CANARY})


class ProblemTests(ConfigTestCase):
    def test_each_entry_is_reported_and_none_stops_the_others(self) -> None:
        damaged = f"{{{secret(CANARY)[1:-5]}AAA=}}"
        content = system(
            credential(STRING, "bytes", leaf("secret", secret(b"\xff"))),
            credential(STRING, "damaged", leaf("secret", damaged)),
            credential("org.example.X", "public", leaf("url", CANARY)),
            credential(STRING, "reference", "<secret reference='../../x/secret'/>"),
            credential(STRING, "good", leaf("secret", secret(CANARY))),
        )
        found = [e for e in self.entries(content) if isinstance(e, ImportedSecret)]
        self.assertIn("good", [entry.name for entry in found])
        problems = "\n".join(self.problems(content))
        for says in (
            "'bytes', secret: does not decrypt to a text",
            "'public': has nothing that is encrypted or called like a secret (elements: scope, ",
            "'reference', secret: stands for another element",
        ):
            self.assertIn(says, problems)

    def test_a_missing_key_is_reported_for_each_entry(self) -> None:
        (self.home / "secrets/master.key").unlink()
        for password in (secret(CANARY), old_secret(CANARY)):
            entries = [user_password(name, "x", password) for name in "ab"]
            problems = self.problems(system(*entries))
            self.assertEqual(len(problems), 2)
            for problem in problems:
                self.assertIn("master.key does not exist; copy it from that Jenkins", problem)

    def test_a_wrong_master_key_yields_no_value(self) -> None:
        (self.home / "secrets/master.key").write_text("ab" * 128)
        content = system(
            user_password("a", "x", secret(CANARY)),
            credential(FILE, "f", leaf("secretBytes", secret_bytes(b"x"))),
        )
        self.assertEqual(len(self.problems(content)), len(self.entries(content)))

    def test_a_text_that_only_looks_encrypted_is_no_problem_outside_of_credentials(self) -> None:
        (self.home / "secrets/master.key").unlink()
        self.assertEqual(self.entries(xml(element("x", leaf("digest", base64(bytes(32)))))), [])

    def test_a_text_that_is_too_large(self) -> None:
        content = system(credential(STRING, "a", leaf("secret", "x" * (2 << 20))))
        self.assertIn("'a', secret: is larger than 1 MiB", "".join(self.problems(content)))
        self.assertEqual(self.entries(xml(leaf("script", "x" * (2 << 20)))), [])

    def test_a_file_that_ends_too_early(self) -> None:
        whole = system(
            user_password("a", "b", secret(CANARY)), user_password("c", "d", secret("other"))
        )
        cut = whole[: whole.index(b"<id>c") + 3]
        first, _, problem = self.entries(cut)
        assert isinstance(first, ImportedSecret)
        self.assertEqual(first.value, CANARY)
        self.assertIn("is not XML, at line", str(problem))

    def test_a_secret_before_the_break_is_not_lost(self) -> None:
        whole = xml(element("x", element("y", leaf("z", secret(CANARY)), leaf("w", "x"))))
        cut = whole[: whole.index(b"<w>")]
        self.assertEqual([type(e) for e in self.entries(cut)], [ImportProblem, ImportedSecret])

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_a_mutated_file_never_stops_the_reader(self, data: st.DataObject) -> None:
        content = system(
            user_password("a", "b", secret(CANARY)),
            ssh_key(leaf("privateKey", old_secret(PEM))),
            credential(FILE, "f", leaf("secretBytes", secret_bytes(b"\xff"))),
        )
        begin = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(begin, min(len(content), begin + 30)))
        new = data.draw(st.sampled_from((b"", b"<", b">", b"<id>", b"</id>", b"A", b"}", b"\0")))
        for entry in self.entries(content[:begin] + new + content[end:]):
            self.assertIsInstance(entry, (ImportedSecret, ImportProblem))


class BoundsTests(ConfigTestCase):
    def test_memory_is_in_proportion(self) -> None:
        found = "<pin>x</pin>" * 4_000
        encrypted = leaf("x", secret("x")) * 200
        for body in (found, encrypted, "<secretBytes>AAAA</secretBytes>" * 1_000):
            inner = element("domainCredentialsMap", element("x", leaf("id", "a"), body))
            content = xml(element("y", inner))
            entries = read_config(content, "x.xml", "", self.keys)
            self.assertLess(peak_of(entries), 10 * len(content) + (1 << 19))
