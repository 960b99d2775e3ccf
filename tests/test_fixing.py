"""Fixes: what a codemod is given, which text comes of it, and that no file is ever harmed."""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import libcst as cst
import pytest
from msgspec import structs

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Problem, Safety, Severity, Span
from fastlint.fixing import Edit, FixOutcome, TextEdit, edits, fix, offered, preview
from fastlint.fixing.files import NotWritten, replace
from fastlint.fixing.text import Lines, Splice, difference, spliced
from fastlint.lazy import lazy
from fastlint.report import Report

# Codemods that the tests ask for


def sleep(call: cst.Call, edit: Edit) -> cst.Await:
    edit.drop_import_if_unused("time.sleep")
    function = edit.name("asyncio.sleep", prefer="module")
    return cst.Await(call.with_changes(func=function, lpar=[], rpar=[]), lpar=call.lpar, rpar=call.rpar)


def pooled(call: cst.Call, edit: Edit) -> cst.Await:
    function = edit.name("fastapi.concurrency.run_in_threadpool")
    return cst.Await(cst.Call(function, [cst.Arg(call.func), *call.args]))


def named(name: cst.Name, edit: Edit) -> cst.BaseExpression:
    return edit.name(edit.params["to"])


def listed(expression: cst.BaseExpression, edit: Edit) -> cst.List:
    return cst.List([cst.Element(expression)])


def raised(statement: cst.Return, edit: Edit) -> cst.Raise:
    return cst.Raise(statement.value, semicolon=statement.semicolon)


def removed(statement: cst.Expr | cst.Assign, edit: Edit) -> None:
    return None


def uncalled(call: cst.Call, edit: Edit) -> cst.BaseExpression:
    return call.func


def refusing(name: cst.Name, edit: Edit) -> cst.Name:
    raise edit.refuse("not here")


def awaiting(name: cst.Name, edit: Edit) -> cst.Await:
    return cst.Await(name)


def choosing(name: cst.Name, edit: Edit) -> cst.IfExp:
    return cst.IfExp(body=cst.Name("yes"), test=name, orelse=cst.Name("no"))


def nonsense(name: cst.Name, edit: Edit) -> cst.Name:
    raise RuntimeError("a mistake in a rule")


def keyword(name: cst.Name, edit: Edit) -> cst.Name:
    return cst.Name("class")


def renamed(name: cst.Name, edit: Edit) -> cst.Name:
    return cst.Name(edit.params["to"])


def grown(expression: cst.Name, edit: Edit) -> cst.Tuple:
    return cst.Tuple([cst.Element(expression)])


def without_default(parameter: cst.Param, edit: Edit) -> cst.Param:
    return parameter.with_changes(default=None, equal=cst.MaybeSentinel.DEFAULT)


CODEMODS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        sleep, pooled, named, listed, raised, removed, uncalled, refusing, awaiting, choosing, nonsense,
        keyword, renamed, grown, without_default,
    )
}  # fmt: skip


def find(diagnostic: Diagnostic) -> Callable[..., object] | None:
    return CODEMODS[diagnostic.fix.codemod] if diagnostic.fix else None


# Helpers


def request(
    text: str,
    code: str,
    codemod: Callable[..., object],
    *,
    nth: int = 0,
    path: str = "app.py",
    safety: Safety = Safety.SAFE,
    **params: str,
) -> Diagnostic:
    """A finding whose fix is asked for at the nth occurrence of some code in a text."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(code, start + 1)
    place = Place(path, Lines(text).span(start, start + len(code)))
    asked = FixRequest(codemod.__name__, "Mend it", safety, place, params)
    return Diagnostic(place, "FL999", "broken-thing", Severity.ERROR, "It is broken", fix=asked)


def mended(
    root: Path, text: str, *asked: tuple[str, Callable[..., object]], path: str = "app.py", **params: str
) -> str:
    """What a file says after fixes where these pieces of code stand; unchanged when there is none."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())
    seen: list[str] = []
    findings: list[Diagnostic] = []
    for code, codemod in asked:
        findings.append(request(text, code, codemod, nth=seen.count(code), path=path, **params))
        seen.append(code)
    changes = preview(Report(root, findings), unsafe=False, find=find)
    return changes[0].new if changes else text


def sleeping(root: Path, text: str, *, call: str = "time.sleep(1)", path: str = "app.py") -> str:
    return mended(root, dedent(text), (call, sleep), path=path)


# Imports


def test_an_import_takes_the_place_of_the_one_that_became_unused(tmp_path: Path) -> None:
    text = """\
        import time

        from fastapi import FastAPI


        async def wait():
            time.sleep(1)
    """
    expected = """\
        import asyncio

        from fastapi import FastAPI


        async def wait():
            await asyncio.sleep(1)
    """
    assert dedent(expected) == sleeping(tmp_path, text)


@pytest.mark.parametrize(
    ("existing", "written"),
    [
        ("import asyncio", "asyncio.sleep"),
        ("import asyncio as aio", "aio.sleep"),
        ("from asyncio import sleep", "sleep"),
        ("from asyncio import sleep as nap", "nap"),
        ("import asyncio.tasks", "asyncio.sleep"),
    ],
)
def test_an_import_that_is_there_is_used(tmp_path: Path, existing: str, written: str) -> None:
    text = f"{existing}\nimport time\n\n\nasync def f():\n    time.sleep(1)\n"
    assert f"{existing}\n\n\nasync def f():\n    await {written}(1)\n" == sleeping(tmp_path, text)


@pytest.mark.parametrize(
    "existing",
    [
        "if TYPE_CHECKING:\n    import asyncio",
        "try:\n    import asyncio\nexcept ImportError:\n    asyncio = None",
        "def other():\n    import asyncio",
        "class Other:\n    import asyncio",
    ],
)
def test_an_import_that_may_not_run_is_not_relied_on(tmp_path: Path, existing: str) -> None:
    text = f"import time\n{existing}\n\n\nasync def f():\n    time.sleep(1)\n"
    assert sleeping(tmp_path, text).startswith("import asyncio")


def test_an_import_in_the_same_function_is_used(tmp_path: Path) -> None:
    text = "import time\n\n\nasync def f():\n    import asyncio\n    time.sleep(1)\n"
    expected = "async def f():\n    import asyncio\n    await asyncio.sleep(1)\n"
    assert expected == sleeping(tmp_path, text).lstrip()


def test_an_import_that_comes_later_in_the_function_is_not_used(tmp_path: Path) -> None:
    text = "import time\n\n\nasync def f():\n    time.sleep(1)\n    from asyncio import sleep\n"
    assert "await asyncio.sleep(1)" in sleeping(tmp_path, text)


@pytest.mark.parametrize(
    "taking",
    [
        "async def f(asyncio):\n    time.sleep(1)\n",
        "async def f():\n    asyncio = 1\n    time.sleep(1)\n",
        "async def f():\n    for asyncio in ():\n        time.sleep(1)\n",
        "asyncio = 1\n\n\nasync def f():\n    time.sleep(1)\n",
        "def asyncio(): ...\n\n\nasync def f():\n    time.sleep(1)\n",
        "async def f(asyncio):\n    async def g():\n        time.sleep(1)\n",
    ],
)
def test_a_name_that_is_taken_where_the_fix_is_gets_an_alias(tmp_path: Path, taking: str) -> None:
    fixed = sleeping(tmp_path, f"import time\n\n\n{taking}")
    assert fixed.startswith("import asyncio as asyncio_\n")
    assert "await asyncio_.sleep(1)" in fixed


@pytest.mark.parametrize(
    "apart",
    ["def other(asyncio): ...\n", "class Other:\n    asyncio = 1\n", "def other():\n    asyncio = 1\n"],
)
def test_a_name_that_is_taken_elsewhere_only_stays_as_it_is(tmp_path: Path, apart: str) -> None:
    fixed = sleeping(tmp_path, f"import time\n\n\n{apart}\n\nasync def f():\n    time.sleep(1)\n")
    assert "await asyncio.sleep(1)" in fixed


def test_a_builtin_is_not_shadowed_for_the_whole_file(tmp_path: Path) -> None:
    fixed = mended(tmp_path, "import os\n\nprint(opener)\n", ("opener", named), to="io.open")
    assert "from io import open as io_open\n" in fixed
    assert "print(io_open)\n" in fixed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from fastapi import FastAPI\n", "from fastapi import Depends, FastAPI\n"),
        ("from fastapi import APIRouter, FastAPI\n", "from fastapi import APIRouter, Depends, FastAPI\n"),
        ("from fastapi import status, Body\n", "from fastapi import status, Body, Depends\n"),
        ("from fastapi import Body as B\n", "from fastapi import Body as B, Depends\n"),
        ("from fastapi import (Body)\n", "from fastapi import (Body, Depends)\n"),
        (
            "from fastapi import (\n    Body,\n    FastAPI,\n)\n",
            "from fastapi import (\n    Body,\n    Depends,\n    FastAPI,\n)\n",
        ),
        (
            "from fastapi import (\n    APIRouter,\n    Body,\n)\n",
            "from fastapi import (\n    APIRouter,\n    Body,\n    Depends,\n)\n",
        ),
        (
            "from fastapi import (\n    APIRouter,  # here\n    FastAPI,\n)\n",
            "from fastapi import (\n    APIRouter,  # here\n    Depends,\n    FastAPI,\n)\n",
        ),
    ],
)
def test_a_name_joins_the_import_of_its_module(tmp_path: Path, before: str, after: str) -> None:
    assert f"{after}\nDepends\n" == mended(
        tmp_path, f"{before}\nneeded\n", ("needed", named), to="fastapi.Depends"
    )


def test_an_import_that_grows_too_long_is_put_in_brackets(tmp_path: Path) -> None:
    names = "APIRouter, BackgroundTasks, FastAPI, HTTPException, Request, Response"
    rows = "".join(f"    {name},\n" for name in sorted([*names.split(", "), "Depends"]))
    fixed = mended(
        tmp_path, f"from fastapi import {names}\n\nneeded\n", ("needed", named), to="fastapi.Depends"
    )
    assert f"from fastapi import (\n{rows})\n\nDepends\n" == fixed


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "import asyncio\n\n"),
        ('"""Docs."""\n\n', '"""Docs."""\n\nimport asyncio\n\n'),
        ('"""Docs."""\n', '"""Docs."""\n\nimport asyncio\n\n'),
        (
            '"""Docs."""\n\nfrom __future__ import annotations\n\n',
            '"""Docs."""\n\nfrom __future__ import annotations\n\nimport asyncio\n\n',
        ),
        ("#!/usr/bin/env python\n# License\n\n", "#!/usr/bin/env python\n# License\n\nimport asyncio\n\n"),
        ("import abc\nimport os\n\n", "import abc\nimport asyncio\nimport os\n\n"),
        ("import abc\nfrom ast import parse\n\n", "import abc\nimport asyncio\nfrom ast import parse\n\n"),
        ("from ast import parse\n\n", "import asyncio\nfrom ast import parse\n\n"),
        (
            "from abc import ABC\nimport os\nfrom re import sub\n\n",
            "from abc import ABC\nimport asyncio\nimport os\nfrom re import sub\n\n",
        ),
        ("from fastapi import FastAPI\n\n", "import asyncio\n\nfrom fastapi import FastAPI\n\n"),
        (
            "# License\nfrom fastapi import FastAPI\n\n",
            "# License\nimport asyncio\n\nfrom fastapi import FastAPI\n\n",
        ),
        (
            "from __future__ import annotations\nfrom fastapi import FastAPI\n\n",
            "from __future__ import annotations\nimport asyncio\n\nfrom fastapi import FastAPI\n\n",
        ),
        (
            '"""Docs."""; from b import c\n',
            '"""Docs."""; from b import c\nimport asyncio\n\n',
        ),
        ("import abc\n# Numbers.\nimport os\n\n", "import abc\nimport asyncio\n# Numbers.\nimport os\n\n"),
        ("import re\nimport os\nimport x\n\n", "import re\nimport os\nimport asyncio\nimport x\n\n"),
    ],
)
def test_an_import_stands_where_a_person_would_put_it(tmp_path: Path, before: str, after: str) -> None:
    assert f"{after}asyncio\n" == mended(tmp_path, f"{before}needed\n", ("needed", named), to="asyncio")


def test_a_third_party_import_goes_below_the_standard_library(tmp_path: Path) -> None:
    text = "import os\n\nfrom . import models\n\nneeded\n"
    expected = "import os\n\nfrom fastapi import Depends\n\nfrom . import models\n\nDepends\n"
    assert expected == mended(tmp_path, text, ("needed", named), to="fastapi.Depends")


def test_a_name_joins_the_relative_import_of_its_module(tmp_path: Path) -> None:
    text = "from .config import Settings\n\nneeded\n"
    expected = "from .config import Settings, get_settings\n\nget_settings\n"
    assert expected == mended(tmp_path, text, ("needed", named), to=".config.get_settings")


def test_fixes_of_one_file_share_their_import(tmp_path: Path) -> None:
    text = "async def f():\n    load(1)\n    save(2)\n"
    expected = dedent("""\
        from fastapi.concurrency import run_in_threadpool

        async def f():
            await run_in_threadpool(load, 1)
            await run_in_threadpool(save, 2)
    """)
    assert expected == mended(tmp_path, text, ("load(1)", pooled), ("save(2)", pooled))


def test_an_import_goes_when_the_last_of_several_fixes_made_it_unused(tmp_path: Path) -> None:
    text = "import asyncio\nimport time\n\nasync def f():\n    time.sleep(1)\n    time.sleep(1)\n"
    fixed = mended(tmp_path, text, ("time.sleep(1)", sleep), ("time.sleep(1)", sleep))
    assert (
        fixed == "import asyncio\n\nasync def f():\n    await asyncio.sleep(1)\n    await asyncio.sleep(1)\n"
    )


@pytest.mark.parametrize(
    "reason",
    [
        "import time\nnow = time.time()\n",
        "import time  # noqa: F401\n",
        "import time as time\n",
        'import time\n__all__ = ["time"]\n',
        'import time\nstamp: "time.struct_time"\n',
        "import time\nnow = None  # type: time.struct_time\n",
        "import time\nnow = eval('clock')\n",
        "import time; import os\n",
        "try:\n    import time\nexcept ImportError: ...\n",
        "import time\ndel time\n",
        "import time\npatch('time.time')\n",
        "import time\nimport time\n",
    ],
)
def test_an_import_stays_while_something_may_need_it(tmp_path: Path, reason: str) -> None:
    fixed = sleeping(tmp_path, f"{reason}\n\nasync def f():\n    time.sleep(1)\n")
    assert "await asyncio.sleep(1)" in fixed
    assert reason in fixed


def test_an_import_stays_when_the_new_code_uses_it(tmp_path: Path) -> None:
    text = "import asyncio\nimport time\n\n\nasync def f():\n    time.sleep(time.time())\n"
    expected = text.replace("time.sleep(", "await asyncio.sleep(")
    assert expected == sleeping(tmp_path, text, call="time.sleep(time.time())")


def test_an_import_of_a_package_stays_for_those_who_import_it_from_there(tmp_path: Path) -> None:
    text = "import time\n\n\nasync def f():\n    time.sleep(1)\n"
    assert "import time\n" in sleeping(tmp_path, text, path="pkg/__init__.py")


@pytest.mark.parametrize(
    ("before", "call", "after"),
    [
        ("from time import monotonic, sleep\n", "sleep(1)", "from time import monotonic\n"),
        ("from time import sleep, time\n", "sleep(1)", "from time import time\n"),
        ("from time import sleep as nap\n", "nap(1)", ""),
        ("import time as t\n", "t.sleep(1)", ""),
        ("import os, time\n", "time.sleep(1)", "import os\n"),
        (
            "from time import (\n    monotonic,\n    sleep,\n    time,\n)\n",
            "sleep(1)",
            "from time import (\n    monotonic,\n    time,\n)\n",
        ),
        (
            "from time import (\n    monotonic,\n    sleep,\n)\n",
            "sleep(1)",
            "from time import (\n    monotonic,\n)\n",
        ),
    ],
)
def test_one_unused_name_leaves_the_import(tmp_path: Path, before: str, call: str, after: str) -> None:
    text = f"import asyncio\n{before}\nasync def f():\n    {call}\n"
    assert f"import asyncio\n{after}\nasync def f():\n    await asyncio.sleep(1)\n" == sleeping(
        tmp_path, text, call=call
    )


def test_an_import_inside_the_function_goes_too(tmp_path: Path) -> None:
    text = "import asyncio\n\nasync def f():\n    import time\n\n    time.sleep(1)\n"
    assert "import time" not in sleeping(tmp_path, text).replace("asyncio", "")


# Nodes and their text


def test_the_annotation_tells_which_node_is_meant(tmp_path: Path) -> None:
    text = "def f():\n    return error\n"
    assert mended(tmp_path, text, ("return error", raised)) == "def f():\n    raise error\n"
    assert mended(tmp_path, text, ("error", listed)) == "def f():\n    return [error]\n"


@pytest.mark.parametrize(("before", "after"), [("f(1)\n", ""), ("x = f(1)\n", "")])
def test_a_codemod_may_take_several_types_of_node(tmp_path: Path, before: str, after: str) -> None:
    assert after == mended(tmp_path, before, (before.strip(), removed))


def test_a_place_without_the_expected_node_is_left_alone(tmp_path: Path) -> None:
    assert mended(tmp_path, "x = 1\n", ("x = 1", raised)) == "x = 1\n"


def test_a_codemod_may_refuse(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x\n")
    finding = request("x\n", "x", refusing)
    assert edits(Report(tmp_path, [finding]), finding, find=find) is None


@pytest.mark.parametrize(
    ("code", "after"),
    [
        ("time.sleep(1)", "y = (await asyncio.sleep(1))"),
        ("(time.sleep(1))", "y = (await asyncio.sleep(1))"),
    ],
)
def test_brackets_around_a_node_belong_to_it(tmp_path: Path, code: str, after: str) -> None:
    text = "import asyncio, time\nasync def f():\n    y = (time.sleep(1))\n    time\n"
    assert after in mended(tmp_path, text, (code, sleep))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x.y", "(await x).y"),
        ("x()", "(await x)()"),
        ("x[0]", "(await x)[0]"),
        ("await x", "await (await x)"),
        ("-x", "-await x"),
        ("x ** 2", "await x ** 2"),
        ("f(x)", "f(await x)"),
        ("a[x]", "a[await x]"),
        ("[x for i in j]", "[await x for i in j]"),
        ("f'{x}'", "f'{await x}'"),
    ],
)
def test_brackets_come_where_an_await_needs_them(tmp_path: Path, before: str, after: str) -> None:
    text = f"async def f():\n    return {before}\n"
    assert f"async def f():\n    return {after}\n" == mended(tmp_path, text, ("x", awaiting))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(x)", "f(yes if x else no)"),
        ("f(*x)", "f(*(yes if x else no))"),
        ("x + 1", "(yes if x else no) + 1"),
        ("not x", "not (yes if x else no)"),
        ("x if a else b", "(yes if x else no) if a else b"),
        ("a < x", "a < (yes if x else no)"),
        ("x and b", "(yes if x else no) and b"),
        ("lambda: x", "lambda: yes if x else no"),
        ("[i for i in x]", "[i for i in (yes if x else no)]"),
        ("{1: x}", "{1: yes if x else no}"),
    ],
)
def test_brackets_keep_the_order_of_operators(tmp_path: Path, before: str, after: str) -> None:
    assert f"y = {after}\n" == mended(tmp_path, f"y = {before}\n", ("x", choosing))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = a, b", "x = [(a, b)]"),
        ("x = a if b else c", "x = [a if b else c]"),
        ("x = (a, b)", "x = [(a, b)]"),
    ],
)
def test_code_that_moves_gets_the_brackets_it_needs_there(tmp_path: Path, before: str, after: str) -> None:
    assert f"{after}\n" == mended(tmp_path, f"{before}\n", (before.removeprefix("x = "), listed))


def test_places_count_bytes_and_text_counts_characters(tmp_path: Path) -> None:
    text = 'x = "äöü😀", f("ß"), g("é")\n'
    assert mended(tmp_path, text, ('g("é")', uncalled)) == 'x = "äöü😀", f("ß"), g\n'


def test_places_are_found_below_decorators_and_in_deep_blocks(tmp_path: Path) -> None:
    text = "@d(\n  1\n)\nclass A:\n\tdef f(self):\n\t\tif a:\n\t\t\tg(\n\t\t\t  1,\n\t\t\t); return e\n"
    assert text.replace("return", "raise") == mended(tmp_path, text, ("return e", raised))


def test_a_parameter_is_found_by_where_it_begins(tmp_path: Path) -> None:
    text = "def f(a, db: Session = 1, *, c=2): ...\n"
    assert mended(tmp_path, text, ("db: Session", without_default)) == "def f(a, db: Session, *, c=2): ...\n"


def test_fixes_on_one_line_are_done_together(tmp_path: Path) -> None:
    text = "f('a'); g('b')\n"
    assert mended(tmp_path, text, ("'a'", listed), ("'b'", listed)) == "f(['a']); g(['b'])\n"


def test_the_same_fix_asked_for_twice_is_done_once(tmp_path: Path) -> None:
    text = "f('a')\n"
    (tmp_path / "app.py").write_text(text)
    findings = [request(text, "'a'", listed), request(text, "'a'", listed)]
    assert [change.new for change in preview(Report(tmp_path, findings), unsafe=False, find=find)] == [
        "f(['a'])\n"
    ]


def test_of_fixes_that_overlap_the_first_is_done(tmp_path: Path) -> None:
    assert mended(tmp_path, "f(g(1))\n", ("f(g(1))", listed), ("g(1)", listed)) == "[f(g(1))]\n"


# Removing


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a()\nx()\nb()\n", "a()\nb()\n"),
        ("a()\nx()  # why\nb()\n", "a()\n# why\nb()\n"),
        ("a()\n# above\nx()\nb()\n", "a()\n# above\nb()\n"),
        ("if a:\n    x()\n", "if a:\n    pass\n"),
        ("if a:\n    x()  # why\n", "if a:\n    pass  # why\n"),
        ("if a: x()\n", "if a: pass\n"),
        ("def f():\n    x()\n    y()", "def f():\n    y()"),
        ("a()\nx()", "a()\n"),
    ],
)
def test_a_removed_statement_leaves_its_comments_and_no_hole(tmp_path: Path, before: str, after: str) -> None:
    assert after == mended(tmp_path, before, ("x()", removed))


def test_a_comment_inside_replaced_code_is_kept_above(tmp_path: Path) -> None:
    text = "def f():\n    y = g(\n        h(  # fresh each time\n        )\n    )\n"
    expected = "def f():\n    # fresh each time\n    y = g(\n        h\n    )\n"
    assert expected == mended(tmp_path, text, ("h(  # fresh each time\n        )", uncalled))


def test_a_comment_inside_removed_code_is_kept(tmp_path: Path) -> None:
    text = "x(\n    1,  # one\n)\ny()\n"
    assert mended(tmp_path, text, (text.removesuffix("\ny()\n"), removed)) == "# one\ny()\n"


# The rest of the file


@pytest.mark.parametrize(
    "text",
    [
        "a = 1\r\nf('x')\r\n",
        "a = 1\rf('x')\r",
        "a = 1\nb = 2\r\nc = 3\rf('x')\r\nd = 4\n",
        "f('x')",
        "\x0c\na = 1\n\x0cf('x')\n\x0c\nb = 1\n",
        "if a:\n\x0c    f('x')\n\x0c    g()\n",
        "a = '\u2028'; f('x')\nb = '\x85\x1c'\n",
        "a = '''\r\n\x0c'''; f('x')\n",
        "if a:\n\tf('x')   \n\n\n\n\t# tail   ",
        "x = a + \\\n    f('x')\n",
    ],
)
def test_everything_else_stays_to_the_last_byte(tmp_path: Path, text: str) -> None:
    assert text.replace("'x'", "['x']") == mended(tmp_path, text, ("'x'", listed))


def test_new_lines_end_as_the_file_ends_its_lines(tmp_path: Path) -> None:
    text = "import os\r\n\r\nneeded\r\n"
    assert (
        mended(tmp_path, text, ("needed", named), to="asyncio")
        == "import asyncio\r\nimport os\r\n\r\nasyncio\r\n"
    )


def test_code_of_a_newer_python_is_fixed(tmp_path: Path) -> None:
    text = "try:\n    f('x')\nexcept A, B:\n    pass\n"
    assert text.replace("'x'", "['x']") == mended(tmp_path, text, ("'x'", listed))


def test_a_fix_that_would_break_the_file_is_left_out_and_the_others_done(tmp_path: Path) -> None:
    text = "a\n'b'\n"
    (tmp_path / "app.py").write_text(text)
    findings = [request(text, "a", keyword), request(text, "'b'", listed)]
    outcome = once(tmp_path, findings)
    assert (tmp_path / "app.py").read_text() == "a\n['b']\n"
    expected = "app.py:1:1: the fix of broken-thing was left out: the fixed file would not be valid Python"
    assert [expected] == [str(problem) for problem in outcome.problems]


def test_an_await_outside_an_async_function_is_never_written(tmp_path: Path) -> None:
    text = "import time\n\ndef f():\n    time.sleep(1)\n"
    assert text == sleeping(tmp_path, text)


def test_a_codemod_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x\n")
    outcome = once(tmp_path, [request("x\n", "x", nonsense)])
    [problem] = map(str, outcome.problems)
    said = "nonsense failed: RuntimeError: a mistake in a rule (in tests.test_fixing:"
    assert problem.startswith(f"app.py:1:1: the fix of broken-thing was left out: {said}")


def test_only_the_asked_safety_is_applied(tmp_path: Path) -> None:
    text = "'a'\n'b'\n'c'\n"
    (tmp_path / "app.py").write_text(text)
    safeties = {"'a'": Safety.SAFE, "'b'": Safety.UNSAFE, "'c'": Safety.DISPLAY}
    report = Report(
        tmp_path, [request(text, code, listed, safety=safety) for code, safety in safeties.items()]
    )
    assert [change.new for change in preview(report, unsafe=False, find=find)] == ["['a']\n'b'\n'c'\n"]
    assert [change.new for change in preview(report, unsafe=True, find=find)] == ["['a']\n['b']\n'c'\n"]


def with_choice(text: str, fix: str, choice: str) -> Diagnostic:
    """A finding with one fix and one choice, both of which put brackets around some code."""
    other = request(text, choice, listed).fix
    assert other is not None
    return structs.replace(request(text, fix, listed), choices=(other,))


def test_a_choice_is_never_applied_however_safe(tmp_path: Path) -> None:
    text = "'a'\n'b'\n"
    (tmp_path / "app.py").write_text(text)
    report = Report(tmp_path, [with_choice(text, "'a'", "'b'")])
    assert ["['a']\n'b'\n"] == [change.new for change in preview(report, unsafe=True, find=find)]
    alone = [structs.replace(each, fix=None) for each in report.diagnostics]
    assert [] == preview(Report(tmp_path, alone), unsafe=True, find=find)


def test_what_is_offered_is_what_is_not_refused_be_it_fix_or_choice(tmp_path: Path) -> None:
    text = "'a'\n'b'\n"
    (tmp_path / "app.py").write_text(text)
    finding = with_choice(text, "'a'", "'b'")
    gone = structs.replace(finding.choices[0], place=Place("app.py", Span(9, 0, 9, 1)))
    first, second = finding.requests
    for kept, request_of in ((first, {"choices": (gone,)}), (second, {"fix": gone})):
        report = Report(tmp_path, [structs.replace(finding, **request_of)])
        assert [(kept,)] == [each.requests for each in offered(report, find=find).diagnostics]


# Edits


def test_the_edits_of_one_fix_are_small_and_leave_what_they_can(tmp_path: Path) -> None:
    text = "import time\n\n\nasync def f():\n    x = 'é'; time.sleep(1)\n"
    (tmp_path / "app.py").write_text(text, encoding="utf-8")
    finding = request(text, "time.sleep(1)", sleep)
    expected = (
        TextEdit(Place("app.py", Span(1, 7, 1, 11)), "asyncio"),
        TextEdit(Place("app.py", Span(5, 14, 5, 18)), "await asyncio"),
    )
    assert expected == edits(Report(tmp_path, [finding]), finding, find=find)


def test_a_finding_without_a_fix_has_no_edits(tmp_path: Path) -> None:
    place = Place("app.py", Span(1, 0, 1, 1))
    finding = Diagnostic(place, "FL999", "broken-thing", Severity.ERROR, "It is broken")
    assert edits(Report(tmp_path, [finding]), finding, find=find) is None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("a b c", "a x c", [Splice(2, 3, "x")]),
        ("return e", "raise e", [Splice(0, 6, "raise")]),
        ("a\r\nb", "a\nb", [Splice(1, 3, "\n")]),
        ("a\nb\nc\nd\ne", "x\nb\nc\nd\ny", [Splice(0, 1, "x"), Splice(8, 9, "y")]),
        ("same", "same", []),
        ("", "new", [Splice(0, 0, "new")]),
    ],
)
def test_a_difference_is_in_whole_words_and_lines(old: str, new: str, expected: list[Splice]) -> None:
    assert expected == difference(old, new)
    assert new == spliced(old, expected)


# Writing


def once(root: Path, findings: list[Diagnostic]) -> FixOutcome:
    """Fix these findings in one round; the next finds nothing."""
    reports = [Report(root, findings)]
    return fix(
        [root],
        None,
        unsafe=False,
        lint=lambda paths, settings: reports.pop() if reports else Report(root),
        find=find,
    )


def linting(root: Path, *wrong: tuple[str, Callable[..., object], dict[str, str]]) -> Callable[..., Report]:
    """A linter that reports every occurrence of some code in app.py."""

    def lint(paths: Sequence[Path], settings: object) -> Report:
        text = (root / "app.py").read_text()
        findings = [
            request(text, code, codemod, nth=nth, **params)
            for code, codemod, params in wrong
            for nth in range(text.count(code))
        ]
        return Report(root, findings)

    return lint


def test_fixing_goes_on_until_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("old(old)\n")
    lint = linting(tmp_path, ("old", renamed, {"to": "mid"}), ("mid", renamed, {"to": "new"}))
    outcome = fix([tmp_path], None, unsafe=False, lint=lint, find=find)
    assert (tmp_path / "app.py").read_text() == "new(new)\n"
    assert (
        outcome.fixed, outcome.files, outcome.report.diagnostics, outcome.problems,
    ) == ({"FL999": 4}, ("app.py",), [], [])  # fmt: skip


def test_fixes_that_undo_each_other_stop_with_one_problem(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("one\n")
    lint = linting(tmp_path, ("one", renamed, {"to": "two"}), ("two", renamed, {"to": "one"}))
    outcome = fix([tmp_path], None, unsafe=False, lint=lint, find=find)
    expected = [Problem("app.py", "fixes undo each other (broken-thing), so they were taken back")]
    assert expected == outcome.problems
    assert (tmp_path / "app.py").read_text() == "one\n"


def test_a_fix_that_never_comes_to_rest_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x\n")
    outcome = fix([tmp_path], None, unsafe=False, lint=linting(tmp_path, ("x", grown, {})), find=find)
    expected = [
        Problem("app.py", "fixes still turn up after 10 rounds (broken-thing), so they were taken back")
    ]
    assert expected == outcome.problems
    assert (tmp_path / "app.py").read_text() == "x\n"
    assert (outcome.fixed, outcome.files) == ({}, ())


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (b"# -*- coding: latin-1 -*-\n", "latin-1"),
        (b"# coding: cp1252\r\n", "cp1252"),
        (b"# coding: euc-jp\n", "euc-jp"),
    ],
)
def test_a_written_file_keeps_its_encoding(tmp_path: Path, head: bytes, encoding: str) -> None:
    word = "é" if encoding != "euc-jp" else "漢字"
    before, after = f"x = '{word}', f('y')\r\n", f"x = '{word}', f(['y'])\r\n"
    file = tmp_path / "app.py"
    file.write_bytes(head + before.encode(encoding))
    text = (head.removeprefix(codecs.BOM_UTF8)).decode() + before
    once(tmp_path, [request(text, "'y'", listed)])
    assert head + after.encode(encoding) == file.read_bytes()


posix = pytest.mark.skipif(os.name != "posix", reason="modes and links as POSIX has them")


@posix
def test_a_written_file_keeps_its_mode_and_owner(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(b"old")
    file.chmod(0o754)
    before = file.stat()
    replace(file, b"old", b"new")
    after = file.stat()
    assert (b"new", before.st_mode, before.st_uid, before.st_gid) == (
        file.read_bytes(), after.st_mode, after.st_uid, after.st_gid,
    )  # fmt: skip


@posix
def test_a_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    target, link = tmp_path / "deep" / "real.py", tmp_path / "app.py"
    target.write_bytes(b"old")
    link.symlink_to(target)
    replace(link, b"old", b"new")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"new")


def test_a_file_that_changed_in_between_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_bytes(b"edited")
    with pytest.raises(NotWritten, match="it changed while it was being fixed"):
        replace(file, b"old", b"new")
    assert (file.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (b"edited", ["app.py"])


def test_a_read_only_file_is_one_problem_and_stays(tmp_path: Path) -> None:
    file = tmp_path / "app.py"
    file.write_text("'a'\n")
    file.chmod(0o444)
    outcome = fix([tmp_path], None, unsafe=False, lint=linting(tmp_path, ("'a'", listed, {})), find=find)
    assert ("'a'\n", [Problem("app.py", "was not fixed: it is read-only")]) == (
        file.read_text(),
        outcome.problems,
    )


@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace"])
def test_an_interruption_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    file = tmp_path / "app.py"
    file.write_bytes(b"old")
    monkeypatch.setattr(step, interrupt)
    with pytest.raises(KeyboardInterrupt):
        replace(file, b"old", b"new")
    assert (file.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (b"old", ["app.py"])


# Cost


def test_a_fix_in_a_long_file_parses_the_statement_it_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []
    parse = cst.parse_module

    def counted(source: str, config: cst.PartialParserConfig) -> cst.Module:
        parsed.append(source)
        return parse(source, config)

    monkeypatch.setattr(cst, "parse_module", counted)
    text = "def g():\n    pass\n" * 100 + "def f():\n    return 'a', 'b'\n"
    mended(tmp_path, text, ("'a'", listed), ("'b'", listed))
    assert parsed == ["def f():\n    return 'a', 'b'"]


def test_libcst_is_loaded_when_it_is_first_used() -> None:
    code = "import sys, fastlint.fixing; print('libcst' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "False\n"
    )


def test_a_lazy_module_runs_at_the_first_look_at_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "slow_to_load.py").write_text("print('loaded')\nvalue = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    module = lazy("slow_to_load")
    before = capsys.readouterr().out
    assert (before, module.value, capsys.readouterr().out) == ("", 1, "loaded\n")
    del sys.modules["slow_to_load"]


def test_a_lazy_module_that_does_not_exist_is_told_at_once() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module_anywhere"):
        lazy("no_such_module_anywhere")
