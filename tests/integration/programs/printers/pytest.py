"""What pytest prints of failed tests, of which each has every secret once."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SECRETS = sorted(Path(os.environ["SECRETS"]).iterdir())


@pytest.fixture(params=SECRETS, ids=[path.name for path in SECRETS])
def secret(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text().rstrip("\n")


def test_equal(secret: str) -> None:
    assert secret == "other"


def test_equal_right(secret: str) -> None:
    other = "other"
    assert other == secret


def test_in(secret: str) -> None:
    assert "never there" in secret


def test_in_dictionary(secret: str) -> None:
    assert {"token": secret, "user": "u"} == {"token": "other", "user": "u"}


def test_in_list(secret: str) -> None:
    assert ["a", secret] == ["a", "other"]


def test_call(secret: str) -> None:
    def login(user: str, password: str) -> str:
        return password

    assert not login("u", secret)


def test_startswith(secret: str) -> None:
    assert secret.startswith("other")


def test_raises(secret: str) -> None:
    raise ValueError(f"bad password: {secret}")


def test_raises_match(secret: str) -> None:
    with pytest.raises(ValueError, match="nothing like that"):
        raise ValueError(secret)


def test_prints(secret: str) -> None:
    print("token:", secret)
    print("token:", repr(secret), file=sys.stderr)
    assert sys is None


def test_locals(secret: str) -> None:
    copies = {"token": secret}
    assert copies is None


def test_fail(secret: str) -> None:
    pytest.fail(f"login with {secret!r} failed")


def test_approx(secret: str) -> None:
    assert [secret] == pytest.approx([1.0])


def main() -> None:
    """Run pytest on a copy of this file, and put marks in place of its headings."""
    shutil.copy(__file__, "test_login.py")
    # Not its summary: how much of a value that shows depends on the length of the path.
    command = [sys.executable, "-m", "pytest", "-rN", "-p", "no:cacheprovider", "-p", "no:xdist"]
    done = subprocess.run(
        [*command, "test_login.py"], stdout=subprocess.PIPE, text=True, check=False
    )
    print(re.sub(r"(?m)^_+ test_(\w+)\[(\w+)\] _+$", "\x1e\\1\x1f\\2", done.stdout))


if __name__ == "__main__":
    main()
