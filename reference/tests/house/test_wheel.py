"""The built wheel works far from the checkout: with the kit's extra, and honestly without it."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from reference.tests.house.floors import ROOT

pytestmark = pytest.mark.live

TRAVELS = (
    "coterie_data/conformance/adapters/liars/echo.py",
    "coterie_data/schemas/test-interface.schema.json",
    "coterie_data/spec/frames.toml",
    "coterie_data/spec/registry.toml",
    "coterie_data/spec/requirements.json",
)


def run(*command: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(part) for part in command], cwd=at, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as a release would build it."""
    folder = tmp_path_factory.mktemp("wheel")
    done = run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, at=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it, away from the checkout."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder / "env", with_pip=False, symlinks=True)
    return folder


def install(wheel: Path, clean: Path) -> None:
    """The wheel alone, into the clean environment."""
    done = run(
        *(sys.executable, "-m", "pip", "--python", clean / "env", "install", "--quiet"),
        *("--no-index", "--no-deps", wheel),
        at=clean,
    )
    assert done.returncode == 0, done.stderr


def site(env: Path) -> Path:
    """Where an environment has its packages."""
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(env), "platbase": str(env)}))


def demanded(by: Distribution, extra: str) -> Iterator[tuple[str, str]]:
    """What a distribution names as needed here: names, each with the extra that is wanted of it."""
    for line in by.requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
            yield from ((wanted.name, each) for each in wanted.extras or {""})


def provide(clean: Path, extra: str = "") -> None:
    """What the wheel says that it needs, and all that these need, and nothing else: as it is installed here
    already, so that nothing is fetched, copied and compiled."""
    (metadata,) = site(clean / "env").glob("coterie-*.dist-info")
    left, known = list(demanded(PathDistribution(metadata), extra)), set()
    while left:
        name, of_it = left.pop()
        if (name, of_it) not in known:
            known.add((name, of_it))
            needed = distribution(name)
            left += demanded(needed, of_it)
            link(needed, site(clean / "env"))


def link(needed: Distribution, into: Path) -> None:
    tops = {file.parts[0] for file in needed.files or ()} - {"..", "__pycache__"}
    for top in tops:
        if not (into / top).exists():
            (into / top).symlink_to(Path(str(needed.locate_file(top))))


def test_wheel_leaves_its_data_behind(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    assert set(TRAVELS) <= names
    assert any(name.startswith("coterie_data/vectors/") for name in names)
    assert not any("/tests/" in name for name in names)


def test_installed_wheel_needs_the_checkout(wheel: Path, clean: Path) -> None:
    install(wheel, clean)
    provide(clean)
    program = clean / "env" / "bin"

    without = run(program / "coterie-kit", "test", "--peer", "cmd:coterie harness", at=clean)
    assert without.returncode == 4
    assert "coterie[kit]" in without.stderr
    assert len(without.stderr.strip().splitlines()) == 1

    provide(clean, "kit")
    peer = f"cmd:{program / 'coterie'} harness"
    # A slice that needs vectors, schemas and the registry; the whole suite is run from the checkout.
    judged = run(
        *(program / "coterie-kit", "test", "--peer", peer, "-k", "names or sessions", "--deadline", "60"),
        at=clean,
    )
    assert judged.returncode == 0, judged.stdout[-2000:] + judged.stderr[-2000:]
