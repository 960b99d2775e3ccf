"""A run over a project: what is read, what is reported, and what bad input does."""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from fastlint import testing
from fastlint.config import ConfigError, Settings, load
from fastlint.diagnostic import Diagnostic
from fastlint.engine import lint
from fastlint.model.project import Project

ROUTE = """\
import time
from fastapi import FastAPI

app = FastAPI()


@app.get("/")
async def slow():
    time.sleep(1)
"""
HELPER = "import time\n\n\ndef helper():\n    time.sleep(1)\n"
CALLER = """\
from fastapi import APIRouter
from app.helpers import helper

router = APIRouter()


@router.get("/")
async def slow():
    helper()
"""


def names(diagnostics: list[Diagnostic]) -> list[tuple[str, int, str]]:
    return [(each.place.path, each.place.span.line, each.name) for each in diagnostics]


def test_a_chain_through_another_module_is_shown_step_by_step(tmp_path: Path) -> None:
    testing.write(tmp_path, {"app/__init__.py": "", "app/helpers.py": HELPER, "app/main.py": CALLER})
    [finding] = testing.check(tmp_path, ["blocking-sleep"]).diagnostics
    assert ("app/main.py", 9) == (finding.place.path, finding.place.span.line)
    assert [("app/helpers.py", 5)] == [(step.place.path, step.place.span.line) for step in finding.trace]


@pytest.mark.parametrize("given", [".", "app", "app/main.py"])
def test_the_findings_are_the_same_from_the_root_from_a_folder_and_for_one_file(
    tmp_path: Path, given: str
) -> None:
    files = {"pyproject.toml": "", "app/__init__.py": "", "app/helpers.py": HELPER, "app/main.py": CALLER}
    testing.write(tmp_path, files)
    path = tmp_path / given
    report = lint([path], load(path).override(select=["blocking-sleep"]))
    assert [("app/main.py", 9, "blocking-sleep")] == names(report.diagnostics)


def test_only_the_given_paths_are_reported_on(tmp_path: Path) -> None:
    testing.write(tmp_path, {"pyproject.toml": "", "one.py": ROUTE, "two.py": ROUTE})
    report = lint([tmp_path / "one.py"], Settings(root=tmp_path, select=("blocking-sleep",)))
    assert [("one.py", 9, "blocking-sleep")] == names(report.diagnostics)


def test_two_runs_over_many_files_give_the_same_report(tmp_path: Path) -> None:
    paths = [f"app/m{number}.py" for number in range(20)]
    random.Random(1).shuffle(paths)
    testing.write(tmp_path, dict.fromkeys(paths, ROUTE))
    first, second = testing.check(tmp_path), testing.check(tmp_path)
    assert first.diagnostics == second.diagnostics
    assert 20 == len(first.diagnostics)


BROKEN = {
    "a syntax error": b"from fastapi import FastAPI\ndef broken(:\n",
    "undecodable bytes": b"from fastapi import FastAPI\nname = '\xff\xfe'\n",
    "a null byte": b"from fastapi import FastAPI\nname = '\x00'\n",
    "an unknown encoding": b"# -*- coding: klingon -*-\nfrom fastapi import FastAPI\n",
    "a deep nest": b"from fastapi import FastAPI\nx = " + b"(" * 5000 + b")" * 5000 + b"\n",
    "many unary operators": b"from fastapi import FastAPI\nx = " + b"-" * 50000 + b"1\n",
    "a long chain of attributes": b"from fastapi import FastAPI\nx = a" + b".b" * 50000 + b"\n",
    "a long chain of operators": b"from fastapi import FastAPI\nx = 1" + b" + 1" * 50000 + b"\n",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_bad_input_is_at_most_one_line_and_the_rest_is_linted(tmp_path: Path, data: bytes) -> None:
    testing.write(tmp_path, {"fine.py": ROUTE})
    (tmp_path / "broken.py").write_bytes(data)
    report = testing.check(tmp_path, ["blocking-sleep"])
    assert [("fine.py", 9, "blocking-sleep")] == names(report.diagnostics)
    assert [problem for problem in report.problems if problem.path != "broken.py"] == []
    assert len(report.problems) <= 1
    assert all("\n" not in str(problem) for problem in report.problems)


def test_a_syntax_error_names_its_line(tmp_path: Path) -> None:
    testing.write(tmp_path, {"broken.py": "from fastapi import FastAPI\n\ndef broken(:\n"})
    [problem] = testing.check(tmp_path).problems
    assert ("broken.py", 3) == (problem.path, problem.line)


def test_a_syntax_error_in_a_small_file_that_cannot_matter_is_told_too(tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": ROUTE, "broken.py": "def broken(:\n"})
    assert ["broken.py"] == [problem.path for problem in testing.check(tmp_path).problems]


def test_a_broken_file_that_was_not_asked_about_is_somebody_elses_business(tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": ROUTE, "other.py": "from fastapi import FastAPI\ndef broken(:\n"})
    report = lint([tmp_path / "main.py"], Settings(root=tmp_path, select=("blocking-sleep",)))
    assert ([("main.py", 9, "blocking-sleep")], []) == (names(report.diagnostics), report.problems)


def test_a_name_that_is_bound_to_itself_ends_the_search(tmp_path: Path) -> None:
    code = """\
import time
from functools import partial
from fastapi import FastAPI

app = FastAPI()


def run(task):
    task = partial(print, task)
    task = decorated(task)
    task()


@app.get("/")
async def read():
    run(print)
    time.sleep(1)
"""
    testing.write(tmp_path, {"main.py": code})
    assert [("main.py", 17, "blocking-sleep")] == names(
        testing.check(tmp_path, ["blocking-sleep"]).diagnostics
    )


def test_a_value_that_is_made_of_itself_ends_the_question_what_it_is(tmp_path: Path) -> None:
    code = """\
import asyncio
import time
from fastapi import FastAPI

app = FastAPI()


def work(pool=None):
    asyncio.get_running_loop()
    pool = pool or 1
    if pool:
        time.sleep(1)


@app.get("/")
async def read():
    work()
"""
    testing.write(tmp_path, {"main.py": code})
    assert [("main.py", 17, "blocking-sleep")] == names(
        testing.check(tmp_path, ["blocking-sleep"]).diagnostics
    )


def test_objects_that_make_objects_of_their_own_class_have_an_end(tmp_path: Path) -> None:
    code = """\
import time
from fastapi import FastAPI

app = FastAPI()


class Tree:
    def __init__(self, parent=None):
        self.parent = parent

    def child(self):
        return Tree(parent=self)

    def changed(self):
        self.child().changed()
        self.parent.changed()
        time.sleep(1)


@app.get("/")
async def read():
    Tree().changed()
"""
    testing.write(tmp_path, {"main.py": code})
    assert [("main.py", 22, "blocking-sleep")] == names(
        testing.check(tmp_path, ["blocking-sleep"]).diagnostics
    )


def test_a_rule_that_gives_up_costs_no_other_rules_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def entangled(project: Project) -> object:
        raise RecursionError

    testing.write(tmp_path, {"main.py": ROUTE + "\n\n@app.get('/')\ndef again(): ...\n"})
    monkeypatch.setattr(Project, "loop", property(entangled))
    report = lint([tmp_path], Settings(root=tmp_path, select=("blocking-sleep", "shadowed-route")))
    assert ["shadowed-route"] == [each.name for each in report.diagnostics]
    assert ["`blocking-sleep` gave up"] == [each.message.partition(":")[0] for each in report.problems]


def test_a_rule_that_fails_says_where_and_costs_no_other_rules_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(project: Project) -> object:
        raise AttributeError("no such thing")

    testing.write(tmp_path, {"main.py": ROUTE + "\n\n@app.get('/')\ndef again(): ...\n"})
    monkeypatch.setattr(Project, "loop", property(failing))
    report = lint([tmp_path], Settings(root=tmp_path, select=("blocking-sleep", "shadowed-route")))
    assert ["shadowed-route"] == [each.name for each in report.diagnostics]
    [problem] = report.problems
    assert problem.message.startswith("`blocking-sleep` failed: AttributeError: no such thing (in fastlint.")
    assert ["no such thing"] == [str(error) for error in report.raised]


def test_a_comment_for_a_rule_that_fails_is_not_called_unused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(project: Project) -> object:
        raise AttributeError("no such thing")

    silenced = ROUTE.replace("time.sleep(1)", "time.sleep(1)  # fastlint: ignore[blocking-sleep]")
    testing.write(tmp_path, {"main.py": silenced})
    monkeypatch.setattr(Project, "loop", property(failing))
    assert [] == testing.check(tmp_path, ["FL001", "blocking-sleep"]).diagnostics


def test_an_empty_file_is_fine(tmp_path: Path) -> None:
    testing.write(tmp_path, {"empty.py": ""})
    report = testing.check(tmp_path)
    assert ([], []) == (report.diagnostics, report.problems)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_one_problem(tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": ROUTE, "secret.py": ROUTE})
    (tmp_path / "secret.py").chmod(0)
    report = testing.check(tmp_path, ["blocking-sleep"])
    assert ["secret.py"] == [problem.path for problem in report.problems]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_that_loops_is_not_followed(tmp_path: Path) -> None:
    testing.write(tmp_path, {"app/main.py": ROUTE})
    (tmp_path / "app" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert [("app/main.py", 9, "blocking-sleep")] == names(
        testing.check(tmp_path, ["blocking-sleep"]).diagnostics
    )


def test_a_path_that_does_not_exist_is_one_problem(tmp_path: Path) -> None:
    testing.write(tmp_path, {"main.py": ROUTE})
    report = lint([tmp_path / "nowhere"], Settings(root=tmp_path))
    assert 1 == len(report.problems)


def test_a_projects_own_blocking_function_is_known_from_its_configuration(tmp_path: Path) -> None:
    testing.write(
        tmp_path,
        {
            "main.py": "from fastapi import FastAPI\nimport acme\n\napp = FastAPI()\n\n\n"
            '@app.get("/")\nasync def read():\n    return acme.fetch()\n'
        },
    )
    blocking = {"blocking": [{"rule": "blocking-client-call", "calls": ["acme.fetch"]}]}
    assert [] == lint([tmp_path], Settings(root=tmp_path)).diagnostics
    report = lint([tmp_path], Settings(root=tmp_path, knowledge=blocking))
    assert [("main.py", 9, "blocking-client-call")] == names(report.diagnostics)


def test_a_projects_own_offloader_stops_the_chain(tmp_path: Path) -> None:
    code = """\
import time
from fastapi import FastAPI

app = FastAPI()


def in_background():
    time.sleep(1)


@app.get("/")
async def read():
    in_background()
"""
    testing.write(tmp_path, {"main.py": code})
    offloaders = {"offloaders": ["main.in_background"]}
    assert 1 == len(lint([tmp_path], Settings(root=tmp_path)).diagnostics)
    assert [] == lint([tmp_path], Settings(root=tmp_path, knowledge=offloaders)).diagnostics


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ('rule = "blocking-http-cal"\ncalls = ["acme.fetch"]\n', 2),
        ('rule = "blocking-http-call"\ncalls = "acme.fetch"\n', 3),
        ('rule = "blocking-http-call"\ncals = ["acme.fetch"]\n', 1),
    ],
)
def test_a_mistake_in_a_projects_own_knowledge_names_its_line(tmp_path: Path, entry: str, line: int) -> None:
    testing.write(tmp_path, {"fastlint.toml": f"[[knowledge.blocking]]\n{entry}"})
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert line == caught.value.line


def test_linted_code_is_never_imported_or_run(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    testing.write(tmp_path, {"main.py": f"open({str(witness)!r}, 'w')\n{ROUTE}"})
    testing.check(tmp_path)
    assert not witness.exists()
