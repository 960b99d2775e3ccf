"""The baseline: findings that a project knows of, so that a run reports, and fails on, what is new alone."""

NAME = "fastlint-baseline.toml"
"""Where it is, in the project's root, when nobody says anything."""
