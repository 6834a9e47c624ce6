"""`python -m coterie`: the command, where the environment's `bin` folder is not on the path."""

import sys

from coterie.cli import main

if __name__ == "__main__":
    sys.exit(main())
