"""The client of AWS Secrets Manager. This is the one module that knows boto3 and botocore.

Everything here blocks. A client is made once for each set of credentials, in a thread, and may be
used by several threads at once (boto3 documentation, "Clients", "Multithreading or
multiprocessing"); to make one is not safe, and is done under a lock. Nothing that botocore raises
gets out: its errors hold requests and answers.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.aws.names import SecretName
from buildbot_keychain.providers.aws.quiet import quiet
from buildbot_keychain.providers.aws.refusals import NOT_HELD, Refusal, refusal


@dataclass(frozen=True)
class Credentials:
    """An access key, where it does not come from boto3's own chain; shows nothing."""

    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """A secret's value: a text, or bytes where it was stored as such; shows nothing."""

    value: str | bytes = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """How AWS is reached.

    :param region: such as ``eu-central-1``; ``None`` for what boto3's configuration says.
    :param profile: of boto3's configuration files; ``None`` for its default.
    :param endpoint_url: in place of AWS's own.
    :param timeout: seconds that one attempt may take to connect, and again to answer.
    :param attempts: how often one request is sent at most.
    :param connections: the most at once.
    """

    region: str | None
    profile: str | None
    endpoint_url: str | None
    timeout: float
    attempts: int
    connections: int


class SecretsManagerClient:
    """Asks AWS, with one client for each set of credentials, the last one kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._last: tuple[Credentials, Any] | None = None

    def get(self, name: SecretName, credentials: Credentials) -> Answer | Refusal:
        """Read a secret's value, or give why there is none."""
        from botocore import exceptions  # noqa: PLC0415 - an optional dependency

        asked = {
            "SecretId": name.secret_id,
            "VersionId": name.version_id,
            "VersionStage": name.version_stage,
        }
        with quiet():
            try:
                client = self._client(credentials)
                answer = client.get_secret_value(**{k: v for k, v in asked.items() if v})
            except exceptions.ClientError as error:
                said = error.response.get("Error", {})
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
                return refusal(said.get("Code", ""), said.get("Message", ""), status)
            except exceptions.ParamValidationError:
                return NOT_HELD
            except exceptions.BotoCoreError as error:
                return self._trouble(error)
            # botocore trusts an answer to have the form that AWS gives it.
            except (AttributeError, KeyError, TypeError, ValueError):
                return Refusal(ProviderError, "what answered is not AWS; check endpoint_url")
        value = answer.get("SecretString", answer.get("SecretBinary"))
        if isinstance(value, (str, bytes)):
            return Answer(value)
        return Refusal(ProviderError, "what answered is not AWS; check endpoint_url")

    def complaint(self) -> str | None:
        """Say what boto3's configuration lacks, without asking AWS."""
        from botocore import exceptions  # noqa: PLC0415 - an optional dependency

        try:
            with quiet():
                self._made(Credentials("checked", "checked")).close()
        except exceptions.BotoCoreError as error:
            return self._trouble(error).reason
        except ValueError:
            return f"endpoint_url is no URL: {self._settings.endpoint_url}"
        return None

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            last, self._last = self._last, None
        if last is not None:
            last[1].close()

    def _client(self, credentials: Credentials) -> Any:  # noqa: ANN401 - made by boto3 from data
        with self._lock:
            if self._last is None or self._last[0] != credentials:
                self._last = credentials, self._made(credentials)
            return self._last[1]

    def _made(self, credentials: Credentials) -> Any:  # noqa: ANN401 - made by boto3 from data
        import boto3  # noqa: PLC0415 - an optional dependency
        from botocore.config import Config  # noqa: PLC0415 - the same

        settings = self._settings
        session = boto3.session.Session(
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            region_name=settings.region,
            profile_name=settings.profile,
        )
        return session.client(
            "secretsmanager",
            endpoint_url=settings.endpoint_url,
            config=Config(
                connect_timeout=settings.timeout,
                read_timeout=settings.timeout,
                retries={"mode": "standard", "total_max_attempts": settings.attempts},
                max_pool_connections=settings.connections,
            ),
        )

    def _trouble(self, error: Exception) -> Refusal:
        """Give what an error that is not AWS's own means."""
        from botocore import exceptions  # noqa: PLC0415 - an optional dependency

        settings = self._settings
        tried = f"no answer within {settings.timeout:g} seconds, tried {settings.attempts} times"
        meanings: tuple[tuple[tuple[type[Exception], ...], type[ProviderError], str], ...] = (
            (
                (exceptions.NoRegionError,),
                ProviderError,
                "no region is configured; set region",
            ),
            (
                (exceptions.ProfileNotFound,),
                ProviderError,
                f"profile {settings.profile!r} is not in boto3's configuration files; correct it",
            ),
            (
                (exceptions.NoCredentialsError, exceptions.PartialCredentialsError),
                AccessDenied,
                "boto3 finds no credentials; give access_key_id, a profile, or this machine a role",
            ),
            (
                (exceptions.TokenRetrievalError, exceptions.SSOError),
                AccessDenied,
                "the login of this profile is over; run: aws sso login",
            ),
            (
                (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError),
                DeadlineExceeded,
                f"{tried}; is AWS reachable from here?",
            ),
            (
                (exceptions.SSLError,),
                ProviderUnavailable,
                "no secure connection; is its certificate known here? AWS_CA_BUNDLE names others",
            ),
        )
        for kinds, meant, reason in meanings:
            if isinstance(error, kinds):
                return Refusal(meant, reason)
        what = type(error).__name__
        return Refusal(ProviderUnavailable, f"AWS cannot be asked ({what}); is it reachable?")
