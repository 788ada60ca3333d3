"""`SecretInAwsSecretsManager`: secrets of AWS Secrets Manager, whole or fields of their JSON.

Each lookup asks AWS, in a thread; nothing is kept but the client and its connections.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from buildbot_keychain.errors import InvalidSecret, ProviderError, quote
from buildbot_keychain.providers.arguments import (
    LONGEST_TIMEOUT,
    RenderedArguments,
    is_timeout,
    require,
    server_url,
)
from buildbot_keychain.providers.aws.client import (
    Answer,
    Credentials,
    SecretsManagerClient,
    Settings,
)
from buildbot_keychain.providers.aws.names import SecretName, may_be_a_name, secret_name
from buildbot_keychain.providers.aws.refusals import Refusal
from buildbot_keychain.providers.service import BlockingProvider

_LOCAL = ("localhost", "127.0.0.1", "::1")
_MOST_RETRIES = 10


class SecretInAwsSecretsManager(RenderedArguments, BlockingProvider):
    """Serves AWS Secrets Manager; names are ``secret[|field][@version]``, see `names`.

    :param region: such as ``eu-central-1``; by default what boto3's configuration says.
    :param prefix: what stands before each secret's name in AWS, such as ``ci/``.
    :param profile: a profile of boto3's configuration files.
    :param endpoint_url: in place of AWS's own; ``https``, or ``http`` on this machine.
    :param access_key_id: together with `secret_access_key`, and with `session_token` for temporary
        ones: a `str` or a renderable each; by default the credentials come from boto3's own chain:
        environment, configuration files, roles of containers and instances.
    :param secret_access_key: see `access_key_id`.
    :param session_token: see `access_key_id`.
    :param timeout: seconds that one lookup may take, retries included.
    :param retries: how often a request is sent again after throttling and failed connections.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when AWS refuses or credentials are missing; `InvalidSecret`
    when a value is no text, or no JSON object and a field is asked for; `ProviderUnavailable` and
    `DeadlineExceeded` when AWS cannot be reached, throttles or does not answer in time. A secret
    that is scheduled for deletion is not held.
    """

    name: str = "SecretInAwsSecretsManager"
    kind = "aws"

    def __init__(
        self,
        region: str | None = None,
        prefix: str = "",
        *,
        profile: str | None = None,
        endpoint_url: str | None = None,
        access_key_id: Any = None,  # noqa: ANN401 - a str or a renderable
        secret_access_key: Any = None,  # noqa: ANN401 - a str or a renderable
        session_token: Any = None,  # noqa: ANN401 - a str or a renderable
        timeout: float = 15.0,
        retries: int = 2,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        require(self.name, "aws", "boto3")
        for option, text in (("region", region), ("profile", profile)):
            if text is not None and not (isinstance(text, str) and text.strip()):
                self.fail_config(option, "a str that is not blank", text)
        if not isinstance(prefix, str) or (prefix and not may_be_a_name(prefix, "")):
            self.fail_config("prefix", "a str of letters, digits and /_+=.@-", prefix)
        if endpoint_url is not None and not _is_endpoint(endpoint_url):
            self.fail_config("endpoint_url", "an https:// URL without a user", endpoint_url)
        if not is_timeout(timeout):
            self.fail_config("timeout", f"seconds, at most {LONGEST_TIMEOUT:g}", timeout)
        if type(retries) is not int or not 0 <= retries <= _MOST_RETRIES:
            self.fail_config("retries", f"an int from 0 to {_MOST_RETRIES}", retries)
        self._credentials = {
            "access_key_id": access_key_id,
            "secret_access_key": secret_access_key,
            "session_token": session_token,
        }
        self._check_credentials(profile)
        self.prefix = prefix
        self.deadline = float(timeout)
        self._client = SecretsManagerClient(
            Settings(
                region=region,
                profile=profile,
                endpoint_url=endpoint_url,
                timeout=self.deadline / (retries + 1),
                attempts=retries + 1,
                connections=self.threads,
            )
        )

    async def look_up(self, path: str) -> str | None:
        """Render the credentials, and ask in a thread."""
        name = secret_name(path, self.prefix)
        if name is None:
            return None
        texts = {
            option: await self.rendered(path, option, given)
            for option, given in self._credentials.items()
        }
        asking = self.in_thread(path, partial(self._ask, path, name, Credentials(**texts)))
        texts = {}
        answer = await asking
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    def check_config(self) -> Iterator[str]:
        """Say, without asking AWS, what boto3's configuration lacks."""
        complaint = self._client.complaint()
        if complaint is not None:
            yield f"provider {self.name!r}: {complaint}"

    def timeout_hint(self) -> str:
        """Say what did not answer."""
        return "is AWS reachable from here?"

    def stopService(self) -> Any:  # noqa: ANN401 - nothing, or a Deferred
        """Answer no more, and close the connections."""
        super().stopService()
        self._client.close()

    def _ask(
        self, path: str, name: SecretName, credentials: Credentials
    ) -> str | ProviderError | None:
        """Give the value, or the error to raise where no frame holds one."""
        answer = self._client.get(name, credentials)
        if isinstance(answer, Refusal):
            return answer.kind(self.name, path, answer.reason) if answer.kind else None
        text, problem = _text_of(answer, name.field)
        return InvalidSecret(self.name, path, problem) if problem else text

    def _check_credentials(self, profile: str | None) -> None:
        given = {option: value for option, value in self._credentials.items() if value is not None}
        for option, value in given.items():
            if isinstance(value, bytes) or (isinstance(value, str) and not value.strip()):
                self.fail_config(option, "a str that is not blank, or a renderable", type(value))
        pair = {"access_key_id", "secret_access_key"}
        if given and not pair <= set(given):
            self.fail_config("credentials", "access_key_id and secret_access_key", sorted(given))
        if given and profile is not None:
            self.fail_config("profile", "left out where access_key_id is given", profile)


def _text_of(answer: Answer, field: str | None) -> tuple[str | None, str]:
    """Give the text that is asked for, ``None`` where there is none; and what is wrong with it."""
    value = answer.value
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    if isinstance(value, bytes) and text.encode() != value:
        return None, "it holds bytes that are not UTF-8; store them in base64"
    if field is None:
        return text, ""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return None, f"it is no JSON object, and has no field {quote(field)}; ask for the whole"
    inner = found.get(field)
    if field in found and not isinstance(inner, str):
        return None, f"its field {quote(field)} is no text; store it in quotes"
    return inner, ""


def _is_endpoint(url: object) -> bool:
    parts = server_url(url)
    return parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)
    )
