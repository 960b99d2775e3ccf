"""What `[tool.fastlint]` may say, what it means, and how a mistake in it reads."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fastlint.config import (
    DEFAULT_EXCLUDE,
    ConfigError,
    Settings,
    load,
    selector_complaint,
)
from fastlint.diagnostic import Severity
from fastlint.engine import lint
from fastlint.rule import Rule


def make_rule(name: str, code: str, *, default: bool = True) -> Rule:
    module = f"rules.{name.replace('-', '_')}"
    return Rule(module, code=code, severity=Severity.ERROR, since="0.1.0", source="", default=default)


RULES = (
    make_rule("blocking-sleep", "FL101"),
    make_rule("blocking-http-call", "FL102"),
    make_rule("trivial-sync-dependency", "FL121", default=False),
    make_rule("returned-http-exception", "FL407"),
)


def settings(**values: Any) -> Settings:
    return Settings(root=Path("project"), **values)


def codes(chosen: Settings) -> list[str]:
    return [rule.code for rule in chosen.rules(RULES)]


def write(directory: Path, text: str, name: str = "pyproject.toml") -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def complaint(directory: Path, text: str, name: str = "pyproject.toml") -> str:
    """What is said of a configuration, with the file's folder left out."""
    write(directory, text, name)
    with pytest.raises(ConfigError) as caught:
        load(directory, rules=RULES)
    return str(caught.value).replace(str(directory.resolve()), "").lstrip("/\\")


# Which rules run


def test_without_settings_the_default_rules_run() -> None:
    assert codes(settings()) == ["FL101", "FL102", "FL407"]


def test_select_replaces_the_default_rules() -> None:
    assert codes(settings(select=("FL4",))) == ["FL407"]


def test_extend_select_adds_to_the_default_rules() -> None:
    assert codes(settings(extend_select=("trivial-sync-dependency",))) == ["FL101", "FL102", "FL121", "FL407"]


def test_all_selects_even_the_strict_rules() -> None:
    assert codes(settings(select=("ALL",))) == ["FL101", "FL102", "FL121", "FL407"]


def test_ignore_takes_away() -> None:
    assert codes(settings(ignore=("FL1",))) == ["FL407"]


@pytest.mark.parametrize("rule", ["FL102", "blocking-http-call"])
def test_a_selected_code_or_name_beats_an_ignored_prefix(rule: str) -> None:
    assert codes(settings(extend_select=(rule,), ignore=("FL1",))) == ["FL102", "FL407"]


def test_an_ignored_code_beats_a_selected_prefix() -> None:
    assert codes(settings(select=("FL1",), ignore=("FL102",))) == ["FL101", "FL121"]


def test_a_longer_prefix_beats_a_shorter_one() -> None:
    assert codes(settings(select=("FL", "FL12"), ignore=("FL1",))) == ["FL121", "FL407"]


def test_of_two_equally_specific_selectors_the_ignoring_one_wins() -> None:
    assert codes(settings(select=("FL1", "FL101"), ignore=("blocking-sleep",))) == ["FL102", "FL121"]


def test_select_on_the_command_line_replaces_all_that_the_file_says() -> None:
    assert codes(settings(select=("FL1",), ignore=("FL407",)).override(select=("FL407",))) == ["FL407"]


def test_extend_select_on_the_command_line_adds_to_the_files_choice() -> None:
    assert codes(settings(select=("FL4",)).override(extend_select=("FL101",))) == ["FL101", "FL407"]


def test_ignore_on_the_command_line_beats_a_more_specific_select_of_the_file() -> None:
    assert codes(settings(select=("FL101", "FL407")).override(ignore=("FL1",))) == ["FL407"]


def test_an_override_without_wishes_changes_nothing() -> None:
    assert codes(settings(select=("FL4",)).override()) == ["FL407"]


def test_the_engines_own_findings_can_be_ignored() -> None:
    assert settings(ignore=("FL001",)).enables("FL001", "unused-suppression") is False


# per-file-ignores


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("tests", "tests/test_a.py", True),
        ("tests", "app/tests/deep/test_a.py", True),
        ("/tests", "app/tests/test_a.py", False),
        ("tests/*.py", "tests/test_a.py", True),
        ("tests/*.py", "app/tests/test_a.py", False),
        ("**/conftest.py", "conftest.py", True),
        ("app/**/models.py", "app/a/b/models.py", True),
        ("test_*.py", "app/test_a.py", True),
        ("!app/", "scripts/run.py", True),
        ("!app/", "app/main.py", False),
        ("./main.py", "main.py", True),
        ("./main.py", "app/main.py", False),
        ("./app/**", "app/a/main.py", True),
        ("!./app/", "app/main.py", False),
    ],
)
def test_per_file_ignores_are_globs_as_in_gitignore(glob: str, path: str, expected: bool) -> None:
    chosen = settings(per_file_ignores={glob: ("FL407",)})
    assert chosen.ignores(path, "FL407", "returned-http-exception") is expected


def test_per_file_ignores_silence_only_the_rules_they_name() -> None:
    chosen = settings(per_file_ignores={"tests": ("FL1", "returned-http-exception")})
    answers = [chosen.ignores("tests/test_a.py", rule.code, rule.name) for rule in RULES]
    assert answers == [True, True, True, True]
    assert chosen.ignores("tests/test_a.py", "FL201", "called-dependency") is False


@pytest.mark.parametrize("ignored", [("FL101",), ("FL101", "FL001")])
def test_a_comment_is_used_though_per_file_ignores_silence_its_finding_too(
    tmp_path: Path, ignored: tuple[str, ...]
) -> None:
    code = """\
import time
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def slow():
    time.sleep(1)  # fastlint: ignore[FL101]
    return 1  # fastlint: ignore[FL102]
"""
    write(tmp_path, code, "app.py")
    chosen = Settings(root=tmp_path.resolve(), per_file_ignores={"app.py": ignored})
    left = [(each.code, each.place.span.line) for each in lint([tmp_path], chosen).diagnostics]
    assert left == ([] if "FL001" in ignored else [("FL001", 7)])


# Reading


def test_every_setting_is_read_from_pyproject(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        [tool.fastlint]
        select = ["ALL"]
        extend-select = ["FL121"]
        ignore = ["blocking-sleep", "FL001"]
        exclude = ["generated/"]
        extend-exclude = ["*_pb2.py"]
        src = ["lib"]

        [tool.fastlint.per-file-ignores]
        "tests/*" = ["FL1"]

        [tool.fastlint.versions]
        FastAPI = "0.121.0"
        pydantic_settings = ">=2,<3"

        [tool.fastlint.knowledge]
        blocking = [{ rule = "blocking-http-call", calls = ["acme.fetch"] }]
        """,
    )
    expected = Settings(
        root=tmp_path.resolve(),
        config_file=path.resolve(),
        select=("ALL",),
        extend_select=("FL121",),
        ignore=("blocking-sleep", "FL001"),
        exclude=("generated/",),
        extend_exclude=("*_pb2.py",),
        src=("lib",),
        per_file_ignores={"tests/*": ("FL1",)},
        versions={"fastapi": "0.121.0", "pydantic-settings": ">=2,<3"},
        knowledge={"blocking": [{"rule": "blocking-http-call", "calls": ["acme.fetch"]}]},
        takes_nested=True,
    )
    assert expected == load(tmp_path, rules=RULES)


@pytest.mark.parametrize("name", ["fastlint.toml", ".fastlint.toml"])
def test_fastlint_toml_holds_the_keys_at_its_top(tmp_path: Path, name: str) -> None:
    write(tmp_path, 'select = ["FL4"]', name)
    assert load(tmp_path, rules=RULES).select == ("FL4",)


def test_fastlint_toml_comes_before_pyproject(tmp_path: Path) -> None:
    write(tmp_path, '[tool.fastlint]\nselect = ["FL1"]')
    write(tmp_path, 'select = ["FL4"]', "fastlint.toml")
    assert load(tmp_path, rules=RULES).select == ("FL4",)


def test_the_nearest_configuration_upward_is_read(tmp_path: Path) -> None:
    write(tmp_path, 'select = ["FL1"]', "fastlint.toml")
    inner = tmp_path / "service" / "app"
    inner.mkdir(parents=True)
    write(inner.parent, "[tool.fastlint]\nselect = ['FL4']")
    found = load(inner, rules=RULES)
    assert (found.root, found.select) == (inner.parent.resolve(), ("FL4",))


def test_a_pyproject_of_other_tools_is_passed_by(tmp_path: Path) -> None:
    write(tmp_path, 'select = ["FL1"]', "fastlint.toml")
    (tmp_path / "service").mkdir()
    write(tmp_path / "service", '[project]\nname = "x"\ndependencies = ["fastlint"]')
    assert load(tmp_path / "service", rules=RULES).select == ("FL1",)


def test_a_broken_pyproject_that_does_not_name_fastlint_is_other_peoples_business(tmp_path: Path) -> None:
    write(tmp_path, "[project\n")
    assert load(tmp_path, rules=RULES).config_file is None


def test_a_named_configuration_does_not_move_the_root(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "shared").mkdir()
    write(tmp_path / "project", "[project]")
    config = write(tmp_path / "shared", 'select = ["FL4"]', "ci.toml")
    found = load(tmp_path / "project", config=config, rules=RULES)
    assert (found.root, found.config_file, found.select) == (
        (tmp_path / "project").resolve(),
        config,
        ("FL4",),
    )


def test_isolated_reads_nothing(tmp_path: Path) -> None:
    write(tmp_path, "select = 1", "fastlint.toml")
    assert load(tmp_path, isolated=True) == Settings(root=tmp_path.resolve())


def test_a_byte_order_mark_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "fastlint.toml").write_bytes(b'\xef\xbb\xbfselect = ["FL4"]')
    assert load(tmp_path, rules=RULES).select == ("FL4",)


def test_the_defaults_exclude_what_tools_make() -> None:
    assert {".git/", ".venv/", "node_modules/", "__pycache__/", "site-packages/"} <= set(DEFAULT_EXCLUDE)


# Mistakes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[tool.fastlint]\nselect = ["FL4"]\n\nextend_select = ["FL1"]',
            "pyproject.toml:4: unknown key `extend_select`, did you mean `extend-select`?",
        ),
        ("[tool.fastlint]\nzzz = 1", "pyproject.toml:2: unknown key `zzz`"),
        (
            '[tool.fastlint]\nselect = "FL4"',
            "pyproject.toml:2: `select` must be an array of strings, not a string",
        ),
        (
            "[tool.fastlint]\nexclude = [\n  'a',\n  # why\n  3,\n]",
            "pyproject.toml:5: `exclude` must hold strings, not an integer",
        ),
        (
            "[tool.fastlint]\nversions = 1.5",
            "pyproject.toml:2: `versions` must be a table, not a float",
        ),
        (
            "[tool.fastlint]\nselect = [\n  'FL4',\n  'blocking-slep',\n]",
            "pyproject.toml:4: unknown rule `blocking-slep`, did you mean `blocking-sleep`?",
        ),
        (
            "[tool.fastlint]\nignore = ['fl407']",
            "pyproject.toml:2: unknown rule `fl407`, did you mean `FL407`?",
        ),
        ("[tool.fastlint]\nignore = ['E501']", "pyproject.toml:2: unknown rule `E501`"),
        (
            '[tool.fastlint.per-file-ignores]\n"a/*" = ["FL4"]\n"tests/*.py" = ["FL9"]',
            "pyproject.toml:3: unknown rule `FL9`",
        ),
        (
            '[tool.fastlint.versions]\nfastapi = "0.1"\n"ruamel.yaml" = "newest"',
            "pyproject.toml:3: `newest` is neither a version nor a PEP 440 specifier",
        ),
        (
            "[tool.fastlint]\nsrc = ['../other']",
            "pyproject.toml:2: `../other` must be a folder inside the project, relative to its root",
        ),
        ("[tool]\nfastlint = 1", "pyproject.toml:2: `tool.fastlint` must be a table, not an integer"),
        ("[tool.fastlint]\nselect = [\n\n", "pyproject.toml:3: Invalid value"),
        ("[tool.fastlint]\nselect = ['a' 'b']", "pyproject.toml:2: Unclosed array"),
    ],
)
def test_a_mistake_names_its_file_and_line(tmp_path: Path, text: str, expected: str) -> None:
    assert complaint(tmp_path, text) == expected


def test_an_unknown_key_of_fastlint_toml_is_found_in_it(tmp_path: Path) -> None:
    assert (
        complaint(tmp_path, "\n[tool.fastlint]\n", "fastlint.toml") == "fastlint.toml:2: unknown key `tool`"
    )


def test_bytes_that_are_not_utf_8_are_named_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "fastlint.toml").write_bytes(b"select = []\n# caf\xe9\n")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert (caught.value.line, caught.value.message) == (2, "is not UTF-8: byte 0xe9")


def test_a_named_configuration_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, config=tmp_path / "gone.toml")
    assert str(caught.value) == f"{tmp_path / 'gone.toml'}: cannot be read: No such file or directory"


def test_a_named_pyproject_without_our_table_is_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, "[project]")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, config=path)
    assert str(caught.value) == f"{path}: has no [tool.fastlint]"


def test_a_configuration_nested_beyond_reason_is_one_line_too(tmp_path: Path) -> None:
    assert complaint(tmp_path, f"exclude = {'[' * 50_000}", "fastlint.toml").startswith("fastlint.toml:")


def test_knowledge_is_checked_by_whoever_knows_and_blamed_on_its_line(tmp_path: Path) -> None:
    def check(table: Mapping[str, Any]) -> None:
        assert table == {"blocking": [{"name": "a"}, {"name": "b", "why": 1}]}
        raise ValueError("blocking.1.why", "must be a string")

    path = write(
        tmp_path,
        "[[knowledge.blocking]]\nname = 'a'\n\n[[knowledge.blocking]]\nname = 'b'\nwhy = 1\n",
        "fastlint.toml",
    )
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, check_knowledge=check)
    assert str(caught.value) == f"{path.resolve()}:6: must be a string"


def test_a_complaint_of_msgspec_about_knowledge_is_found_by_its_path(tmp_path: Path) -> None:
    def check(table: Mapping[str, Any]) -> None:
        raise ValueError("Expected `str`, got `int` - at `$.blocking[0].why`")

    write(tmp_path, "knowledge.blocking = [\n  { name = 'a', why = 1 },\n]\n", "fastlint.toml")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, check_knowledge=check)
    assert caught.value.line == 2


def test_a_good_selector_of_the_command_line_has_no_complaint() -> None:
    assert [selector_complaint(selector, RULES) for selector in ("ALL", "FL", "FL40", "blocking-sleep")] == [
        ""
    ] * 4


@pytest.mark.parametrize(
    ("given", "meant"), [("fl407", "FL407"), ("fl4", "FL4"), ("Fl", "FL"), ("all", "ALL")]
)
def test_a_selector_in_other_letters_is_told_as_it_is_spelled(given: str, meant: str) -> None:
    assert selector_complaint(given, RULES) == f"unknown rule `{given}`, did you mean `{meant}`?"


# Settings of folders in a project

SLOW = """\
import time
from fastapi import FastAPI
app = FastAPI()
@app.get("/")
async def slow():
    time.sleep(1)
"""


@pytest.fixture
def monorepo(tmp_path: Path) -> Path:
    """Two services, one with settings of its own."""
    (tmp_path / ".git").mkdir()
    for service in ("one", "two"):
        write(tmp_path, SLOW, f"{service}/main.py")
        write(tmp_path, SLOW, f"{service}/generated/main.py")
    write(
        tmp_path,
        '[tool.fastlint]\nignore = ["FL101"]\nextend-exclude = ["generated"]\n',
        "one/pyproject.toml",
    )
    return tmp_path.resolve()


def found_in(*paths: Path) -> list[str]:
    return [each.place.path for each in lint(paths, load(paths[0])).diagnostics]


def test_for_each_file_the_nearest_settings_count(monorepo: Path) -> None:
    assert ["two/generated/main.py", "two/main.py"] == found_in(monorepo)


@pytest.mark.parametrize("given", ["one", "one/main.py", "two", "two/main.py"])
def test_the_settings_that_count_do_not_depend_on_what_is_named(monorepo: Path, given: str) -> None:
    expected = [path for path in found_in(monorepo) if path == given or path.startswith(f"{given}/")]
    assert expected == found_in(monorepo / given)


def test_the_command_line_is_above_all_of_them(monorepo: Path) -> None:
    settings = load(monorepo).override(select=["FL101"])
    assert 3 == len(lint([monorepo], settings).diagnostics)


def test_a_folders_own_knowledge_and_sources_count(monorepo: Path) -> None:
    own = """\
src = ["lib"]
[[knowledge.blocking]]
rule = "blocking-client-call"
calls = ["acme.fetch"]
"""
    write(monorepo, own, "two/fastlint.toml")
    write(monorepo, "import acme\n\ndef price():\n    return acme.fetch()\n", "two/lib/pricing.py")
    code = SLOW.replace("import time", "from pricing import price").replace("time.sleep(1)", "price()")
    write(monorepo, code, "two/main.py")
    assert "two/main.py" in found_in(monorepo)


def test_a_mistake_in_a_folders_settings_names_its_line(monorepo: Path) -> None:
    write(monorepo, "\nselct = []\n", "two/fastlint.toml")
    with pytest.raises(ConfigError) as caught:
        found_in(monorepo)
    assert (monorepo / "two" / "fastlint.toml", 2) == (caught.value.path, caught.value.line)


def test_excluded_files_can_be_left_out_though_they_are_named(tmp_path: Path) -> None:
    write(tmp_path, SLOW, "gen/main.py")
    settings = Settings(root=tmp_path, extend_exclude=("gen/",))
    assert 1 == len(lint([tmp_path / "gen/main.py"], settings).diagnostics)
    assert 0 == len(lint([tmp_path / "gen/main.py"], settings.override(force_exclude=True)).diagnostics)


def test_a_project_can_require_reasons(tmp_path: Path) -> None:
    write(tmp_path, "[tool.fastlint]\nrequire-reason = true")
    assert load(tmp_path, rules=RULES).require_reason is True


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize("name", ["pyproject.toml", "fastlint.toml", "fastlint-baseline.toml", ".gitignore"])
@pytest.mark.parametrize("kind", ["pipe", "device"])
def test_what_is_no_file_is_never_waited_for(tmp_path: Path, name: str, kind: str) -> None:
    """A repository may have a link to a device, of which there is no end."""
    if kind == "pipe":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).symlink_to("/dev/zero")
    (tmp_path / "main.py").write_text("")
    command = [sys.executable, "-m", "fastlint", "--no-cache", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode in (0, 2)
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
