"""Who is given which secret: rules, and what they decide. Pure.

A `Policy` is made of `Allow` and `Deny`. It is asked about one secret of one provider, by its
canonical name, and a `Requester`. `explain` says why it decides what it does. `suggest` writes the
rules that allow what was used.
"""

from __future__ import annotations

from buildbot_keychain.policy._approval import Approval
from buildbot_keychain.policy._engine import Decision, Outcome, Policy, Question
from buildbot_keychain.policy._explanation import Explanation, described, explain, summaries
from buildbot_keychain.policy._file import parse_rules
from buildbot_keychain.policy._rules import Allow, Deny, Rule
from buildbot_keychain.policy._suggestion import Farm, Suggested, Suggestion, suggest
from buildbot_keychain.policy._suggestion_text import python_of, toml_of
from buildbot_keychain.policy._validation import rule_problems

__all__ = [
    "Allow",
    "Approval",
    "Decision",
    "Deny",
    "Explanation",
    "Farm",
    "Outcome",
    "Policy",
    "Question",
    "Rule",
    "Suggested",
    "Suggestion",
    "described",
    "explain",
    "parse_rules",
    "python_of",
    "rule_problems",
    "suggest",
    "summaries",
    "toml_of",
]
