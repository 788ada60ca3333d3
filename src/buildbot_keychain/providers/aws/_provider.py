"""`SecretInAwsSecretsManager`: secrets of AWS Secrets Manager, whole or fields of their JSON."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from zope.interface import implementer

from buildbot_keychain import utf8
from buildbot_keychain.details import DescribedText
from buildbot_keychain.errors import ConfigurationError, InvalidSecret, quote
from buildbot_keychain.formats import (
    NUMBERS,
    FieldError,
    Malformed,
    field_text,
    parse_json,
)
from buildbot_keychain.interfaces import ICanonicalNames
from buildbot_keychain.providers.arguments import (
    RenderedArguments,
    SecretArgument,
    require,
    require_server_url,
    require_timeout,
)
from buildbot_keychain.providers.aws._calls import Call
from buildbot_keychain.providers.aws._client import (
    ClientSettings,
    Credentials,
    SecretsManagerClient,
)
from buildbot_keychain.providers.aws._errors import AwsError
from buildbot_keychain.providers.aws._names import (
    SecretName,
    may_be_secret_id,
    name_of_arn,
    parse_name,
)
from buildbot_keychain.providers.descriptions import DescribesAnswers
from buildbot_keychain.providers.service import BlockingProvider

_MOST_RETRIES = 10


@implementer(ICanonicalNames)
class SecretInAwsSecretsManager(DescribesAnswers, RenderedArguments, BlockingProvider):
    """Serves AWS Secrets Manager; names are ``secret[|field][@version]``.

    :param region: such as ``eu-central-1``; by default what boto3's configuration says.
    :param prefix: what begins each secret's name in AWS, such as ``ci/``.
    :param profile: a profile of boto3's configuration files.
    :param endpoint_url: in place of AWS's own; ``https``, or ``http`` on this machine.
    :param access_key_id: together with `secret_access_key`, and with `session_token` for temporary
        credentials: a `str` or a renderable each. By default the credentials come from boto3's own
        sources: environment, configuration files, roles of containers and instances.
    :param secret_access_key: see `access_key_id`.
    :param session_token: see `access_key_id`.
    :param numbers: ``"error"``, or ``"text"`` for fields that are numbers, as they are written.
    :param strip: whether line ends at the end of a secret or field are removed, which stand there
        when it was made of a file.
    :param timeout: seconds that one lookup may take, including retries.
    :param retries: how often a request is sent again after throttling and failed connections.
    :param name: what configuration and messages call this provider.
    :param reactor: where answers are delivered; Twisted's by default.

    Its `get` raises `AccessDenied` when AWS denies access or credentials are missing;
    `InvalidSecret` when a value is not a text, or is not a JSON object and a field is asked for;
    `ProviderUnavailable` and `DeadlineExceeded` when AWS cannot be reached, throttles or does not
    answer in time. A secret that is scheduled for deletion is not held.
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
        access_key_id: object = None,
        secret_access_key: object = None,
        session_token: object = None,
        numbers: str = "error",
        strip: bool = True,
        timeout: float = 15.0,
        retries: int = 2,
        name: str | None = None,
        reactor: Any = None,  # noqa: ANN401 - an IReactorFromThreads
    ) -> None:
        super().__init__(name, reactor)
        require(self.name, "aws", "boto3")
        for option, text in (("region", region), ("profile", profile)):
            if text is not None and not (isinstance(text, str) and text.strip()):
                self.fail_config(option, f"the name of a {option}", text)
        if not isinstance(prefix, str) or (prefix and not may_be_secret_id(prefix, "")):
            self.fail_config("prefix", "a str of letters, digits and /_+=.@-", prefix)
        if endpoint_url is not None:
            endpoint_url = require_server_url(self.name, "endpoint_url", endpoint_url)
        if type(retries) is not int or not 0 <= retries <= _MOST_RETRIES:
            self.fail_config("retries", f"an int from 0 to {_MOST_RETRIES}", retries)
        given = {
            "access_key_id": access_key_id,
            "secret_access_key": secret_access_key,
            "session_token": session_token,
        }
        self._credentials = {
            option: SecretArgument(self.name, option, value)
            for option, value in given.items()
            if value is not None
        }
        self._check_credentials(profile)
        self._require_one_of("numbers", NUMBERS, numbers)
        self.numbers = numbers
        self._require_bool("strip", strip)
        self.strip = strip
        self.prefix = prefix
        self.deadline = require_timeout(self.name, timeout)
        self._client = SecretsManagerClient(
            ClientSettings(
                region=region,
                profile=profile,
                endpoint_url=endpoint_url,
                timeout=self.deadline / (retries + 1),
                attempts=retries + 1,
                connections=self.threads,
            )
        )

    def canonical(self, path: str) -> str | None:
        """Return the name without a field and a version; that of an ARN is the name in it."""
        if parse_name(path, self.prefix) is None:
            return None
        name, _, _ = path.partition("|")
        return name_of_arn(name)

    async def look_up(self, path: str) -> str | None:
        """Render the credentials, and ask in a thread."""
        name = parse_name(path, self.prefix)
        if name is None:
            return None
        texts = {
            option: await self.render_argument(path, argument)
            for option, argument in self._credentials.items()
        }
        call = Call()
        try:
            return await self.in_thread(
                path, partial(self._ask, path, name, Credentials(**texts), call)
            )
        finally:
            # Its thread must not wait any longer than the lookup.
            call.abort()

    def check_config(self) -> Iterator[str]:
        """Yield, without asking AWS, what boto3's configuration lacks."""
        problem = self._client.configuration_problem()
        if problem is not None:
            yield f"provider {self.name!r}: {problem}"

    def timeout_hint(self) -> str:
        """Return what to look at when a lookup does not end."""
        return "is AWS reachable from here?"

    def startService(self) -> None:
        """Answer again after a stop."""
        self._client.open()
        super().startService()

    def stopService(self) -> Any:  # noqa: ANN401 - nothing, or a Deferred
        """Stop answering, and close the connections."""
        super().stopService()
        self._client.close()

    def _ask(self, path: str, name: SecretName, credentials: Credentials, call: Call) -> str | None:
        try:
            found = self._client.get(name, credentials, call)
        except AwsError as error:
            raise error.kind(self.name, path, error.reason) from error
        if found is None:
            return None
        text = utf8.decode(found.value) if isinstance(found.value, bytes) else found.value
        if text is None:
            reason = "the secret is binary and not UTF-8 text; store it in base64"
            raise InvalidSecret(self.name, path, reason)
        if name.field is not None:
            text = self._field(path, text, name.field)
        if text is None:
            return None
        text = text.rstrip("\r\n") if self.strip else text
        return DescribedText(text, found.version, found.created)

    def _field(self, path: str, text: str, field: str) -> str | None:
        """Return a field of the JSON object `text`."""
        try:
            found = parse_json(text)
        except Malformed:
            found = None
        if not isinstance(found, dict):
            reason = (
                f"the secret is not a JSON object, so it has no field {quote(field)}; "
                "ask for the whole secret"
            )
            raise InvalidSecret(self.name, path, reason)
        try:
            return field_text(found, field, numbers=self.numbers)
        except FieldError as error:
            reason = f"its field {quote(field)} holds {error}"
            raise InvalidSecret(self.name, path, reason) from error

    def _check_credentials(self, profile: str | None) -> None:
        if not self._credentials:
            return
        if not {"access_key_id", "secret_access_key"} <= set(self._credentials):
            msg = (
                f"{self.name}: access_key_id and secret_access_key must be given together, "
                f"not only {' and '.join(self._credentials)}"
            )
            raise ConfigurationError(msg)
        if profile is not None:
            self.fail_config("profile", "left out when access_key_id is given", profile)
