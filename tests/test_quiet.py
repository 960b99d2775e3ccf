"""What a run remembers of single functions, and which of them the next one looks into again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fastlint import testing
from fastlint.cache.cache import Cache
from fastlint.config import Settings
from fastlint.engine import lint
from fastlint.index.facts import facts_of
from fastlint.index.syntax import Module
from fastlint.model.edge import Edge
from fastlint.model.edges import Edges
from fastlint.model.memo import EVERYTHING, Grounds, Memo
from fastlint.model.project import Project
from fastlint.model.quiet import Quiet, Recollection
from fastlint.model.values import FunctionValue
from fastlint.report import Report
from tests.model import project as linked

MAIN = """\
from fastapi import Depends, FastAPI

from prices import current
from users import get_user

app = FastAPI()


@app.get("/price")
async def read_price():
    return current(1)


@app.get("/me")
async def read_user(user=Depends(get_user)):
    return user.greet()
"""
PRICES = """\
from tax import added


def current(number):
    return added(number)
"""
TAX = """\
def added(number):
    return number * 2
"""
USERS = """\
class User:
    def greet(self):
        return shout("hello")


def shout(text):
    return text.upper()


async def get_user():
    return User()
"""
FILES = {"pyproject.toml": "", "main.py": MAIN, "prices.py": PRICES, "tax.py": TAX, "users.py": USERS}


@pytest.fixture
def looked_into(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions whose calls were followed, in order."""
    found: list[str] = []
    find = Edges._find_edges

    def noted(self: Edges, function: FunctionValue) -> Iterator[Edge]:
        found.append(function.scope.label)
        return find(self, function)

    monkeypatch.setattr(Edges, "_find_edges", noted)
    return found


@pytest.fixture
def shop(tmp_path: Path, looked_into: list[str]) -> Path:
    """A project that was linted once."""
    testing.write(tmp_path, FILES)
    run(tmp_path)
    looked_into.clear()
    return tmp_path


def run(root: Path, **settings: object) -> Report:
    return lint([root], Settings(root=root, **settings), cache=Cache.of(root))  # type: ignore[arg-type] # by name


def edit(root: Path, path: str, old: str, new: str) -> Report:
    code = (root / path).read_text(encoding="utf-8")
    assert old in code
    (root / path).write_text(code.replace(old, new), encoding="utf-8")
    warm, cold = run(root), lint([root], Settings(root=root))
    assert warm.diagnostics == cold.diagnostics
    return warm


# Which functions


def test_only_what_a_changed_file_concerns_is_looked_into(shop: Path, looked_into: list[str]) -> None:
    testing.write(shop, {"users.py": USERS.replace("text.upper()", "text.lower()")})
    run(shop)
    assert sorted(looked_into) == ["User.greet", "get_user", "read_user", "shout"]


def test_a_helper_that_starts_to_block_is_found_through_callers_that_did_not_change(shop: Path) -> None:
    report = edit(
        shop, "tax.py", "    return number * 2", "    import time; time.sleep(1)\n    return number"
    )
    [found] = report.diagnostics
    assert (found.name, found.place.path) == ("blocking-sleep", "main.py")
    assert [step.place.path for step in found.trace] == ["prices.py", "tax.py"]


def test_a_finding_goes_when_its_cause_does(shop: Path) -> None:
    edit(shop, "tax.py", "    return number * 2", "    import time; time.sleep(1)\n    return number")
    report = edit(shop, "tax.py", "import time; time.sleep(1)", "number += 1")
    assert report.diagnostics == []


def test_a_finding_stays_when_something_else_changes(shop: Path) -> None:
    edit(shop, "tax.py", "    return number * 2", "    import time; time.sleep(1)\n    return number")
    report = edit(shop, "users.py", "text.upper()", "text.lower()")
    assert [each.name for each in report.diagnostics] == ["blocking-sleep"]


def test_what_a_caller_passes_matters_to_what_it_calls(shop: Path) -> None:
    """The class of a parameter without an annotation is that of what its callers pass."""
    edit(
        shop,
        "users.py",
        "def shout(text):\n    return text.upper()",
        "def shout(text):\n    return text.get('/')",
    )
    report = edit(shop, "users.py", 'shout("hello")', "shout(__import__('requests'))")
    assert report.diagnostics == []
    report = edit(
        shop,
        "users.py",
        "shout(__import__('requests'))",
        "shout(client)\n\n\nfrom httpx import Client\n\nclient = Client()\n",
    )
    assert [each.name for each in report.diagnostics] == ["blocking-http-call"]


def test_a_client_that_a_helper_starts_to_make_is_found_through_callers_that_did_not_change(
    shop: Path,
) -> None:
    report = edit(
        shop, "tax.py", "    return number * 2", "    import redis; redis.Redis()\n    return number"
    )
    [found] = report.diagnostics
    assert (found.name, found.place.path) == ("client-per-request", "tax.py")
    assert [step.place.path for step in found.trace] == ["main.py", "prices.py"]
    assert edit(shop, "users.py", "text.upper()", "text.lower()").diagnostics == [found]
    assert edit(shop, "tax.py", "redis.Redis()", "redis").diagnostics == []


def test_a_function_that_another_file_makes_a_route_is_asked_as_a_route(shop: Path) -> None:
    testing.write(shop, {"relay.py": "async def load(): ...\n\n\ndef relay():\n    return load()\n"})
    called = "    from relay import relay\n    await relay()\n    return user.greet()\n"
    assert edit(shop, "main.py", "    return user.greet()\n", called).diagnostics == []
    registered = '    return user.greet()\n\n\nfrom relay import relay\napp.get("/relay")(relay)\n'
    report = edit(shop, "main.py", "    return user.greet()\n", registered)
    assert [(each.name, each.place.path) for each in report.diagnostics] == [
        ("unawaited-coroutine", "relay.py")
    ]


def test_other_files_that_have_a_word_now_are_asked(shop: Path) -> None:
    """What calls a function is looked for in the files that have its name."""
    edit(
        shop,
        "prices.py",
        "def current(number):\n    return added(number)",
        "def current(client):\n    return client.get('/')",
    )
    report = edit(
        shop,
        "tax.py",
        "def added(number):",
        "import httpx\nfrom prices import current\n\n\ndef added(number):\n    current(httpx.Client())",
    )
    assert [each.name for each in report.diagnostics] == ["blocking-http-call"]


def test_other_rules_remember_apart(shop: Path, looked_into: list[str]) -> None:
    run(shop, select=("blocking-sleep",))
    assert "read_price" in looked_into


def test_a_rule_that_gives_up_has_all_asked_anew(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(self: Quiet, function: FunctionValue) -> bool:
        if self.is_in_use:
            raise RecursionError
        return False

    with monkeypatch.context() as patched:
        patched.setattr(Quiet, "covers", gives_up)
        report = edit(
            shop, "tax.py", "    return number * 2", "    import time; time.sleep(1)\n    return number"
        )
    assert [each.name for each in report.diagnostics] == ["blocking-sleep"]
    assert report.problems == []


# Names


def named(files: dict[str, str]) -> dict[str, FunctionValue]:
    """The functions that a request can run, by their names."""
    project = linked(files)
    functions = project.loop.edges.of
    assert project.loop.reached
    return {project.quiet.names.of(each) or "": each for each in functions.known()}


def test_every_function_is_found_again_by_its_name() -> None:
    files = {path: code for path, code in FILES.items() if path.endswith(".py")}
    names = named(files)
    again = linked(files)
    found = {name: again.quiet.names.find(name) for name in names}
    assert all(each is not None and again.quiet.names.of(each) == name for name, each in found.items())
    assert {"read_price", "current", "added", "read_user", "User.greet", "shout", "get_user"} == {
        each.scope.label for each in found.values() if each is not None
    }


def test_a_closure_is_told_apart_by_the_call_of_its_maker() -> None:
    code = """\
from fastapi import FastAPI

app = FastAPI()


def make(number):
    def inner():
        return number

    return inner


one, two = make(1), make(2)


@app.get("/")
async def read():
    return one(), two()
"""
    names = [name for name, each in named({"main.py": code}).items() if each.scope.name == "inner"]
    assert len({*names}) == 2
    assert all(name.startswith("~") for name in names)


# Grounds


def test_an_answer_rests_on_what_it_was_found_out_from() -> None:
    grounds = Grounds()

    def compute(path: str) -> int:
        grounds.found |= grounds.file(path)
        return len(path)

    inner = Memo(grounds, compute)
    outer = Memo(grounds, lambda path: inner(path) + inner("b.py"))
    inner("b.py")
    assert outer("a.py") == 8
    assert outer.rests_on("a.py") == grounds.file("a.py") | grounds.file("b.py")
    assert inner.rests_on("a.py") == grounds.file("a.py")


def test_what_is_asked_apart_is_no_ground() -> None:
    grounds = Grounds()
    with grounds.apart():
        grounds.found |= grounds.file("a.py")
    assert grounds.found == 0


def test_what_was_found_with_the_help_of_a_question_that_is_open_rests_on_everything() -> None:
    grounds = Grounds()
    memo: Memo[str, str] = Memo(grounds, lambda name: memo("b" if name == "a" else "a") + name, within=str)
    assert memo("a") == "aba"
    assert memo.rests_on("b") == EVERYTHING
    assert memo.rests_on("a") == 0


def test_inputs_keep_their_bits_from_run_to_run() -> None:
    first = Grounds()
    bits = first.file("a.py"), first.word("price")
    again = Grounds(first.bits)
    assert (again.word("price"), again.file("a.py")) == (bits[1], bits[0])
    assert again.file("b.py") not in bits


def test_a_file_is_an_input_of_whoever_asks_for_its_module() -> None:
    modules = {path: Module(path, facts_of(path, code.encode()).body) for path, code in FILES.items()}
    from fastlint.knowledge import Knowledge

    project = Project(FILES, ["main.py"], modules.get, knowledge=Knowledge.load({}))
    project.module("tax.py")
    assert project.grounds.found == project.grounds.file("tax.py")


def test_nothing_is_quiet_without_a_run_before() -> None:
    project = linked({path: code for path, code in FILES.items() if path.endswith(".py")})
    assert project.quiet.known == Recollection()
    assert not any(map(project.quiet.covers, project.loop.starts))


SWALLOWING = """\
from fastapi import FastAPI, HTTPException

app = FastAPI()


def find(number, strict):
    if strict:
        raise HTTPException(404)
    return number


def checked(number, strict):
    return find(number, strict)


@app.get("/items")
async def read_item(number: int):
    try:
        return checked(number, True)
    except Exception as error:
        raise HTTPException(400, str(error))
"""


def test_what_is_quiet_is_looked_for_once_whatever_is_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    testing.write(tmp_path, {**FILES, "items.py": SWALLOWING})
    run(tmp_path, select=("ALL",))
    looks: list[Quiet] = []
    look = Quiet._callers

    def noted(self: Quiet) -> object:
        looks.append(self)
        return look(self)

    monkeypatch.setattr(Quiet, "_callers", noted)
    testing.write(tmp_path, {"items.py": SWALLOWING.replace("return number", "return number + 1")})
    warm = run(tmp_path, select=("ALL",))
    assert len(looks) == 1
    assert "FL410" in {each.code for each in warm.diagnostics}
    assert warm.diagnostics == lint([tmp_path], Settings(root=tmp_path, select=("ALL",))).diagnostics
