"""The documentation is held to the code: what it shows can be done, where it leads there is something, and
nothing is left out. `python -m tests.docs` writes anew what is written from the code."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from fastlint import toml
from fastlint.cli.app import app
from fastlint.cli.request import parsed, verify_selectors
from fastlint.config import load
from fastlint.knowledge import Table
from fastlint.options import READERS
from fastlint.registry import all_rules
from fastlint.rule import RuleKey
from tests import docs, markdown
from tests.markdown import Block, Link

ROOT = docs.ROOT
HAND_WRITTEN = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAGES = [*HAND_WRITTEN, *sorted((ROOT / "docs" / "rules").glob("*.md"))]
HERE = "https://github.com/fastlint/fastlint/blob/main/"
THEIRS = RuleKey("ACME101", "unguarded-admin-route", default=True)
"""The rule that `docs/writing-rules.md` writes: other pages may name it as an example."""
KNOWN = (*(RuleKey(rule.code, rule.name, rule.default) for rule in all_rules()), THEIRS)
COMMANDS: dict[str, click.Command] = app.commands


def found(*languages: str) -> list[Block]:
    return [block for page in HAND_WRITTEN for block in markdown.blocks(page, *languages)]


# What is written from the code


@pytest.mark.parametrize("path, text", docs.pages().items(), ids=docs.pages())
def test_a_page_that_is_written_from_the_code_is_as_the_code_says(path: str, text: str) -> None:
    is_there = (ROOT / path).is_file()
    assert is_there, f"{path} is missing: `python -m tests.docs` writes it"
    assert (ROOT / path).read_text(encoding="utf-8") == text, f"`python -m tests.docs` writes {path} anew"


def test_no_rule_that_is_gone_has_a_page() -> None:
    assert [] == docs.stale(), "`python -m tests.docs` removes them"


# What is shown


@pytest.mark.parametrize("block", found("toml"), ids=str)
def test_a_configuration_that_is_shown_is_accepted(block: Block, tmp_path: Path) -> None:
    document = toml.parse(block.code)
    is_ours = not {"tool", "project", "build-system"} & document.keys()
    (tmp_path / ("fastlint.toml" if is_ours else "pyproject.toml")).write_text(block.code, encoding="utf-8")
    load(tmp_path, rules=KNOWN)


def commands() -> list[tuple[str, list[str]]]:
    """Each command of a console, a script and a job of CI, with where it stands."""
    return [
        (f"{block} {' '.join(words)}", words)
        for block in found("console", "bash", "yaml", "groovy")
        for line in _shell(block)
        for words in _simple_commands(line)
        if words
    ]


def _shell(block: Block) -> list[str]:
    """The lines of shell in a block."""
    if block.language == "yaml":
        return [line for script in _scripts(yaml.safe_load(block.code)) for line in script.splitlines()]
    if block.language == "groovy":
        return re.findall(r"\bsh '([^']*)'", block.code)
    prompt = "$ " if block.language == "console" else ""
    lines = block.code.splitlines()
    return [line[len(prompt) :] for line in lines if line.startswith(prompt)]


def _scripts(job: object) -> Iterator[str]:
    """What GitHub, GitLab and Azure run: `run` and `script`, one or a list of them, however deep."""
    if isinstance(job, list):
        for each in job:
            yield from _scripts(each)
    elif isinstance(job, dict):
        for key, value in job.items():
            if key in ("run", "script"):
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _scripts(value)


def _simple_commands(line: str) -> list[list[str]]:
    """The commands that a line of shell runs, without what is redirected."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in lexer:
        if re.fullmatch(r"[|&;]+", word):
            found.append([])
        else:
            found[-1].append(word)
    return [list(takewhile(lambda word: word not in (">", "<"), words)) for words in found]


@pytest.mark.parametrize(
    "words", [pytest.param(words, id=name) for name, words in commands() if words[0].endswith("fastlint")]
)
def test_a_command_that_is_shown_exists_with_these_options(words: list[str]) -> None:
    name, arguments = "check", words[1:]
    if arguments and arguments[0] in COMMANDS:
        name, arguments = arguments[0], arguments[1:]
    parent = click.Context(app, **app.context_settings)
    try:
        given = COMMANDS[name].make_context(name, arguments, parent=parent).params
    except click.exceptions.Exit:
        return  # --help, --version
    for option in ("select", "extend_select", "ignore"):
        verify_selectors(parsed(given.get(option) or ()), KNOWN)
    if name == "rule":
        named = {each for each in arguments if not each.startswith("-")}
        assert named <= {part for rule in KNOWN for part in (rule.code, rule.name)}


@pytest.mark.parametrize(
    "words", [pytest.param(words, id=name) for name, words in commands() if words[:2] == ["python", "-m"]]
)
def test_a_module_of_ours_that_is_run_exists(words: list[str]) -> None:
    is_ours = words[2].startswith(("fastlint", "tests"))
    assert not is_ours or find_spec(words[2]) is not None


@pytest.mark.parametrize("block", found("python"), ids=str)
def test_code_that_is_shown_compiles_and_imports_of_fastlint_what_there_is(block: Block) -> None:
    tree = compile(
        block.code, str(block), "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "fastlint":
            assert [] == [each.name for each in node.names if not _can_import(str(node.module), each.name)]


def _can_import(module: str, name: str) -> bool:
    return hasattr(import_module(module), name) or find_spec(f"{module}.{name}") is not None


@pytest.mark.parametrize("block", found("json"), ids=str)
def test_json_that_is_shown_is_json(block: Block) -> None:
    json.loads(block.code)


@pytest.mark.parametrize("block", found("yaml"), ids=str)
def test_a_hook_that_is_shown_is_one(block: Block) -> None:
    hooks = set(re.findall(r"^- id: (\S+)$", (ROOT / ".pre-commit-hooks.yaml").read_text(), re.MULTILINE))
    shown = set(re.findall(r"- id: (fastlint\S*)", block.code))
    assert shown - hooks == set()


def test_a_block_of_code_says_what_language_it_is_in() -> None:
    assert [] == [str(block) for block in found() if not block.language and not _is_output(block)]


def _is_output(block: Block) -> bool:
    """Whether it shows findings."""
    return re.match(r"\S+:\d+:\d+", block.code) is not None


# Where it leads


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_something(page: Path) -> None:
    assert [] == [str(link) for link in markdown.links(page) if not _leads_somewhere(link)]


def _leads_somewhere(link: Link) -> bool:
    target = link.target.removeprefix(HERE)
    if target.startswith(("http://", "https://", "mailto:")):
        return True
    path, _, anchor = target.partition("#")
    folder = ROOT if link.target.startswith(HERE) else link.page.parent
    file = folder / path if path else link.page
    return file.exists() and (not anchor or anchor in markdown.anchors(file))


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached:
            reached.add(page)
            targets = (link.target.partition("#")[0] for link in markdown.links(page))
            waiting += [path for each in targets if (path := (page.parent / each).resolve()) in PAGES]
    assert set() == set(PAGES) - reached


# What it must tell


def options() -> list[tuple[str, str]]:
    """Every option of every command, by its longest name."""
    return [
        (name, max(option.opts, key=len))
        for name, command in COMMANDS.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
    ]


@pytest.mark.parametrize("name, option", options())
def test_every_option_is_documented(name: str, option: str) -> None:
    assert option in markdown.spans(ROOT / "docs" / "command-line.md")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert f"`fastlint {name}" in page


@pytest.mark.parametrize("key", [*READERS, *(f"knowledge.{name}" for name in Table.__struct_fields__)])
def test_every_key_of_the_configuration_is_documented(key: str) -> None:
    page = ROOT / "docs" / "configuration.md"
    assert any(word == key or word.endswith(f".{key}") for word in markdown.spans(page))


def test_what_is_shipped_has_the_documentation() -> None:
    settings: dict[str, Any] = toml.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "/docs" in settings["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
