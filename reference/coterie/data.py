"""Where the files are that travel with the package: registry, frame tables, schemas, vectors.

A built wheel carries them in ``coterie_data``, beside the package; a checkout has them at its top level.
One question, one answer: packaged data if there is any, else the checkout. Names are always written as in
the checkout, with forward slashes: ``path("spec/registry.toml")``.
"""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
PACKAGED = PACKAGE.parent / "coterie_data"
CHECKOUT = PACKAGE.parents[1]

__all__ = ["path", "read_bytes", "read_text", "root"]


@cache
def root() -> Path:
    """The folder under which every name is looked up. FileNotFoundError when there is none."""
    if (PACKAGED / "spec" / "registry.toml").is_file():
        return PACKAGED
    if (CHECKOUT / "pyproject.toml").is_file() and (CHECKOUT / "spec").is_dir():
        return CHECKOUT
    message = f"the data files of {PACKAGE.name} are missing: install it again, from a wheel or a checkout"
    raise FileNotFoundError(message)


def path(name: str) -> Path:
    """The file or folder called ``name``. FileNotFoundError, with the name, when it is not there."""
    found = root().joinpath(*name.split("/"))
    if not found.exists():
        message = f"no data file {name!r}: install it again, or run 'make vectors' in the checkout"
        raise FileNotFoundError(message)
    return found


def read_bytes(name: str) -> bytes:
    """The content of the file called ``name``."""
    return path(name).read_bytes()


def read_text(name: str) -> str:
    """The content of the file called ``name``, which is UTF-8 like every text file of the project."""
    return path(name).read_text(encoding="utf-8")
