"""`SecretsManagerClient`: requests to AWS; the only module that imports boto3 and botocore.

Everything here blocks. A client of boto3 is made once for each set of credentials and may be used
by several threads at once; making one is not thread-safe, and is done under a lock (boto3
documentation, "Clients", "Multithreading or multiprocessing").
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from buildbot_keychain.errors import (
    AccessDenied,
    DeadlineExceeded,
    ProviderError,
    ProviderUnavailable,
)
from buildbot_keychain.providers.aws._calls import (
    Call,
    bound_clients,
    bound_credential_sources,
)
from buildbot_keychain.providers.aws._debug_logs import suppress_debug_logs
from buildbot_keychain.providers.aws._errors import AwsError, credentials_error_for, error_for
from buildbot_keychain.providers.aws._names import SecretName
from buildbot_keychain.secretive import secretive

_OPERATION = "GetSecretValue"
_NOT_AWS = "the response is not one of AWS; check endpoint_url"


@secretive
@dataclass(frozen=True)
class Credentials:
    """An access key, unless it comes from boto3's own sources; shows nothing."""

    access_key_id: str | None = field(default=None, repr=False)
    secret_access_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


@secretive
@dataclass(frozen=True, repr=False)
class FoundSecret:
    """What AWS holds.

    :param version: the id of the version.
    :param created: when that was made, in seconds since the epoch.
    """

    value: str | bytes
    version: str | None = None
    created: float | None = None


@dataclass(frozen=True)
class ClientSettings:
    """How AWS is reached.

    :param region: such as ``eu-central-1``; ``None`` for what boto3's configuration says.
    :param profile: of boto3's configuration files; ``None`` for its default.
    :param endpoint_url: in place of AWS's own.
    :param timeout: seconds that one attempt may take to connect, and again to answer.
    :param attempts: how often one request is sent at most.
    :param connections: the maximum number of connections.
    """

    region: str | None
    profile: str | None
    endpoint_url: str | None
    timeout: float
    attempts: int
    connections: int


@secretive
class SecretsManagerClient:
    """Asks AWS, with the boto3 client of the last credentials that were used. Thread-safe."""

    def __init__(self, settings: ClientSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._last: tuple[Credentials, Any] | None = None
        self._closed = False

    def get(
        self, name: SecretName, credentials: Credentials, call: Call | None = None
    ) -> FoundSecret | None:
        """Return the value of a secret; ``None`` when AWS does not hold it.

        :param call: ends it when it is aborted.
        :raise AwsError: for any problem.
        """
        from botocore import exceptions, parsers  # noqa: PLC0415 - an optional dependency

        call = call or Call()
        arguments = {
            "SecretId": name.secret_id,
            "VersionId": name.version_id,
            "VersionStage": name.version_stage,
        }
        try:
            with suppress_debug_logs(), call.running():
                client = self._client(credentials)
                response = client.get_secret_value(**{k: v for k, v in arguments.items() if v})
        except exceptions.ClientError as error:
            details = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = details.get("Code", "")
            if error.operation_name != _OPERATION:  # one that boto3 needs for its credentials
                raise credentials_error_for(code, status, self._profile()) from error
            meaning = error_for(code, details.get("Message", ""), status)
            if meaning is None:
                return None
            raise meaning from error
        except exceptions.ParamValidationError:  # no secret can have that name
            return None
        except exceptions.BotoCoreError as error:
            if call.is_too_large:
                raise AwsError(ProviderError, _NOT_AWS) from error
            raise self._meaning(error) from error
        # botocore expects a response to have the form that AWS gives it.
        except (
            *(AttributeError, KeyError, TypeError, ValueError),
            parsers.ResponseParserError,
        ) as error:
            raise AwsError(ProviderError, _NOT_AWS) from error
        value = response.get("SecretString", response.get("SecretBinary"))
        if not isinstance(value, (str, bytes)):
            raise AwsError(ProviderError, _NOT_AWS)
        version, created = response.get("VersionId"), response.get("CreatedDate")
        return FoundSecret(
            value,
            version if isinstance(version, str) else None,
            created.timestamp() if isinstance(created, datetime) else None,
        )

    def configuration_problem(self) -> str | None:
        """Return what boto3's configuration lacks, without asking AWS."""
        from botocore import exceptions  # noqa: PLC0415 - an optional dependency

        try:
            with suppress_debug_logs():
                self._make_client(Credentials("checked", "checked")).close()
        except exceptions.BotoCoreError as error:
            return self._meaning(error).reason
        except ValueError:
            return f"endpoint_url is not a URL: {self._settings.endpoint_url}"
        return None

    def open(self) -> None:
        """Ask AWS again after `close`; before that it does so anyway."""
        self._closed = False

    def close(self) -> None:
        """Close the connections, and ask no more, without waiting for a client that is made."""
        self._closed = True  # first: who makes a client looks at it last
        self._drop()

    def _drop(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last[1].close()

    def _client(self, credentials: Credentials) -> Any:  # noqa: ANN401 - made by boto3 from data
        with self._lock:
            last = self._last
            if not self._closed and (last is None or last[0] != credentials):
                last = self._last = credentials, self._make_client(credentials)
        if self._closed or last is None:
            self._drop()
            raise AwsError(ProviderUnavailable, "it has been stopped; start it again")
        return last[1]

    def _make_client(self, credentials: Credentials) -> Any:  # noqa: ANN401 - made by boto3 from data
        import boto3  # noqa: PLC0415 - an optional dependency
        import botocore.session  # noqa: PLC0415 - the same
        from botocore.config import Config  # noqa: PLC0415 - the same

        settings = self._settings
        core = botocore.session.get_session()
        session = boto3.session.Session(
            botocore_session=core,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            region_name=settings.region,
            profile_name=settings.profile,
        )
        bound_clients(core)
        # Also of the clients that the session makes to find credentials.
        core.set_default_client_config(
            Config(
                connect_timeout=settings.timeout,
                read_timeout=settings.timeout,
                retries={"mode": "standard", "total_max_attempts": settings.attempts},
                max_pool_connections=settings.connections,
            )
        )
        if credentials.access_key_id is None:
            self._find_credentials(core)
        return session.client("secretsmanager", endpoint_url=settings.endpoint_url)

    def _find_credentials(self, core: Any) -> None:  # noqa: ANN401 - botocore's session
        """Have boto3's own sources tell the credentials, or how to get them.

        :raise AwsError: when one of them fails with what is not an error of botocore.
        """
        from botocore import exceptions  # noqa: PLC0415 - an optional dependency

        bound_credential_sources(core)
        try:
            core.get_credentials()
        except exceptions.BotoCoreError:
            raise
        except Exception as error:
            raise AwsError(ProviderError, self._unusable(error)) from error

    def _unusable(self, error: Exception) -> str:
        return (
            f"boto3's configuration of {self._profile()} cannot be used "
            f"({type(error).__name__}); to see why, run: aws sts get-caller-identity"
        )

    def _meaning(self, error: Exception) -> AwsError:
        """Return what an error of botocore, not of AWS, means."""
        from botocore import exceptions  # noqa: PLC0415 - an optional dependency

        settings = self._settings
        attempts = f"{settings.timeout:g} seconds, in {settings.attempts} attempts"
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
                (exceptions.InvalidRegionError, exceptions.UnknownRegionError),
                ProviderError,
                f"{self._region()} is not the name of a region; correct it",
            ),
            (
                _of(
                    exceptions,
                    "ConfigParseError",
                    "ConfigNotFound",
                    "InvalidConfigError",
                    "InfiniteLoopConfigError",
                    "UnknownCredentialError",
                    "CredentialRetrievalError",
                    "RefreshWithMFAUnsupportedError",
                    "InvalidEndpointConfigurationError",
                ),
                ProviderError,
                self._unusable(error),
            ),
            (
                (exceptions.NoCredentialsError, exceptions.PartialCredentialsError),
                AccessDenied,
                "boto3 finds no credentials; give access_key_id, a profile, or this machine a role",
            ),
            (
                (exceptions.TokenRetrievalError, exceptions.SSOError),
                AccessDenied,
                "the login of this profile has expired; run: aws sso login",
            ),
            (
                (exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError),
                DeadlineExceeded,
                f"no answer within {attempts}; is AWS reachable from here?",
            ),
            (
                (exceptions.SSLError,),
                ProviderUnavailable,
                "the server's certificate is not trusted; set AWS_CA_BUNDLE to its authorities",
            ),
        )
        for kinds, kind, reason in meanings:
            if isinstance(error, kinds):
                return AwsError(kind, reason)
        where = f"AWS in {self._region()}" if settings.endpoint_url is None else "endpoint_url"
        reason = f"{where} cannot be reached ({type(error).__name__})"
        if settings.endpoint_url is None and not self._is_known_region():
            return AwsError(
                ProviderUnavailable, f"{reason}; boto3 knows no such region: correct region"
            )
        return AwsError(ProviderUnavailable, f"{reason}; is the network up?")

    def _region(self) -> str:
        return f"region {self._region_name()!r}"

    def _region_name(self) -> str | None:
        """Return the region that was given, or that boto3's configuration says."""
        last = self._last
        return self._settings.region if last is None else str(last[1].meta.region_name)

    def _profile(self) -> str:
        profile = self._settings.profile
        return "the default profile" if profile is None else f"profile {profile!r}"

    def _is_known_region(self) -> bool:
        """Return whether boto3 knows the region; a new one may be newer than boto3."""
        import boto3  # noqa: PLC0415 - an optional dependency

        session = boto3.session.Session(region_name="us-east-1")
        regions = (
            region
            for partition in session.get_available_partitions()
            for region in session.get_available_regions("secretsmanager", partition)
        )
        return self._region_name() in regions


def _of(exceptions: Any, *names: str) -> tuple[type[Exception], ...]:  # noqa: ANN401 - a module
    """Return the exceptions of those names that this version of botocore has."""
    return tuple(getattr(exceptions, name) for name in names if hasattr(exceptions, name))
