"""Redaction where text leaves the master: its database, its listeners, its log files.

The rule: redact at the sinks, never at the source. Steps, observers and properties keep the true
text; what is stored, shown or sent is a redacted copy. Text that cannot be redacted is withheld.

Theory: nearly everything a master stores or publishes passes through the update methods of its data
layer, so `RedactingUpdates` stands in for those. What bypasses them has a module of its own.

What is hidden depends on who reads a text (`buildbot_keychain.buildbot.builds.Audiences`): in texts
of a build, all that the build was given, and otherwise only what nobody could guess. In what the
master itself logs, which its administrator reads, everything is hidden.

=======================  =====================================================================
`_updates`               the update methods: states, names, URLs, properties, build data
`_methods`               what is known of single update methods
`_properties`            the properties of builds
`_source_stamps`         source stamps of new buildsets
`_log_streams`           the lines of step logs, with a redaction stream for each log stream
`_hidden_secrets`        which secrets were hidden, and where: who prints them
`_origins`               builder, build and step of what was hidden
`_backspaces`            text over which a program typed other text
`_split_texts`           whose that text is
`_build_ids`             which build a step, a log or a set of test results belongs to
`_buildset_properties`   properties that are handed to other builds
`_kept_properties`       those that a scheduler keeps until its time comes
`_renderings`            properties rendered for storage, and why a rendering failed
`_process_log`           ``twistd.log`` and whatever else observes this process's logs
`_secret_failures`       failed lookups in it
`_access_log`            ``http.log``
`_html_mails`            labels in mails of HTML
=======================  =====================================================================

Which of Buildbot's methods lead here is in `buildbot_keychain.buildbot.patches`.
"""

from __future__ import annotations

from buildbot_keychain.buildbot.sinks._access_log import RedactingLogFormatter
from buildbot_keychain.buildbot.sinks._backspaces import BackspacePattern
from buildbot_keychain.buildbot.sinks._hidden_secrets import LOG, HiddenSecret, Reporter
from buildbot_keychain.buildbot.sinks._html_mails import escape_labels
from buildbot_keychain.buildbot.sinks._kept_properties import passing_on
from buildbot_keychain.buildbot.sinks._log_streams import LogStreams
from buildbot_keychain.buildbot.sinks._methods import SINKS
from buildbot_keychain.buildbot.sinks._origins import Place
from buildbot_keychain.buildbot.sinks._process_log import every_master, redact_process_logs
from buildbot_keychain.buildbot.sinks._renderings import on_secret_error, secret_error
from buildbot_keychain.buildbot.sinks._split_texts import audience_of_split_text
from buildbot_keychain.buildbot.sinks._updates import RedactingUpdates

__all__ = [
    "LOG",
    "SINKS",
    "BackspacePattern",
    "HiddenSecret",
    "LogStreams",
    "Place",
    "RedactingLogFormatter",
    "RedactingUpdates",
    "Reporter",
    "audience_of_split_text",
    "escape_labels",
    "every_master",
    "on_secret_error",
    "passing_on",
    "redact_process_logs",
    "secret_error",
]
