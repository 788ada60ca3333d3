"""Lookups, the configurations and services that need them, and what becomes of one that fails."""

from __future__ import annotations

from buildbot_keychain.buildbot.patches import _probes, replacements
from buildbot_keychain.buildbot.patches._expectations import (
    Accepts,
    Behaves,
    Is,
    Mentions,
    Takes,
    Target,
)
from buildbot_keychain.buildbot.patches._patches import Patch, Replacement

_ANSWER_HOOK = Target("buildbot.www.change_hook:ChangeHookResource.getAndSubmitChanges")
_ADD_SERVICE = Target("buildbot.util.service:BuildbotServiceManager.addService")
_CHECK_BUILDER = Target("buildbot.config.builder:check_param_length")
_CHECK_BUILDERS = Target("buildbot.config.master:MasterConfig.check_builders")
_CHECK_STEP = Target("buildbot.process.buildstep:check_param_length")
_CONFIGURE_DATABASE = Target("buildbot.db.connector:DBConnector.reconfigServiceWithBuildbotConfig")
_CONFIGURE_SERVICE = Target("buildbot.util.service:BuildbotService.reconfigServiceWithSibling")
_CONFIGURE_WEB = Target("buildbot.www.service:WWWService.reconfigServiceWithBuildbotConfig")
_FORCE = Target("buildbot.schedulers.forcesched:ForceScheduler.force")
_LOG_IN = Target("buildbot.worker.protocols.manager.pb:Dispatcher.requestAvatarId")
_LOOK_UP = Target("buildbot.secrets.manager:SecretManager.get")
_RECONFIGURE = Target("buildbot.secrets.manager:SecretManager.reconfigServiceWithBuildbotConfig")
_RENDER_SECRET = Target("buildbot.process.properties:_SecretRenderer.getRenderingFor")
_SET_ATTRIBUTE = Target("buildbot.master:BuildMaster.__setattr__")
_SET_PARENT = Target("buildbot.secrets.providers.base:SecretProviderBase.setServiceParent")
_START_STEP = Target("buildbot.process.buildstep:BuildStep.startStep")
_STOP_REPORTER = Target("buildbot.reporters.base:ReporterBase.stopService")

LOOKUPS = (
    Patch(
        name="lookups",
        gap="secrets that Buildbot's own Secret and Interpolate look up would not be hidden",
        replaces=(
            Replacement(_LOOK_UP, replacements.look_up),
            Replacement(_RENDER_SECRET, replacements.render_secret),
        ),
        expects=(
            Takes(_LOOK_UP, "self, secret, *args, **kwargs"),
            Takes(_RENDER_SECRET, "self, properties"),
            Mentions(_RENDER_SECRET, ("namedServices", "secrets", "get")),
        ),
    ),
    Patch(
        name="configurations",
        gap=(
            "a master would take on a configuration with secrets when it is not prepared to hide "
            "them"
        ),
        replaces=(Replacement(_SET_ATTRIBUTE, replacements.take_configuration),),
        expects=(
            Behaves(
                _probes.RECONFIGURE,
                "assigns what it has loaded to `config`",
                _probes.a_reconfiguration_is_assigned,
            ),
            Behaves(
                _probes.START,
                "assigns what it has loaded to `config`",
                _probes.the_first_configuration_is_assigned,
            ),
            Mentions(_probes.RECONFIGURE, ("reconfigServiceWithBuildbotConfig", "ConfigErrors")),
            Mentions(_probes.START, ("reconfigServiceWithBuildbotConfig", "ConfigErrors")),
        ),
    ),
    Patch(
        name="name-lengths",
        gap="names of builders and steps that our Interpolate makes could be too long to be stored",
        replaces=(
            Replacement(_CHECK_BUILDER, replacements.check_length),
            Replacement(_CHECK_STEP, replacements.check_length),
        ),
        expects=(
            Takes(_CHECK_BUILDER, "value, name, max_length"),
            Takes(_CHECK_STEP, "value, name, max_length"),
        ),
    ),
    Patch(
        name="mistakes",
        gap=(
            "wrong providers and names of secrets, and renderables in arguments that Buildbot "
            "never renders, would not be reported"
        ),
        replaces=(Replacement(_CHECK_BUILDERS, replacements.check_arguments),),
        expects=(
            Takes(_CHECK_BUILDERS, "self"),
            Mentions(
                Target("buildbot.config.master:MasterConfig.loadFromDict"), ("check_builders",)
            ),
        ),
    ),
    Patch(
        name="direct-answers",
        gap="values that Buildbot asks a provider for without the keychain would not be hidden",
        replaces=(Replacement(_SET_PARENT, replacements.join_master),),
        expects=(
            Takes(_SET_PARENT, "self, parent"),
            Mentions(
                Target(
                    "buildbot.util.service:BuildbotServiceManager.reconfigServiceWithBuildbotConfig"
                ),
                ("setServiceParent",),
            ),
        ),
    ),
    Patch(
        name="step-builds",
        gap=(
            "secrets that Git steps look up would be attributed to no build, and so hidden less "
            "well in its logs"
        ),
        replaces=(Replacement(_START_STEP, replacements.start_step),),
        expects=(
            Takes(_START_STEP, "self, remote"),
            Mentions(Target("buildbot.process.build:Build._start_next_step_impl"), ("startStep",)),
        ),
    ),
    Patch(
        name="providers",
        gap=(
            "a master whose providers are not of this library would not be protected, and "
            "providers of an earlier configuration would answer"
        ),
        replaces=(Replacement(_RECONFIGURE, replacements.reconfigure_providers),),
        expects=(
            Takes(_RECONFIGURE, "self, new_config"),
            Mentions(_RECONFIGURE, ("canReconfigWithSibling", "reconfigServiceWithSibling")),
            Mentions(_CONFIGURE_SERVICE, ("_config_args", "_config_kwargs", "configured")),
        ),
    ),
    Patch(
        name="services",
        gap=(
            "a changed secret would not reach the workers and other services that hold it, and a "
            "missing one would stop the master"
        ),
        replaces=(
            Replacement(_CONFIGURE_SERVICE, replacements.configure_service),
            Replacement(_ADD_SERVICE, replacements.add_service),
        ),
        expects=(
            Takes(_CONFIGURE_SERVICE, "self, sibling"),
            Mentions(
                _CONFIGURE_SERVICE,
                ("configured", "isEquivalent", "_config_kwargs", "secrets", "reconfigService"),
            ),
            Mentions(
                Target("buildbot.util.service:BuildbotService.startService"),
                ("configured", "configureService"),
            ),
            Takes(_ADD_SERVICE, "self, service"),
            Mentions(_ADD_SERVICE, ("namedServices", "startService")),
            Mentions(
                Target("buildbot.util.service:AsyncService.setServiceParent"),
                ("parent", "addService"),
            ),
            Is(Target("buildbot.util.service:BuildbotServiceManager.config_attr"), "services"),
        ),
    ),
    Patch(
        name="database",
        gap=(
            "a reconfiguration would end half applied while the secret of the database cannot be "
            "looked up"
        ),
        replaces=(Replacement(_CONFIGURE_DATABASE, replacements.configure_database),),
        # Who calls it, and when, differs from version to version.
        expects=(Takes(_CONFIGURE_DATABASE, "self, new_config"),),
    ),
    Patch(
        name="logins",
        gap="a master would start without the secrets by which people log in",
        replaces=(Replacement(_CONFIGURE_WEB, replacements.configure_web),),
        expects=(
            Takes(_CONFIGURE_WEB, "self, new_config"),
            Mentions(_CONFIGURE_WEB, ("www",)),
            Mentions(Target("buildbot.www.service:WWWService.reconfigSite"), ("auth",)),
        ),
    ),
    Patch(
        name="hooks",
        gap=(
            "a web hook whose secret cannot be looked up would answer as if the request were at "
            "fault"
        ),
        replaces=(Replacement(_ANSWER_HOOK, replacements.answer_hook),),
        expects=(
            Takes(_ANSWER_HOOK, "self, request"),
            Mentions(
                Target("buildbot.www.change_hook:ChangeHookResource.render_POST"),
                ("getAndSubmitChanges", "addCallbacks", "finish"),
            ),
        ),
    ),
    Patch(
        name="forms",
        gap=(
            "whoever forces a build would be told all of why the secret of a default cannot be "
            "looked up"
        ),
        replaces=(Replacement(_FORCE, replacements.force),),
        expects=(
            Accepts(_FORCE, ("owner",)),
            Mentions(
                Target("buildbot.www.rest:V2RootResource.handleErrors"), ("log", "err", "repr")
            ),
        ),
    ),
    Patch(
        name="pb-logins",
        gap=(
            "a worker whose password cannot be looked up when it logs in would be sent why, and end"
        ),
        replaces=(Replacement(_LOG_IN, replacements.log_in),),
        expects=(
            Takes(_LOG_IN, "self, creds"),
            Mentions(_LOG_IN, ("username", "render", "UnauthorizedLogin")),
        ),
    ),
    Patch(
        name="reports",
        gap=(
            "a reporter that waits for a secret would hold up a reconfiguration and the end of the "
            "master"
        ),
        replaces=(Replacement(_STOP_REPORTER, replacements.stop_reporter),),
        expects=(
            Takes(_STOP_REPORTER, "self"),
            Mentions(_STOP_REPORTER, ("_pending_got_event_calls", "stopService")),
        ),
    ),
)
