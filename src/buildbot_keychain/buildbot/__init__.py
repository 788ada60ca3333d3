"""The Buildbot host: providers as Buildbot services, and redaction of all that a master writes.

The rule: a value is known to the master's redactor before anybody uses it, steps see the true text,
and nothing that the master stores, shows or sends contains it.

Theory: Buildbot has extension points for providers and renderables, none for the rest. So a few
methods of its classes are replaced (`patches`), and each master gets one `MasterKeychain`, which
looks secrets up and stands before the master's sinks.

================  =======================================================================
`_install`        patches Buildbot, when `buildbot_keychain.plugins` is imported
`_master`         `MasterKeychain`: what one master has one of
`_metrics`        the metrics of one master
`_parts`          looks up what services, reporters, logins and hooks need
`_giving`         hides what is given, and notes which build is given it
`_configured`     the providers of the newest configuration
`_manager`        `SecretManager` in ``c["secretsProviders"]``
`_settings`       what it decides for the whole master
`_shell_command`  Buildbot's step, with its command as the first argument
`providers/`      our providers as Buildbot services
`_renderables`    `Secret` and `Interpolate` of a ``master.cfg``
`_values_now`     values that a ``master.cfg`` needs while it is read
`_context`        what our renderables may ask a build for
`_steps`          the steps of a configuration
`checks/`         what is wrong with a configuration, before a build notices
`builds/`         who asks, what each build was given, and who reads its texts
`approvals/`      secrets that people must approve before builds are given them
`forms/`          secrets that are typed into force forms
`hidden_values/`  values that builds make themselves
`references/`     secrets in properties that other builds receive
`sealed/`         keys of the master's own, and what it seals with them
`services/`       secrets that workers, reporters and other services hold
`outages/`        builds whose secrets cannot be looked up
`sinks/`          redaction where text leaves the master: logs, states, properties
`commands/`       secrets in commands, and the worker's own log
`unrendered/`     renderables where Buildbot does not render
`secret_files/`   ``withSecrets``
`www/`            the host of the pages in Buildbot's web server
`state/`          what must survive a crash, in the master's database
`patches/`        which methods are replaced, and what guards each
================  =======================================================================

Nothing in here is imported by the core; ``buildbot_keychain.plugins`` is what a ``master.cfg``
imports.
"""

from __future__ import annotations

from buildbot_keychain.buildbot._install import install
from buildbot_keychain.buildbot._manager import SecretManager
from buildbot_keychain.buildbot._master import MasterKeychain
from buildbot_keychain.buildbot._renderables import Interpolate, Secret
from buildbot_keychain.buildbot._shell_command import ShellCommand
from buildbot_keychain.buildbot._values_now import now
from buildbot_keychain.buildbot.approvals import ApprovalGenerator
from buildbot_keychain.buildbot.forms import SecretParameter
from buildbot_keychain.buildbot.hidden_values import (
    Hidden,
    HideValue,
    SetPropertyFromCommand,
    hide,
)
from buildbot_keychain.buildbot.providers import (
    SecretInAFile,
    SecretInAwsSecretsManager,
    SecretInEnvironment,
    SecretInHTTP,
    SecretInKubernetes,
    SecretInOneFile,
    SecretInPass,
    SecretInSops,
    SecretInStore,
    SecretInVault,
)
from buildbot_keychain.buildbot.sealed import SealedState
from buildbot_keychain.buildbot.secret_files import BuildFactory

__all__ = [
    "ApprovalGenerator",
    "BuildFactory",
    "Hidden",
    "HideValue",
    "Interpolate",
    "MasterKeychain",
    "SealedState",
    "Secret",
    "SecretInAFile",
    "SecretInAwsSecretsManager",
    "SecretInEnvironment",
    "SecretInHTTP",
    "SecretInKubernetes",
    "SecretInOneFile",
    "SecretInPass",
    "SecretInSops",
    "SecretInStore",
    "SecretInVault",
    "SecretManager",
    "SecretParameter",
    "SetPropertyFromCommand",
    "ShellCommand",
    "hide",
    "install",
    "now",
]
