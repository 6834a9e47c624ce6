"""``python -m spec.tools generate | check | render``, run from the top of the checkout."""

import sys

from spec.tools import checks, generated, render

USAGE = "usage: python -m spec.tools generate | check | render"


def main(arguments: list[str]) -> int:
    """Runs one command; returns its exit code: 0 done, 1 faults found, 2 usage."""
    match arguments:
        case ["generate"]:
            generated.write()
            return 0
        case ["check"]:
            faults = checks.faults()
            for fault in faults:
                print(fault)
            print(f"draft: {len(faults)} faults")
            return 1 if faults else 0
        case ["render"]:
            return render.render()
        case _:
            print(USAGE, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
