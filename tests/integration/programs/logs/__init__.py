"""Redaction changes nothing in logs but secrets: logs made by running public tools.

`generate.sh` runs whatever of those tools is installed, `holdings` are fifty secrets of a master,
some of them as weak as people choose them, and `reference` judges each change by a rule of its own,
slowly and plainly.

``python -m tests.integration.programs.logs`` makes logs of `KEYCHAIN_LOGS_MEGABYTES` (20 unless it
is set), with tools that need a network, and reports the share of lines that are changed, and every
change that is wrong.
"""
