"""Debian's packages that a system needs: installed where we may, asked for by name where we may not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
PROVIDED_BY = {"gcc": "gcc", "default-jdk-headless": "javac", "iproute2": "ip"}  # by other packages as well
START_NOTHING = "#!/bin/sh\nexit 101\n"


def missing(packages: Sequence[str]) -> list[str]:
    """Those of ``packages`` that are not there, neither by name nor by the tool that they are wanted for."""
    return [package for package in packages if not there(package)]


def there(package: str) -> bool:
    """Whether ``package``, or the tool that it is wanted for, is installed."""
    tool = PROVIDED_BY.get(package)
    return bool(version(package)) or (tool is not None and shutil.which(tool) is not None)


def version(package: str) -> str:
    """The installed version, or nothing."""
    if shutil.which("dpkg-query") is None:
        return ""
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", package],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    state, _, found = asked.stdout.partition(" ")
    return found if state == "installed" else ""


def install(packages: Sequence[str]) -> str:
    """Installs what is missing of ``packages``; answers why that cannot be, or nothing when all is there."""
    wanted = missing(packages)
    if not wanted:
        return ""
    line = f"apt-get install --no-install-recommends {' '.join(wanted)}"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return f"it needs Debian's packages, and only root of a Debian machine can say: {line}"
    print(f"installing {' '.join(wanted)}", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with no_daemon_starts():
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *wanted]):
            done = subprocess.run(
                ["apt-get", "--quiet", *command], env=environment, check=False,
                stdin=subprocess.DEVNULL, stdout=sys.stderr,
            )  # fmt: skip
            if done.returncode:
                return f"this failed with {done.returncode}: {line}"
    return ""


@contextmanager
def no_daemon_starts() -> Iterator[None]:
    """A package that is installed to be measured shall not start its service on this machine."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text(START_NOTHING, encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
