"""A linter and codemod fixer for FastAPI codebases that reads the whole project."""

__version__ = "0.1.0"
