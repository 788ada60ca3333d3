"""Values that a build makes itself, such as a token that it is given by a server, and their hiding.

No provider has such a value, so whoever gets it declares it: with the step `HideValue`, with
`SetPropertyFromCommand`, by wrapping it in `Hidden`, or with `hide`. From then on it is hidden in
that build, in the builds that it triggers and theirs, and in the master's own files, as if it had
been given to these builds. To all other builds it is no secret. It is forgotten when the last of
these builds has ended, and never stored.

==============  ==================================================
`_values`       `HiddenValues`: what is hidden for which builds
`_hidden`       `Hidden`, the renderable
`_steps`        the steps
==============  ==================================================
"""

from __future__ import annotations

from buildbot_keychain.buildbot.hidden_values._hidden import Hidden
from buildbot_keychain.buildbot.hidden_values._steps import HideValue, SetPropertyFromCommand
from buildbot_keychain.buildbot.hidden_values._values import HiddenValues, hide, hide_in

__all__ = ["Hidden", "HiddenValues", "HideValue", "SetPropertyFromCommand", "hide", "hide_in"]
