"""Secrets of Kubernetes, read from its API with a service account's token.

`names`     what a name says: Secret and key; pure
`answers`   what an answer of the API means; pure
`api`       one request over TLS, blocking, with the standard library
`provider`  `SecretInKubernetes`
"""

from __future__ import annotations

from buildbot_keychain.providers.kubernetes.provider import SecretInKubernetes

__all__ = ["SecretInKubernetes"]
