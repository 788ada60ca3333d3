"""Secrets that steps use to talk to others: Git, HTTP, file transfers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import buildbot
from buildbot.plugins import steps

from tests.integration.leaks.canaries import key, spiky
from tests.integration.leaks.channels import PATHS, ChannelTable
from tests.integration.leaks.channels.commands import CHECK_INPUT

if TYPE_CHECKING:
    from tests.integration.leaks.channels import Kit

CHANNELS = channel = ChannelTable()

_ASKED_FOR = {"files of the worker": "the step was asked to write this file"}


# A Git step of Buildbot 4.0 has no credentials of its own.
_GIT_HAS_CREDENTIALS = tuple(map(int, buildbot.version.split(".")[:2])) >= (4, 1)


@channel("Git with a password in its URL", result="failure")
def git_url(kit: Kit) -> None:
    url = kit.text(f"http://user:{{}}@127.0.0.1:{kit.settings.http_port}/missing.git")
    kit.add(steps.Git(repourl=url, mode="full", method="clobber"))


@channel("Git with credentials")
def git_credentials(kit: Kit) -> None:
    credentials = {"auth_credentials": ("user", kit.secret)} if _GIT_HAS_CREDENTIALS else {}
    kit.add(
        steps.Git(
            repourl=f"file://{kit.settings.repository}",
            branch="main",
            mode="incremental",
            **credentials,
        )
    )


@channel("Git with an SSH key", key)
def git_ssh_key(kit: Kit) -> None:
    kit.add(
        steps.Git(
            repourl=f"file://{kit.settings.repository}",
            branch="main",
            mode="incremental",
            sshPrivateKey=kit.secret,
            sshKnownHosts="host ssh-ed25519 AAAA",
        )
    )


@channel("StringDownload", inherent=_ASKED_FOR)
def string_download(kit: Kit) -> None:
    kit.add(steps.StringDownload(kit.secret, workerdest="f", mode=0o600))
    command = ["sh", "-c", '"$@" < f', "sh", *CHECK_INPUT, kit.canary.digest]
    kit.add(steps.ShellCommand(command=command))


@channel("JSONStringDownload", spiky, inherent=_ASKED_FOR)
def json_string_download(kit: Kit) -> None:
    kit.add(steps.JSONStringDownload({"token": kit.secret}, workerdest="f"))


@channel("StringDownload to a secret name", inherent=_ASKED_FOR)
def string_download_name(kit: Kit) -> None:
    kit.add(steps.StringDownload("content", workerdest=kit.text("f-{}")))


@channel("FileDownload", inherent=_ASKED_FOR)
def file_download(kit: Kit) -> None:
    path = kit.payload("content", kit.canary.value)
    kit.add(steps.FileDownload(mastersrc=path, workerdest=kit.text("f-{}"), doStepIf=kit.read))


@channel(
    "FileUpload",
    inherent={**_ASKED_FOR, "files of the master": "the step was asked to write this file"},
)
def file_upload(kit: Kit) -> None:
    kit.add(steps.StringDownload("content", workerdest=kit.text("f-{}")))
    kit.add(
        steps.FileUpload(
            workersrc=kit.text("f-{}"),
            masterdest=kit.text(f"{kit.settings.uploads}/f-{{}}"),
            url=kit.text("https://host/{}"),
            urlText=kit.text("link {}"),
        )
    )


@channel(
    "DirectoryUpload",
    inherent={**_ASKED_FOR, "files of the master": "the step was asked to write this file"},
)
def directory_upload(kit: Kit) -> None:
    kit.add(steps.MakeDirectory(dir=kit.text("build/d-{}")))
    kit.add(
        steps.DirectoryUpload(
            workersrc=kit.text("d-{}"), masterdest=kit.text(f"{kit.settings.uploads}/d-{{}}")
        )
    )


@channel("other steps on files", inherent={**PATHS, **_ASKED_FOR})
def file_steps(kit: Kit) -> None:
    kit.add(steps.MakeDirectory(dir=kit.text("build/d-{}")))
    kit.add(steps.CopyDirectory(src=kit.text("build/d-{}"), dest=kit.text("build/e-{}")))
    kit.add(steps.RemoveDirectory(dir=kit.text("build/e-{}")))


@channel("HTTP step")
def http(kit: Kit) -> None:
    step = steps.POST(
        kit.text(f"http://127.0.0.1:{kit.settings.http_port}/echo?token={{}}"),
        params={"p": kit.secret},
        headers={"Authorization": kit.text("Bearer {}")},
        data={"password": kit.secret},
    )
    kit.add(step)


try:
    import txrequests  # type: ignore[import-untyped]  # noqa: F401
except ImportError:
    # Buildbot's own HTTP step does not work without it.
    CHANNELS[:] = [each for each in CHANNELS if each.name != "HTTP step"]
