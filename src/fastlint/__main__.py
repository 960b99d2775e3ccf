"""`python -m fastlint`."""

from fastlint.cli import script

if __name__ == "__main__":
    script()
