"""Both resolvers find the same files: packaged beside the package, or at the top of the checkout."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from coterie import data as reference_data
from coterie_kit import data as kit_data
from reference.tests.house.floors import KIT, REFERENCE, ROOT


@pytest.mark.parametrize("data", [reference_data, kit_data], ids=["reference", "kit"])
def test_checkout_hides_its_registry(data: ModuleType) -> None:
    assert data.path("spec/registry.toml") == ROOT / "spec" / "registry.toml"
    assert b"[[reason]]" in data.read_bytes("spec/registry.toml")


@pytest.mark.parametrize("package", [REFERENCE, KIT], ids=["reference", "kit"])
@pytest.mark.parametrize("packaged", [True, False], ids=["packaged", "nothing-beside-it"])
def test_installed_package_reads_files_of_a_checkout(package: Path, packaged: bool, tmp_path: Path) -> None:
    (tmp_path / package.name).mkdir()
    (tmp_path / package.name / "__init__.py").touch()
    shutil.copy(package / "data.py", tmp_path / package.name)
    if packaged:
        (tmp_path / "coterie_data" / "spec").mkdir(parents=True)
        (tmp_path / "coterie_data" / "spec" / "registry.toml").write_text("here = true\n", encoding="utf-8")

    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from {package.name} import data; print(data.read_text('spec/registry.toml'))",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    if packaged:
        assert done.stdout.strip() == "here = true"
    else:
        assert done.returncode == 1
        assert "install it again" in done.stderr


@pytest.mark.parametrize("data", [reference_data, kit_data], ids=["reference", "kit"])
def test_missing_file_is_reported_without_its_name(data: ModuleType) -> None:
    with pytest.raises(FileNotFoundError, match=r"no data file 'spec/nothing\.toml'"):
        data.path("spec/nothing.toml")
