"""Secrets of AWS Secrets Manager, whole or fields of their JSON, read with boto3.

Contract: each lookup asks AWS, in a thread of the provider's own; nothing is kept but the client
and its connections. What AWS or botocore write about a request is neither logged below INFO nor
quoted in an error: it holds values and tokens.

Modules:

`_provider`    `SecretInAwsSecretsManager`
`_names`       what a name asks for: secret, field of its JSON, version; pure
`_client`      requests to AWS; the only module that imports boto3 and botocore
`_calls`       ends a lookup's requests when its time is over, and bounds their responses
`_errors`      what AWS's error codes mean for a lookup; pure
`_debug_logs`  keeps botocore's debug log of our requests out of all logs
"""

from __future__ import annotations

from buildbot_keychain.providers.aws._provider import SecretInAwsSecretsManager

__all__ = ["SecretInAwsSecretsManager"]
