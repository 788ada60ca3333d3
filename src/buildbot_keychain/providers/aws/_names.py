r"""What a name asks for: ``secret[|field][@version]``. Pure.

::

    ci/deploy                     the whole text of the secret
    ci/deploy|password            a field of the JSON object that it holds
    ci/deploy|password@AWSPREVIOUS   of the version with that staging label
    ci/deploy|@01234567-...       the whole text of the version with that id
    ci/deploy|user\@host          the field ``user@host``

An ``@`` before the ``|`` belongs to the secret's name. Every provider is asked for a name without
``provider!``, so any name may come here: one that Secrets Manager cannot hold is never sent to AWS
(AWS Secrets Manager API Reference, CreateSecret and GetSecretValue).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}", re.ASCII)
_ARN = re.compile(
    r"arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+", re.ASCII
)
_ADDED = re.compile(r"(?<=.)-[A-Za-z0-9]{6}\Z", re.ASCII)
_FIELD = re.compile(r"((?:[^\\@]|\\.)*)(?:@(.*))?", re.DOTALL)
_VERSION_ID = re.compile(r"[0-9A-Fa-f-]{32,64}", re.ASCII)
_LONGEST_STAGE = 256


@dataclass(frozen=True)
class SecretName:
    """The secret, field and version that a name asks for.

    :param secret_id: the secret's name or ARN.
    :param field: a field of the JSON object in it; ``None`` for the whole.
    :param version_id: the id of a version, or ``None``.
    :param version_stage: the staging label of a version, or ``None``; both ``None`` for
        ``AWSCURRENT``.
    """

    secret_id: str
    field: str | None = None
    version_id: str | None = None
    version_stage: str | None = None


def parse_name(path: str, prefix: str) -> SecretName | None:
    """Return what `path` asks for, or ``None`` when no secret can have that name.

    :param prefix: what begins each secret's name in AWS, and is left out in `path`.
    """
    name, _, rest = path.partition("|")
    matched = _FIELD.fullmatch(rest)
    if matched is None or not may_be_secret_id(name, prefix):
        return None
    field = re.sub(r"\\(.)", r"\1", matched[1], flags=re.DOTALL) or None
    version = matched[2] or None
    if version is None:
        return SecretName(prefix + name, field)
    if _VERSION_ID.fullmatch(version):
        return SecretName(prefix + name, field, version_id=version)
    if len(version) > _LONGEST_STAGE or not version.isprintable():
        return None
    return SecretName(prefix + name, field, version_stage=version)


def may_be_secret_id(name: str, prefix: str) -> bool:
    """Return whether Secrets Manager could hold a secret with that name, or that ARN."""
    if name and _NAME.fullmatch(prefix + name):
        return True
    return not prefix and _ARN.fullmatch(name) is not None


def name_of_arn(name: str) -> str:
    """Return the name in an ARN, with or without the six characters that AWS adds at its end.

    Anything else is a name. As AWS does, it takes a hyphen and six characters at the end of an ARN
    for what was added.
    """
    return name if _ARN.fullmatch(name) is None else _ADDED.sub("", name.split(":", 6)[6])
