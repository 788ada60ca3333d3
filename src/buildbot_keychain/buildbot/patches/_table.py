"""The table: every place where Buildbot is altered or relied upon, and what is expected of it.

``docs/development/patches.md`` shows it; a test compares the two.
"""

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
_BUILD_FINISHED = Target("buildbot.process.build:Build.buildFinished")
_FETCH_REQUESTS = Target(
    "buildbot.process.buildrequestdistributor:BuildChooserBase._fetchUnclaimedBrdicts"
)
_CHECK_BUILDER = Target("buildbot.config.builder:check_param_length")
_CHECK_BUILDERS = Target("buildbot.config.master:MasterConfig.check_builders")
_CHECK_STEP = Target("buildbot.process.buildstep:check_param_length")
_CLEAN_TEXT = Target("buildbot.process.properties:Properties.cleanupTextFromSecrets")
_CONFIGURE_DATABASE = Target("buildbot.db.connector:DBConnector.reconfigServiceWithBuildbotConfig")
_CONFIGURE_SERVICE = Target("buildbot.util.service:BuildbotService.reconfigServiceWithSibling")
_CONFIGURE_WEB = Target("buildbot.www.service:WWWService.reconfigServiceWithBuildbotConfig")
_COMMAND_START = Target("buildbot.process.remotecommand:RemoteCommand._start")
_FORCE = Target("buildbot.schedulers.forcesched:ForceScheduler.force")
_INTERPOLATE = Target("buildbot.process.properties:Interpolate.getRenderingFor")
_LOG_FAILURE = Target("buildbot.process.buildstep:BuildStep.addLogWithFailure")
_LOG_IN = Target("buildbot.worker.protocols.manager.pb:Dispatcher.requestAvatarId")
_LOG_REQUEST = Target("buildbot.www.service:BuildbotSite.log")
_LOST_REMOTE = Target("buildbot.process.build:Build.lostRemote")
_LOOK_UP = Target("buildbot.secrets.manager:SecretManager.get")
_MASTER_SHELL_RUN = Target("buildbot.steps.master:MasterShellCommand.run")
_NEW_CONNECTION = Target("buildbot.worker.manager:WorkerManager.newConnection")
_NEWLINE_RE = Target("buildbot.util.lineboundaries:LineBoundaryFinder.newline_re")
_PARAMETER_SPEC = Target("buildbot.schedulers.forcesched:BaseParameter.getSpec")
_PREPARATION_FAILURE = Target("buildbot.process.build:Build.buildPreparationFailure")
_RECONFIGURE = Target("buildbot.secrets.manager:SecretManager.reconfigServiceWithBuildbotConfig")
_REMOVE_GIT_KEYS = Target("buildbot.util.git:GitStepAuth.remove_auth_files_if_needed")
_RENDER_MAIL = Target("buildbot.reporters.message:MessageFormatterBaseJinja.render_message_body")
_RENDER_SECRET = Target("buildbot.process.properties:_SecretRenderer.getRenderingFor")
_RUN_GIT = Target("buildbot.steps.source.git:Git.run_vc")
_SET_ATTRIBUTE = Target("buildbot.master:BuildMaster.__setattr__")
_SET_PARENT = Target("buildbot.secrets.providers.base:SecretProviderBase.setServiceParent")
_START_STEP = Target("buildbot.process.buildstep:BuildStep.startStep")
_START_BUILD = Target("buildbot.process.build:Build.startBuild")
_STOP_BUILD = Target("buildbot.process.build:Build.stopBuild")
_STOP_REPORTER = Target("buildbot.reporters.base:ReporterBase.stopService")
_SIMPLE_PRODUCE = Target("buildbot.mq.simple:SimpleMQ.produce")
_SSH_HOSTS_PATH = Target("buildbot.util.git:AbstractGitAuth._get_ssh_host_key_path")
_SSH_KEY_PATH = Target("buildbot.util.git:AbstractGitAuth._get_ssh_private_key_path")
_SSH_WRAPPER_PATH = Target("buildbot.util.git:AbstractGitAuth._get_ssh_wrapper_script_path")
_TRIGGER_NIGHTLY = Target("buildbot.schedulers.timed:NightlyTriggerable.trigger")
_USE_SECRET = Target("buildbot.process.properties:Properties.useSecret")
_WAMP_PRODUCE = Target("buildbot.mq.wamp:WampMQ.produce")
_WRITE_GIT_KEYS = Target("buildbot.util.git:GitStepAuth.download_auth_files_if_needed")

TABLE = (
    Patch(
        name="updates",
        gap=(
            "names, states, URLs, build data and other texts that a master stores and publishes "
            "would show secrets"
        ),
        per_master="`master.data.updates`, by `RedactingUpdates`",
        expects=(
            Mentions(
                Target("buildbot.data.connector:DataConnector._scanModule"),
                ("isUpdateMethod", "setattr", "updates"),
            ),
            Mentions(
                Target("buildbot.process.buildstep:BuildStep.addURL"),
                ("data", "updates", "addStepURL"),
            ),
            Mentions(_BUILD_FINISHED, ("data", "updates", "setBuildStateString")),
        ),
    ),
    Patch(
        name="step-logs",
        gap="logs of steps would show secrets",
        per_master="`updates.addLog`, `updates.appendLog`, `updates.finishLog`",
        expects=(
            Takes(Target("buildbot.data.logs:Log.addLog"), "self, stepid, name, type"),
            Takes(Target("buildbot.data.logs:Log.appendLog"), "self, logid, content"),
            Takes(Target("buildbot.data.logs:Log.finishLog"), "self, logid"),
            Behaves(
                _probes.STREAM_LOG,
                "and what adds to other streams append lines to `master.data.updates`, each with "
                "the letter of its stream",
                _probes.stream_log_appends_prefixed_lines,
            ),
            Behaves(
                _probes.PLAIN_LOG,
                "appends lines to `master.data.updates` as they are",
                _probes.plain_logs_append_lines,
            ),
            Mentions(
                Target("buildbot.process.remotecommand:RemoteCommand.remote_update"),
                ("split_line", "remoteUpdate"),
            ),
        ),
    ),
    Patch(
        name="backspaces",
        gap="logs of steps would show secrets in which a program used backspaces",
        replaces=(Replacement(_NEWLINE_RE, replacements.find_line_ends),),
        expects=(
            Behaves(
                _probes.LINE_BOUNDARY_FINDER,
                "finds line ends with `newline_re.sub`",
                _probes.line_ends_are_found_by_the_pattern,
            ),
        ),
    ),
    Patch(
        name="cut-lines",
        gap="logs of steps would show fragments of secrets in lines of more than 4,096 characters",
        # A worker cuts before its 4,096th character, which `CutLines` recognises. The master cuts
        # longer lines only, and loses no text; with a lower limit it would cut the worker's parts
        # again, at places that `CutLines` does not know.
        expects=(
            Is(Target("buildbot.util.lineboundaries:LineBoundaryFinder.MAX_LINELENGTH"), 4096),
            Behaves(
                _probes.WORKER_SETTINGS,
                "has workers cut lines at 4,096 characters",
                _probes.workers_are_told_to_cut_at_4096,
            ),
        ),
    ),
    Patch(
        name="build-properties",
        gap="properties of builds would show secrets",
        per_master="`updates.setBuildProperties`, `updates.setBuildProperty`",
        expects=(
            Takes(
                Target("buildbot.data.properties:Properties.setBuildProperties"),
                "self, buildid, properties",
            ),
            Takes(
                Target("buildbot.data.properties:Properties.setBuildProperty"),
                "self, buildid, name, value, source",
            ),
            Mentions(Target("buildbot.process.properties:Properties.asDict"), ("properties",)),
        ),
    ),
    Patch(
        name="buildset-properties",
        gap="properties that are passed to other builds would show secrets",
        per_master="`updates.addBuildset`",
        expects=(
            Accepts(
                Target("buildbot.data.buildsets:Buildset.addBuildset"),
                (
                    "scheduler",
                    "sourcestamps",
                    "properties",
                    "parent_buildid",
                    "parent_relationship",
                ),
            ),
        ),
    ),
    Patch(
        name="properties-by-name",
        gap="builds would get labels in place of secrets that are passed to them in properties",
        replaces=(
            Replacement(_INTERPOLATE, replacements.interpolate),
            Replacement(_PARAMETER_SPEC, replacements.describe_parameter),
        ),
        per_master=(
            "`updates.addBuildset`, `updates.rebuildBuildrequest`, `updates.setBuildProperties`"
        ),
        expects=(
            Takes(_INTERPOLATE, "self, build"),
            Mentions(_INTERPOLATE, ("getProperties", "render", "fmtstring", "interpolations")),
            Takes(_PARAMETER_SPEC, "self"),
            Mentions(_PARAMETER_SPEC, ("spec_attributes",)),
            Mentions(
                Target("buildbot.data.buildrequests:BuildRequest.rebuildBuildrequest"),
                ("buildsetid", "properties", "addBuildset"),
            ),
            Mentions(_START_BUILD, ("addBuild", "setBuildProperties", "setupBuild")),
            Mentions(
                Target("buildbot.process.build:Build.setup_properties_known_before_build_starts"),
                ("updateFromProperties", "properties"),
            ),
            Mentions(
                Target("buildbot.process.properties:Properties.updateFromProperties"),
                ("properties", "update"),
            ),
            Mentions(
                Target("buildbot.process.properties:Properties.getProperty"), ("properties", "get")
            ),
        ),
    ),
    Patch(
        name="nightly-triggers",
        gap=(
            "secrets in properties that a NightlyTriggerable is triggered with would be stored in "
            "the database"
        ),
        replaces=(Replacement(_TRIGGER_NIGHTLY, replacements.trigger_nightly),),
        expects=(
            Accepts(
                _TRIGGER_NIGHTLY, ("waited_for", "sourcestamps", "set_props", "parent_buildid")
            ),
            Mentions(_TRIGGER_NIGHTLY, ("asDict", "setState")),
        ),
    ),
    Patch(
        name="descendants",
        gap="values that a build hides would not be hidden in the builds that it triggers",
        per_master="`updates.addBuildset`, `updates.addBuild`",
        expects=(
            Accepts(Target("buildbot.data.builds:Build.addBuild"), ("buildrequestid",)),
            Mentions(
                Target("buildbot.data.buildrequests:BuildRequest.completeBuildRequests"),
                ("generateEvent", "complete"),
            ),
            Accepts(
                Target("buildbot.schedulers.triggerable:Triggerable.trigger"), ("parent_buildid",)
            ),
        ),
    ),
    Patch(
        name="message-queue",
        gap=(
            "reasons that people give when they force or stop something, and metrics that steps "
            "yield, would show secrets"
        ),
        replaces=(
            Replacement(_SIMPLE_PRODUCE, replacements.publish),
            Replacement(_WAMP_PRODUCE, replacements.publish),
        ),
        per_master="`master.mq.produce`, which copies the above",
        expects=(
            Takes(_SIMPLE_PRODUCE, "self, routingKey, data"),
            Takes(_WAMP_PRODUCE, "self, routingKey, data"),
            Mentions(Target("buildbot.mq.connector:MQConnector.setup"), ("impl", "produce")),
        ),
    ),
    Patch(
        name="http-log",
        gap="http.log would show secrets with which web hooks are called",
        replaces=(Replacement(_LOG_REQUEST, replacements.log_request),),
        expects=(
            Takes(_LOG_REQUEST, "self, request"),
            Mentions(_LOG_REQUEST, ("_logFormatter",)),
        ),
    ),
    Patch(
        name="html-mails",
        gap="the labels of secrets would be tags in mails of HTML, where nobody sees them",
        replaces=(Replacement(_RENDER_MAIL, replacements.render_mail),),
        expects=(
            Takes(_RENDER_MAIL, "self, context"),
            Mentions(_RENDER_MAIL, ("body_template", "render")),
        ),
    ),
    Patch(
        name="twistd-log",
        gap="twistd.log would show secrets",
        per_master=(
            "the class of Twisted's `globalLogPublisher`, `logging.Logger.handle`, "
            "`logging.Handler.handle`; once for the process"
        ),
        expects=(
            Takes(Target("twisted.logger:LogPublisher.addObserver"), "self, observer"),
            Takes(Target("twisted.logger:LogPublisher.__call__"), "self, event"),
            Mentions(
                Target("twisted.logger:LogPublisher.__call__"),
                ("_observers", "_errorLoggerForObserver"),
            ),
            Takes(Target("twisted.logger:LogPublisher._errorLoggerForObserver"), "self, observer"),
            Takes(Target("logging:Logger.handle"), "self, record"),
            Mentions(Target("logging:Logger._log"), ("handle",)),
            Takes(Target("logging:Handler.handle"), "self, record"),
            Mentions(Target("logging:Logger.callHandlers"), ("handle",)),
        ),
    ),
    Patch(
        name="worker-log",
        gap="the worker's twistd.log would show secrets in commands and their environment",
        replaces=(Replacement(_COMMAND_START, replacements.start_command),),
        expects=(
            Takes(_COMMAND_START, "self"),
            Mentions(_COMMAND_START, ("conn", "remoteStartCommand", "args")),
            Mentions(Target("buildbot.process.remotecommand:RemoteCommand.run"), ("_start",)),
            Mentions(
                Target("buildbot.process.remotecommand:RemoteShellCommand._start"),
                ("args", "command", "super", "_start"),
            ),
        ),
    ),
    Patch(
        name="master-commands",
        gap="secrets would arrive altered in the environment of a MasterShellCommand",
        replaces=(Replacement(_MASTER_SHELL_RUN, replacements.run_on_master),),
        expects=(
            Takes(_MASTER_SHELL_RUN, "self"),
            Mentions(_MASTER_SHELL_RUN, ("env", r"\${([0-9a-zA-Z_]*)}")),
        ),
    ),
    Patch(
        name="true-values",
        gap="Buildbot would alter values on their way to the steps that use them",
        replaces=(
            Replacement(_USE_SECRET, replacements.use_secret),
            Replacement(_CLEAN_TEXT, replacements.clean_text),
        ),
        expects=(
            Takes(_USE_SECRET, "self, secret_value, secret_name"),
            Takes(_CLEAN_TEXT, "self, text"),
            Behaves(
                _probes.REMOTE_UPDATE,
                "passes what a worker sends to `cleanupTextFromSecrets` from its own module",
                _probes.output_is_cleaned_by_its_module,
            ),
        ),
    ),
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
    Patch(
        name="build-ends",
        gap="what a provider holds for a build, such as a lease, would outlive the build",
        replaces=(Replacement(_BUILD_FINISHED, replacements.finish_build),),
        expects=(
            Takes(_BUILD_FINISHED, "self, text, results"),
            Mentions(_BUILD_FINISHED, ("finished",)),
            Mentions(Target("buildbot.process.build:Build.allStepsDone"), ("buildFinished",)),
        ),
    ),
    Patch(
        name="step-errors",
        gap="why a secret could not be looked up would be buried in tracebacks",
        replaces=(Replacement(_LOG_FAILURE, replacements.log_failure),),
        expects=(
            Takes(_LOG_FAILURE, "self, why, logprefix"),
            Mentions(_LOG_FAILURE, ("addCompleteLog", "err.text", "addHTMLLog")),
        ),
    ),
    Patch(
        name="outages",
        gap=(
            "a secret that cannot be looked up would put the worker into quarantine, and an outage "
            "would fail every build"
        ),
        replaces=(
            Replacement(_PREPARATION_FAILURE, replacements.fail_preparation),
            Replacement(_STOP_BUILD, replacements.stop_build),
            Replacement(_LOST_REMOTE, replacements.lose_worker),
            Replacement(_FETCH_REQUESTS, replacements.fetch_requests),
        ),
        expects=(
            Takes(_PREPARATION_FAILURE, "self, why, state_string"),
            Mentions(_PREPARATION_FAILURE, ("putInQuarantine", "_preparation_step")),
            Mentions(
                _START_BUILD,
                ("buildPreparationFailure", "buildFinished", "_is_substantiating"),
            ),
            Accepts(_STOP_BUILD, ("reason", "results")),
            Mentions(_STOP_BUILD, ("stopped", "results", "currentStep", "interrupt")),
            Takes(_LOST_REMOTE, "self, conn"),
            Mentions(_LOST_REMOTE, ("results", "currentStep", "interrupt")),
            Takes(_FETCH_REQUESTS, "self"),
            Mentions(_FETCH_REQUESTS, ("unclaimedBrdicts", "buildrequestid")),
            Mentions(
                _START_STEP,
                ("addStep", "results", "stopped", "addLogWithFailure", "finishStep"),
            ),
            Mentions(
                Target("buildbot.process.results:computeResultAndTermination"),
                ("haltOnFailure", "flunkOnFailure"),
            ),
            Mentions(_BUILD_FINISHED, ("results", "worst_status", "putInQuarantine")),
            Mentions(
                Target("buildbot.process.builder:Builder.buildFinished"),
                ("results", "_resubmit_buildreqs"),
            ),
            Mentions(
                Target(
                    "buildbot.process.buildrequestdistributor:"
                    "BasicBuildChooser._getNextUnclaimedBuildRequest"
                ),
                ("_fetchUnclaimedBrdicts", "unclaimedBrdicts"),
            ),
        ),
    ),
    Patch(
        name="secret-files",
        gap="secret files that were left behind would stay on their workers",
        replaces=(Replacement(_NEW_CONNECTION, replacements.accept_worker),),
        expects=(
            Takes(_NEW_CONNECTION, "self, conn, workerName"),
            Takes(
                Target("buildbot.process.remotecommand:RemoteCommand.run"),
                "self, step, conn, builder_name",
            ),
            Accepts(
                Target("buildbot.process.remotecommand:RemoteCommand.__init__"),
                ("remote_command", "args", "collectStdout", "collectStderr"),
            ),
            Mentions(
                Target("buildbot.process.buildstep:BuildStep._maybe_interrupt_cmd"),
                ("cmd", "interrupt"),
            ),
            Takes(
                Target("buildbot.worker.protocols.base:Connection.notifyOnDisconnect"), "self, cb"
            ),
            Takes(
                Target("buildbot.worker.protocols.base:Connection.remoteSetBuilderList"),
                "self, builders",
            ),
        ),
    ),
    Patch(
        name="git-keys",
        gap="key files of Git steps that were stopped would stay on their workers",
        replaces=(
            Replacement(_WRITE_GIT_KEYS, replacements.write_git_keys),
            Replacement(_REMOVE_GIT_KEYS, replacements.remove_git_keys),
        ),
        expects=(
            Accepts(_WRITE_GIT_KEYS, ("workdir",)),
            Takes(
                Target("buildbot.util.git:GitStepAuth._get_auth_data_path"), "self, data_workdir"
            ),
            Mentions(
                _RUN_GIT,
                ("_git_auth", "download_auth_files_if_needed", "remove_auth_files_if_needed"),
            ),
            Mentions(_SSH_KEY_PATH, ("ssh-key",)),
            Mentions(_SSH_HOSTS_PATH, ("ssh-known-hosts",)),
            Mentions(_SSH_WRAPPER_PATH, ("ssh-wrapper.sh",)),
        ),
    ),
    Patch(
        name="object-state",
        gap="secret files and leases of a master that was killed would not be cleaned up",
        expects=(
            Takes(
                Target("buildbot.db.state:StateConnectorComponent.getObjectId"),
                "self, name, class_name",
            ),
            Takes(
                Target("buildbot.db.state:StateConnectorComponent.setState"),
                "self, objectid, name, value",
            ),
            Takes(
                Target("buildbot.db.state:StateConnectorComponent.atomicCreateState"),
                "self, objectid, name, thd_create_callback",
            ),
        ),
    ),
)
"""In the order of what a reader asks first: the sinks, then commands, lookups and leftovers."""
