"""What leaves a master, on its way to logs, the database, pages and workers: the sinks."""

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

_CLEAN_TEXT = Target("buildbot.process.properties:Properties.cleanupTextFromSecrets")
_COMMAND_START = Target("buildbot.process.remotecommand:RemoteCommand._start")
_INTERPOLATE = Target("buildbot.process.properties:Interpolate.getRenderingFor")
_LOG_REQUEST = Target("buildbot.www.service:BuildbotSite.log")
_MASTER_SHELL_RUN = Target("buildbot.steps.master:MasterShellCommand.run")
_NEWLINE_RE = Target("buildbot.util.lineboundaries:LineBoundaryFinder.newline_re")
_PARAMETER_SPEC = Target("buildbot.schedulers.forcesched:BaseParameter.getSpec")
_RENDER_MAIL = Target("buildbot.reporters.message:MessageFormatterBaseJinja.render_message_body")
_SIMPLE_PRODUCE = Target("buildbot.mq.simple:SimpleMQ.produce")
_START_NIGHTLY = Target("buildbot.schedulers.timed:NightlyTriggerable.startBuild")
_TRIGGER_NIGHTLY = Target("buildbot.schedulers.timed:NightlyTriggerable.trigger")
_USE_SECRET = Target("buildbot.process.properties:Properties.useSecret")
_WAMP_PRODUCE = Target("buildbot.mq.wamp:WampMQ.produce")

SINKS = (
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
            Mentions(
                Target("buildbot.process.build:Build.buildFinished"),
                ("data", "updates", "setBuildStateString"),
            ),
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
            Mentions(
                Target("buildbot.process.build:Build.startBuild"),
                ("addBuild", "setBuildProperties", "setupBuild"),
            ),
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
        replaces=(
            Replacement(_START_NIGHTLY, replacements.start_nightly),
            Replacement(_TRIGGER_NIGHTLY, replacements.trigger_nightly),
        ),
        expects=(
            Accepts(
                _TRIGGER_NIGHTLY, ("waited_for", "sourcestamps", "set_props", "parent_buildid")
            ),
            Mentions(_TRIGGER_NIGHTLY, ("asDict", "setState")),
            Mentions(
                _START_NIGHTLY,
                ("_lastTrigger", "updateFromProperties", "addBuildsetForSourceStampsWithDefaults"),
            ),
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
)
