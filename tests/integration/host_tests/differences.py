"""What Buildbot's tests expect and we do otherwise, on purpose: by test, with the reason."""

from __future__ import annotations

_OWN_MESSAGE = "our message says how to write it, and is an error of the configuration all the same"
_SHORT = (
    "a value of three characters is not hidden: that would destroy the log and reveal the value"
)
_QUOTED = (
    "the worker shows the name of the secret as it shows any argument, in quotes: echo '<foo>'"
)
_UNWRAPPED = "the error itself is raised; Buildbot wraps it, as one of a list, in a FirstError"
_EMPTY = "an empty value fails its lookup unless `allow_empty` has its name"

_CONFIGURE = "unit.process.test_properties.TestInterpolateConfigure."
_INTERPOLATE = "unit.test_interpolate_secrets.TestInterpolateSecrets"
_PLAIN = "integration.interop.test_integration_secrets.SecretsConfig"
_WITH_FILES = "integration.test_integration_with_secrets.SecretsConfig."

DIFFERENCES = {
    **{
        f"{_CONFIGURE}{test}": _OWN_MESSAGE
        for test in (
            "test_colon_ternary_hash_bad_delimeter",
            "test_colon_ternary_missing_delimeter",
            "test_colon_ternary_paren_delimiter",
            "test_invalid_args_and_kwargs",
            "test_invalid_default_type",
            "test_invalid_selector",
            "test_kw_invalid_character",
            "test_nested_invalid_selector",
            "test_no_selector",
            "test_prop_invalid_character",
            "test_src_attr_invalid_character",
            "test_src_codebase_invalid_character",
            "test_src_missing_attr",
        )
    },
    f"{_INTERPOLATE}.test_secret_not_found": _UNWRAPPED,
    f"{_INTERPOLATE}NoService.test_secret": _UNWRAPPED,
    f"{_INTERPOLATE}HiddenSecrets.test_secret": _SHORT,
    f"{_INTERPOLATE}HiddenSecrets.test_secret_replace": _SHORT,
    f"{_INTERPOLATE}HiddenSecrets.test_secret_replace_with_empty_secret": _EMPTY,
    f"{_WITH_FILES}test_secret": _SHORT,
    f"{_WITH_FILES}test_withsecrets": _SHORT,
    **{
        f"{_PLAIN}{protocol}.{test}_1_plain_command": _QUOTED
        for protocol in ("", "PB")
        for test in ("test_secret", "test_secretReconfig")
    },
}
"""The reasons, by the name of the test in `buildbot.test`."""
