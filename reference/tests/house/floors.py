"""The import floors of the two packages, read from their syntax trees.

A floor may use the floors below it. Siblings of a floor do not know each other, but for floor 0 (one
vocabulary) and floor 7 (the commands). Each foreign library has one owner, so that it can be replaced.
"""

import ast
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "reference" / "coterie"
KIT = ROOT / "conformance" / "coterie_kit"

FLOORS = {
    "vocabulary": 0, "registry": 0, "errors": 0, "data": 0,
    "wire": 1, "documents": 1, "crypto": 1,
    "effects": 2, "standing": 2, "holdings": 2,
    "records": 3, "values": 3,
    "sessions": 4, "overlay": 4, "groups": 4, "views": 4, "multicast": 4,
    "traces": 4,
    "peer": 5,
    "runtime": 6, "simulation": 6,
    "application": 7, "cli": 7, "harness": 7, "mutants": 7, "__main__": 7, "__init__": 7,
}  # fmt: skip
KNOW_EACH_OTHER = {0, 7}
SANS_IO = 5  # the highest floor that takes time, randomness and bytes as arguments only

AMBIENT = {
    "asyncio", "concurrent", "ctypes", "fcntl", "getpass", "multiprocessing", "os", "queue", "random",
    "sched", "secrets", "select", "selectors", "shutil", "signal", "socket", "socketserver", "ssl",
    "subprocess", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
AMBIENT_CALLS = {"now", "utcnow", "today", "generate", "generate_key", "generate_private_key"}

LIBRARY_OWNERS = {
    "construct": "wire", "xmlschema": "documents", "cryptography": "crypto", "opendht": "runtime",
}  # fmt: skip
KIT_LIBRARIES = {
    "_pytest", "cryptography", "jinja2", "jsonschema", "lxml", "markupsafe", "pytest", "rich", "scapy",
}  # fmt: skip
KIT_OWNERS = {"scapy": "frames"}


@dataclass(frozen=True, slots=True)
class Import:
    """One imported module, with its full dotted name, and where it is imported."""

    module: str
    line: int


def modules(package: Path) -> list[Path]:
    """All modules of ``package``, in a stable order."""
    return sorted(package.rglob("*.py"))


def unit_of(package: Path, module: Path) -> str:
    """The part of the package that ``module`` belongs to: its first folder, or its own name."""
    return module.relative_to(package).with_suffix("").parts[0]


def inside(package: Path, module: Path) -> tuple[str, ...]:
    """The folders between ``package`` and ``module``, which relative imports count from."""
    return module.relative_to(package).parent.parts


def imports(source: str, package: str, folders: tuple[str, ...] = ()) -> list[Import]:
    """Every import of ``source``, also those inside functions; relative ones resolved against ``folders``."""
    found: list[Import] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            up = (package, *folders)[: len(folders) + 2 - node.level] if node.level else ()
            base = ".".join([*up, *([node.module] if node.module else [])])
            # "from coterie import wire" names a part of the package, not the package
            found += (
                [Import(f"{base}.{alias.name}", node.lineno) for alias in node.names]
                if base == package
                else [Import(base, node.lineno)]
            )
    return found


def ambient_calls(source: str) -> list[str]:
    """Calls that read a clock, draw randomness or open a file without being handed one."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(attr=name)) if name in AMBIENT_CALLS:
                found.append(f"{name}() on line {node.lineno}")
            case ast.Call(func=ast.Name(id="open")):
                found.append(f"open() on line {node.lineno}")
    return found


def reference_faults(unit: str, source: str, folders: tuple[str, ...] = ()) -> list[str]:
    """What ``source``, a module of ``coterie.<unit>``, must not do on its floor."""
    if unit not in FLOORS:
        return [f"{unit} has no floor"]
    floor = FLOORS[unit]
    faults = [] if floor > SANS_IO else ambient_calls(source)
    for found in imports(source, "coterie", folders):
        top, *rest = found.module.split(".")
        if top == "coterie":
            faults += _inner_faults(unit, floor, rest[0] if rest else "__init__", found)
        elif top == "coterie_kit":
            faults.append(f"imports the kit on line {found.line}")
        elif top in sys.stdlib_module_names:
            if floor <= SANS_IO and top in AMBIENT:
                faults.append(f"imports {top} on line {found.line}")
        elif LIBRARY_OWNERS.get(top) != unit:
            faults.append(f"imports {top} on line {found.line}, which is not its own")
    return faults


def _inner_faults(unit: str, floor: int, target: str, found: Import) -> list[str]:
    target = target if target in FLOORS else "__init__"
    if target == unit or FLOORS[target] < floor:
        return []
    if FLOORS[target] == floor and floor in KNOW_EACH_OTHER:
        return []
    return [f"floor {floor} ({unit}) imports floor {FLOORS[target]} ({target}) on line {found.line}"]


def kit_faults(unit: str, source: str, folders: tuple[str, ...] = ()) -> list[str]:
    """What ``source``, a module of ``coterie_kit.<unit>``, must not import."""
    faults = []
    for found in imports(source, "coterie_kit", folders):
        top = found.module.split(".")[0]
        if top == "coterie_kit" or top in sys.stdlib_module_names:
            continue
        if top not in KIT_LIBRARIES:
            faults.append(f"imports {top} on line {found.line}, which is not a library of the kit")
        elif KIT_OWNERS.get(top, unit) != unit:
            faults.append(f"imports {top} on line {found.line}: only coterie_kit.{KIT_OWNERS[top]} may")
    return faults
