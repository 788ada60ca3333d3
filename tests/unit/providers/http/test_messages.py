from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from buildbot_keychain.providers.http import (
    Interrupted,
    NotSent,
    Request,
    RequestError,
    Response,
    UnreadableTlsFile,
    UnusableTlsFiles,
)

SECRET = "correct-horse-battery"


class MessageTests(SynchronousTestCase):
    def test_a_request_shows_its_method_alone(self) -> None:
        url = f"https://h/?key={SECRET}"
        request = Request("POST", url, {"X-Vault-Token": SECRET}, SECRET.encode())
        self.assertEqual(repr(request), "Request(method='POST')")

    def test_a_response_shows_its_status_alone(self) -> None:
        response = Response(200, {"x": SECRET}, SECRET.encode())
        self.assertEqual(repr(response), "Response(status=200)")

    def test_requests_are_data(self) -> None:
        self.assertEqual(Request("GET", "http://h/"), Request("GET", "http://h/", {}, b""))

    def test_an_error_says_whether_time_was_over(self) -> None:
        self.assertFalse(NotSent("refused the connection").timed_out)
        error = Interrupted("did not answer in time", timed_out=True)
        self.assertTrue(error.timed_out)
        self.assertEqual(str(error), error.reason)

    def test_files_that_cannot_be_loaded_mean_that_nothing_was_sent(self) -> None:
        for kind in (UnusableTlsFiles, UnreadableTlsFile):
            self.assertTrue(issubclass(kind, NotSent))
            self.assertTrue(issubclass(kind, ValueError))
            self.assertTrue(issubclass(kind, RequestError))
