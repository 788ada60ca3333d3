r"""What names of AWS Secrets Manager say: ``secret[|field][@version]``; pure.

::

    ci/deploy                     the whole text of the secret
    ci/deploy|password            a field of the JSON object that it holds
    ci/deploy|password@AWSPREVIOUS   of the version with that staging label
    ci/deploy|@01234567-...       the whole text of the version with that id
    ci/deploy|user\@host          the field ``user@host``

An ``@`` before the ``|`` belongs to the secret's name. Any name may come here, for a bare one is
asked of every provider: what Secrets Manager cannot hold gives no `SecretName`, and is not asked
for (AWS Secrets Manager API Reference, CreateSecret and GetSecretValue).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}", re.ASCII)
_ARN = re.compile(
    r"arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+", re.ASCII
)
_FIELD = re.compile(r"((?:[^\\@]|\\.)*)(?:@(.*))?", re.DOTALL)
_VERSION_ID = re.compile(r"[0-9A-Fa-f-]{32,64}", re.ASCII)
_LONGEST_STAGE = 256


@dataclass(frozen=True)
class SecretName:
    """What is asked for.

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


def secret_name(path: str, prefix: str) -> SecretName | None:
    """Give what `path` says, or ``None`` where no secret can be called so.

    :param prefix: what stands before each secret's name there, and not in `path`.
    """
    name, _, rest = path.partition("|")
    matched = _FIELD.fullmatch(rest)
    if matched is None or not may_be_a_name(name, prefix):
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


def may_be_a_name(name: str, prefix: str) -> bool:
    """Tell whether Secrets Manager could hold a secret of that name, or ARN."""
    if name and _NAME.fullmatch(prefix + name):
        return True
    return not prefix and _ARN.fullmatch(name) is not None
