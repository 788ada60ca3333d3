"""What is known of single update methods; whatever is not in here is treated by the rule."""

from __future__ import annotations

LEFT_ALONE: dict[str, frozenset[str]] = {
    "findBuilderId": frozenset({"name"}),
    "updateBuilderList": frozenset({"builderNames"}),
    "findChangeSourceId": frozenset({"name"}),
    "findSchedulerId": frozenset({"name"}),
    "findWorkerId": frozenset({"name"}),
    "find_codebase_id": frozenset({"name"}),
    "find_project_id": frozenset({"name"}),
    "update_project_info": frozenset({"slug"}),
    "update_codebase_info": frozenset({"slug"}),
    "update_branch": frozenset({"name"}),
    "add_commit": frozenset({"revision"}),
    "masterActive": frozenset({"name"}),
    "masterStopped": frozenset({"name"}),
    "addBuildset": frozenset({"scheduler", "parent_relationship"}),
    "addChange": frozenset({"revision", "branch", "codebase", "project", "category", "src"}),
}
"""By method: the arguments by which Buildbot finds something again."""

SINKS = {
    "addBuildset": "buildset",
    "addChange": "change",
    "addLog": "log name",
    "addStep": "step name",
    "addStepURL": "step link",
    "addTestResultSet": "test results",
    "addTestResults": "test results",
    "setBuildData": "build data",
    "setBuildProperties": "property",
    "setBuildProperty": "property",
    "setBuildStateString": "build state",
    "setStepStateString": "step state",
}
"""By method: what is reported of secrets that were hidden in its arguments; else its name is."""
