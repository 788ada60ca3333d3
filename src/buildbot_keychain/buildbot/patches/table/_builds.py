"""How builds begin and end, and what must not outlive them."""

from __future__ import annotations

from buildbot_keychain.buildbot.patches import replacements
from buildbot_keychain.buildbot.patches._expectations import (
    Accepts,
    Mentions,
    Takes,
    Target,
)
from buildbot_keychain.buildbot.patches._patches import Patch, Replacement

_BUILD_FINISHED = Target("buildbot.process.build:Build.buildFinished")
_CONTROL = Target("buildbot.www.rest:V2RootResource.renderJsonRpc")
_FETCH_REQUESTS = Target(
    "buildbot.process.buildrequestdistributor:BuildChooserBase._fetchUnclaimedBrdicts"
)
_LOG_FAILURE = Target("buildbot.process.buildstep:BuildStep.addLogWithFailure")
_LOST_REMOTE = Target("buildbot.process.build:Build.lostRemote")
_NEW_CONNECTION = Target("buildbot.worker.manager:WorkerManager.newConnection")
_PREPARATION_FAILURE = Target("buildbot.process.build:Build.buildPreparationFailure")
_REMOVE_GIT_KEYS = Target("buildbot.util.git:GitStepAuth.remove_auth_files_if_needed")
_RUN_GIT = Target("buildbot.steps.source.git:Git.run_vc")
_STOP_BUILD = Target("buildbot.process.build:Build.stopBuild")
_SUBMIT_CHANGES = Target("buildbot.www.change_hook:ChangeHookResource.submitChanges")
_SSH_HOSTS_PATH = Target("buildbot.util.git:AbstractGitAuth._get_ssh_host_key_path")
_SSH_KEY_PATH = Target("buildbot.util.git:AbstractGitAuth._get_ssh_private_key_path")
_SSH_WRAPPER_PATH = Target("buildbot.util.git:AbstractGitAuth._get_ssh_wrapper_script_path")
_TRY = Target("buildbot.schedulers.trysched:Try_Userpass_Perspective.perspective_try")
_WRITE_GIT_KEYS = Target("buildbot.util.git:GitStepAuth.download_auth_files_if_needed")

BUILDS = (
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
        name="people",
        gap="who has asked for a build would not be known",
        replaces=(
            Replacement(_CONTROL, replacements.control),
            Replacement(_TRY, replacements.try_out),
        ),
        expects=(
            Takes(_CONTROL, "self, request"),
            Mentions(_CONTROL, ("getUserInfos", "control", "anonymous")),
            Takes(Target("buildbot.www.service:WWWService.getUserInfos"), "self, request"),
            Mentions(_TRY, ("username", "addBuildsetForSourceStamps")),
            Mentions(
                Target("buildbot.data.buildrequests:BuildRequest.rebuildBuildrequest"),
                ("rebuild", "addBuildset"),
            ),
        ),
    ),
    Patch(
        name="change-sources",
        gap="a policy would believe what change sources of others say",
        per_master="`updates.addChange`",
        expects=(
            Accepts(Target("buildbot.data.changes:Change.addChange"), ("properties",)),
            Takes(_SUBMIT_CHANGES, "self, changes, request, src"),
            Mentions(_SUBMIT_CHANGES, ("data", "updates", "addChange")),
            Mentions(
                Target("buildbot.www.change_hook:ChangeHookResource.getChanges"),
                ("uri", "^/change_hook/?([a-zA-Z0-9_]*)", "base", "makeHandler"),
            ),
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
                Target("buildbot.process.build:Build.startBuild"),
                ("buildPreparationFailure", "buildFinished", "_is_substantiating"),
            ),
            Accepts(_STOP_BUILD, ("reason", "results")),
            Mentions(_STOP_BUILD, ("stopped", "results", "currentStep", "interrupt")),
            Takes(_LOST_REMOTE, "self, conn"),
            Mentions(_LOST_REMOTE, ("results", "currentStep", "interrupt")),
            Takes(_FETCH_REQUESTS, "self"),
            Mentions(_FETCH_REQUESTS, ("unclaimedBrdicts", "buildrequestid")),
            Mentions(
                Target("buildbot.process.buildstep:BuildStep.startStep"),
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
