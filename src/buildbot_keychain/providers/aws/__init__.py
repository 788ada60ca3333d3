"""AWS Secrets Manager, asked with boto3 in threads of the provider's own.

`names`     what a name says: secret, field of its JSON, version; pure
`refusals`  what AWS's errors mean here; pure
`client`    the client; the one module that knows boto3 and botocore
`quiet`     keeps botocore's debug log, which holds values and tokens, out of our calls
`provider`  `SecretInAwsSecretsManager`
"""

from __future__ import annotations

from buildbot_keychain.providers.aws.provider import SecretInAwsSecretsManager

__all__ = ["SecretInAwsSecretsManager"]
