"""Secrets of Kubernetes (`SecretInKubernetes`), read from its API with a service account's token.

**Contract.** A lookup is one ``GET`` of one Secret, with a token that is read for it. ``None`` is
returned where the API itself says that there is no such Secret, or the Secret has no such key; any
other response is an error, so that another server is never taken for an empty cluster.

**Modules.**

====================  ====================================================
`_names`              what a name means: Secret and key; pure
`_service_account`    what a pod knows of itself: files, server, token
`_api`                the request; pure
`_responses`          what a response means; pure
`_provider`           `SecretInKubernetes`, an `HttpProvider`
====================  ====================================================
"""

from __future__ import annotations

from buildbot_keychain.providers.kubernetes._provider import SecretInKubernetes

__all__ = ["SecretInKubernetes"]
