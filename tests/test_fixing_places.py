"""Fixes that are about more than one place: in one file or several, done wholly or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import FrameType
from typing import Any

import libcst as cst
import pytest

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Problem, Safety, Severity
from fastlint.fixing import Edit, edits, fix, preview
from fastlint.fixing.files import NotWritten, Replacement, replace_all
from fastlint.fixing.text import Lines
from fastlint.report import Report

# Codemods that the tests ask for


def gathered(call: cst.Call, edit: Edit) -> cst.Call:
    """Every marked decorator goes; a new function that calls what they decorated comes before the call."""
    name = edit.free_name("start", "start_all")
    calls: list[str] = []
    for place in edit.more:
        decorator = edit.node(place, cst.Decorator)
        function = next(each for each in edit.ancestors(decorator) if isinstance(each, cst.FunctionDef))
        calls.append(function.name.value)
        edit.remove(decorator)
    body = "".join(f"\n    {each}()" for each in calls) or " ..."
    edit.define_before(call, f"def {name}():{body}")
    return edit.with_argument(call, "start", cst.Name(name))


def renamed(name: cst.Name, edit: Edit) -> cst.Name:
    new = cst.Name("new")
    for place in edit.more:
        edit.replace(edit.node(place, cst.Name), new.deep_clone())
    return new


def imported(name: cst.Name, edit: Edit) -> cst.BaseExpression:
    for place in edit.more:
        other = edit.node(place, cst.Name)
        edit.replace(other, edit.name("shop.prices.total", at=other))
    return edit.name("shop.prices.total")


def noted(call: cst.Call, edit: Edit) -> cst.Call:
    edit.insert_before(call, "before = 1")
    edit.insert_after(call, "if before:\n    after = 2")
    return call


def dropped(decorator: cst.Decorator, edit: Edit) -> None:
    return None


CODEMODS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (gathered, renamed, imported, noted, dropped)
}


def find(diagnostic: Diagnostic) -> Callable[..., Any] | None:
    return CODEMODS[diagnostic.fix.codemod] if diagnostic.fix else None


# Helpers


def places(root: Path, code: str) -> list[Place]:
    """Where some code stands in the files of a folder."""
    found: list[Place] = []
    for path in sorted(root.rglob("*.py")):
        text = path.read_text()
        lines, start = Lines(text), text.find(code)
        while start >= 0:
            span = lines.span(start, start + len(code))
            found.append(Place(path.relative_to(root).as_posix(), span))
            start = text.find(code, start + 1)
    return found


def report(root: Path, codemod: Callable[..., Any], code: str, *more: str) -> Report:
    """A finding at the first place of some code, whose fix is about every place of more of it."""
    at = places(root, code)
    others = tuple(place for each in more for place in places(root, each) if place not in at[:1])
    findings: list[Diagnostic] = []
    if at:
        request = FixRequest(codemod.__name__, "Mend it", Safety.SAFE, at[0], more=others)
        findings.append(
            Diagnostic(at[0], "FL999", "broken-thing", Severity.ERROR, "It is broken", fix=request)
        )
    return Report(root, findings)


def written(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(dedent(text).removeprefix("\n"))
    return root


def mended(root: Path, text: str, codemod: Callable[..., Any], code: str, *more: str) -> str:
    written(root, {"app.py": text})
    changes = preview(report(root, codemod, code, *more), unsafe=False, find=find)
    return changes[0].new if changes else dedent(text)


def texts(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in sorted(root.rglob("*.py"))}


# New definitions, removed statements


def test_a_definition_stands_apart_before_the_statement_and_its_comments(tmp_path: Path) -> None:
    before = """
        import shop

        # The one and only.
        app = shop.App(
            title="Shop",
        )

        @app.on_start
        # Opens the till.
        def open_till(): ...
    """
    after = """
        import shop


        def start():
            open_till()


        # The one and only.
        app = shop.App(
            title="Shop",
            start=start,
        )

        # Opens the till.
        def open_till(): ...
    """
    assert dedent(after).removeprefix("\n") == mended(
        tmp_path, before, gathered, 'shop.App(\n    title="Shop",\n)', "app.on_start"
    )


def test_a_definition_inside_a_function_is_indented_as_the_file_is(tmp_path: Path) -> None:
    before = "def create():\n\tapp = App()\n\n\t@app.on_start\n\tdef load(): ...\n"
    after = "def create():\n\tdef start():\n\t\tload()\n\n\tapp = App(start=start)\n\n\tdef load(): ...\n"
    assert after == mended(tmp_path, before, gathered, "App()", "app.on_start")


@pytest.mark.parametrize(
    ("taking", "name"),
    [
        ("", "start"),
        ("start = 1", "start_all"),
        ("from shop import start", "start_all"),
        ("print(start)", "start_all"),
        ("def other(start): return start", "start"),
    ],
)
def test_a_definition_gets_a_name_that_is_free(tmp_path: Path, taking: str, name: str) -> None:
    after = mended(tmp_path, f"app = App()\n{taking}\n", gathered, "App()")
    assert f"App(start={name})" in after


def test_two_fixes_of_one_file_do_not_take_the_same_name(tmp_path: Path) -> None:
    written(tmp_path, {"app.py": "app = App()\nadmin = App()\n"})
    [first] = report(tmp_path, gathered, "App()").diagnostics
    second = Place("app.py", places(tmp_path, "App()")[1].span)
    other = FixRequest("gathered", "Mend it", Safety.SAFE, second)
    both = Report(tmp_path, [first, Diagnostic(second, "FL999", "b", Severity.ERROR, "b", fix=other)])
    [change] = preview(both, unsafe=False, find=find)
    assert ("start=start)" in change.new, "start=start_all)" in change.new) == (True, True)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@app.gone\ndef f(): ...\n", "def f(): ...\n"),
        ("@a\n@app.gone\n@b\ndef f(): ...\n", "@a\n@b\ndef f(): ...\n"),
        ("@a\n@app.gone  # why\ndef f(): ...\n", "@a\n# why\ndef f(): ...\n"),
        ("@app.gone  # noqa: FL501\ndef f(): ...\n", "def f(): ...\n"),
        ("class A:\n    # one\n    @app.gone\n    # two\n    def f(self): ...\n",
         "class A:\n    # one\n    # two\n    def f(self): ...\n"),
    ],
)  # fmt: skip
def test_a_removed_decorator_leaves_its_comments_and_no_hole(tmp_path: Path, before: str, after: str) -> None:
    assert after == mended(tmp_path, before, dropped, "app.gone")


def test_statements_are_put_before_and_after_the_one_around_a_node(tmp_path: Path) -> None:
    before = "def f():\n    # why\n    x = [\n        g(),\n    ]\n    return x\n"
    after = (
        "def f():\n    # why\n    before = 1\n    x = [\n        g(),\n    ]\n"
        "    if before:\n        after = 2\n    return x\n"
    )
    assert after == mended(tmp_path, before, noted, "g()")


def test_statements_are_put_after_a_last_line_without_an_end(tmp_path: Path) -> None:
    assert mended(tmp_path, "g()", noted, "g()") == "before = 1\ng()\nif before:\n    after = 2"


def test_what_shares_its_line_has_no_line_beside_it(tmp_path: Path) -> None:
    assert mended(tmp_path, "if x: g()\n", noted, "g()") == "if x: g()\n"


# Several files

FILES = {"a.py": "old = 1\n", "b.py": "from a import old\nprint(old)\n", "c.py": "'apart'\n"}


def run(root: Path, codemod: Callable[..., Any], code: str, *more: str) -> Any:
    def lint(paths: Any, settings: Any) -> Report:
        return report(root, codemod, code, *more)

    return fix([root], None, unsafe=False, find=find, lint=lint)


def test_a_fix_changes_several_files(tmp_path: Path) -> None:
    written(tmp_path, FILES)
    outcome = run(tmp_path, renamed, "old", "old")
    after = {"a.py": "new = 1\n", "b.py": "from a import new\nprint(new)\n", "c.py": "'apart'\n"}
    assert (after, ("a.py", "b.py"), {"FL999": 1}, []) == (
        texts(tmp_path), outcome.files, outcome.fixed, outcome.problems,
    )  # fmt: skip


def test_every_file_gets_the_import_that_its_part_needs(tmp_path: Path) -> None:
    written(tmp_path, {"a.py": "x = old\n", "b.py": "import shop.prices\n\nx = old\n"})
    run(tmp_path, imported, "old", "old")
    assert texts(tmp_path) == {
        "a.py": "from shop.prices import total\n\nx = total\n",
        "b.py": "import shop.prices\n\nx = shop.prices.total\n",
    }


def test_the_edits_of_a_fix_say_which_file_each_is_in(tmp_path: Path) -> None:
    asked = report(written(tmp_path, FILES), renamed, "old", "old")
    found = edits(asked, asked.diagnostics[0], find=find) or ()
    assert [(each.place.path, each.place.span.line, each.content) for each in found] == [
        ("a.py", 1, "new"), ("b.py", 1, "new"), ("b.py", 2, "new"),
    ]  # fmt: skip


def test_a_fix_is_not_made_where_one_of_its_files_is_gone(tmp_path: Path) -> None:
    asked = report(written(tmp_path, FILES), renamed, "old", "old")
    (tmp_path / "b.py").unlink()
    assert preview(asked, unsafe=False, find=find) == []
    assert edits(asked, asked.diagnostics[0], find=find) is None


def test_a_fix_is_not_made_where_one_of_its_files_cannot_be_written(tmp_path: Path) -> None:
    written(tmp_path, FILES)
    (tmp_path / "b.py").chmod(0o444)
    outcome = run(tmp_path, renamed, "old", "old")
    assert texts(tmp_path) == FILES
    assert outcome.problems == [Problem("b.py", "was not fixed: it is read-only")]
    assert (outcome.fixed, outcome.files) == ({}, ())


def test_a_fix_is_not_made_where_one_of_its_files_would_not_be_valid_python(tmp_path: Path) -> None:
    files = {"a.py": "old = 1\n", "b.py": "global old\n"}
    written(tmp_path, files)

    def keyword(name: cst.Name, edit: Edit) -> cst.Name:
        edit.replace(edit.node(edit.more[0], cst.Name), cst.Name("new"))
        return cst.Name("class")

    asked = report(tmp_path, renamed, "old", "old")
    assert preview(asked, unsafe=False, find=lambda _: keyword) == []


def test_fixes_of_several_files_that_undo_each_other_are_all_taken_back(tmp_path: Path) -> None:
    written(tmp_path, FILES)
    rounds: list[str] = []

    def lint(paths: Any, settings: Any) -> Report:
        rounds.append("")
        code = "old" if len(rounds) % 2 else "new"
        return report(tmp_path, renamed, code, code)

    def swapped(name: cst.Name, edit: Edit) -> cst.Name:
        new = "new" if name.value == "old" else "old"
        for place in edit.more:
            edit.replace(edit.node(place, cst.Name), cst.Name(new))
        return cst.Name(new)

    outcome = fix([tmp_path], None, unsafe=False, lint=lint, find=lambda _: swapped)
    assert texts(tmp_path) == FILES
    assert [problem.path for problem in outcome.problems] == ["a.py", "b.py"]


def test_a_file_that_cannot_be_replaced_after_all_puts_the_others_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, FILES)
    interrupt_second(monkeypatch, OSError(28, os.strerror(28)))
    with pytest.raises(NotWritten, match=os.strerror(28)):
        replace_all([Replacement(tmp_path / path, FILES[path].encode(), b"new") for path in FILES])
    assert texts(tmp_path) == FILES
    assert len(list(tmp_path.iterdir())) == len(FILES)


def test_an_interruption_between_two_files_puts_the_first_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, FILES)
    interrupt_second(monkeypatch, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        replace_all([Replacement(tmp_path / path, FILES[path].encode(), b"new") for path in FILES])
    assert texts(tmp_path) == FILES
    assert len(list(tmp_path.iterdir())) == len(FILES)


def interrupt_second(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the second replacement fail, and none after it."""
    move, calls = Path.replace, list[Path]()

    def replace(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 2:
            raise error
        return move(self, target)

    monkeypatch.setattr(Path, "replace", replace)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a file that is left open
def test_an_interruption_at_any_line_leaves_all_files_old_or_all_new(tmp_path: Path) -> None:
    outcomes: list[set[str]] = []
    for line in range(1, 1000):
        root = written(tmp_path / str(line), FILES)
        is_over = not interrupted_at(line, [root / path for path in FILES])
        said = {"new" if text == "new" else "old" for text in texts(root).values()}
        assert len(said) == 1, f"interrupted at line {line} of the way"
        outcomes.append(said)
        if is_over:
            break
    assert (outcomes[0], outcomes[-1]) == ({"old"}, {"new"})
    assert len(outcomes) > 100


def interrupted_at(count: int, paths: list[Path]) -> bool:
    """Replace files, with an interruption at the nth line of the way; whether it went that far."""
    left = [count]

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        if Path(frame.f_code.co_filename).parts[-2:] != ("fixing", "files.py"):
            return None
        if event == "line":
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        replace_all([Replacement(path, path.read_bytes(), b"new") for path in paths])
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False
