"""`python -m fastlint`."""

import sys

from fastlint.cli import main

if __name__ == "__main__":
    sys.exit(main())
