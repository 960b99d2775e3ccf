"""The facts of one file, and what they do not depend on."""

from __future__ import annotations

import ast
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import msgspec
import pytest

from fastlint import registry
from fastlint.cache.cache import Cache
from fastlint.config import Settings
from fastlint.diagnostic import Diagnostic, Span
from fastlint.engine import Run
from fastlint.files import Files
from fastlint.index import syntax
from fastlint.index.contexts import readings
from fastlint.index.facts import Facts, decode, encode
from fastlint.index.indexer import expression, index
from fastlint.reading import Reader, Reading

FIXTURES = Path(__file__).parents[1] / "fixtures"
APPS = sorted(folder for folder in (FIXTURES / "apps").iterdir() if folder.is_dir())
PROJECTS = sorted(
    folder for kind in ("rules", "apps") for folder in (FIXTURES / kind).iterdir() if folder.is_dir()
)
ROOT = Path(__file__).parents[1]


def body(code: str) -> tuple[syntax.Statement, ...]:
    return index(ast.parse(dedent(code)))


def only(code: str) -> Any:
    """The one statement of some code."""
    [statement] = body(code)
    return statement


def value(code: str) -> Any:
    """The expression that some code is."""
    return only(f"x = {code}").value


# Names and constants


@pytest.mark.parametrize("name", ["a", "a.b", "a.b.c"])
def test_a_dotted_name_is_one_reference(name: str) -> None:
    assert name == value(name).path


def test_an_attribute_of_a_call_is_no_name() -> None:
    node = value("a.b().c")
    assert ("a.b", "c") == (node.value.func.path, node.name)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("1", 1),
        ("-1", -1),
        ("1.5", 1.5),
        ("-1.5", -1.5),
        ("'a'", "a"),
        ("'a' 'b'", "ab"),
        ("True", True),
        ("None", None),
    ],
)
def test_a_constant_keeps_its_value(code: str, expected: object) -> None:
    node = value(code)
    assert (syntax.Constant, expected) == (type(node), node.value)


@pytest.mark.parametrize(
    "code", ["b'a'", "1j", "...", "2 ** 3 if 0 else 1j", str(2**63), str(10**400), "1e400j"]
)
def test_a_constant_that_no_rule_asks_for_or_that_cannot_be_stored_has_no_value(code: str) -> None:
    assert not hasattr(value(code), "value")


def test_a_lone_surrogate_is_replaced() -> None:
    assert "a?" == value(r"'a\udc80'").value


def test_infinity_can_be_stored() -> None:
    module = syntax.Module("main.py", body("x = 1e999"))
    assert module.body[0].span == _stored(module).body[0].span


def test_a_span_counts_bytes_as_ast_does() -> None:
    assert Span(1, 10, 1, 11) == only("x = 'é', b").value.items[1].span


@pytest.mark.parametrize(
    ("code", "operator", "operands"),
    [
        ("a and b", "and", 2),
        ("a or b or c", "or", 3),
        ("not a", "not", 1),
        ("a | b", "|", 2),
        ("a + b", "+", 2),
        ("a % b", "%", 2),
        ("a / b", "/", 2),
        ("a * b", "other", 2),
        ("~a", "other", 1),
        ("a if b else c", "if", 3),
        ("(a := b)", ":=", 2),
        ("a < b < c", "compare", 3),
        ("a == b", "compare", 2),
        ("a in b", "in", 2),
        ("a not in b", "in", 2),
        ("a in b in c", "compare", 3),
        ("a is None", "is", 2),
        ("a is not None", "is not", 2),
        ("a is b is c", "compare", 3),
    ],
)
def test_an_operator_keeps_its_operands(code: str, operator: str, operands: int) -> None:
    node = value(code)
    assert (operator, operands) == (node.operator, len(node.operands))


def test_a_conditional_has_its_test_first() -> None:
    assert ["b", "a", "c"] == [each.path for each in value("a if b else c").operands]


def test_a_dict_keeps_the_place_of_what_is_unpacked_into_it() -> None:
    node = value("{'a': 1, **b}")
    assert (["a", None], [1, "b"]) == (
        [key and key.value for key in node.keys],
        [node.values[0].value, node.values[1].path],
    )


def test_an_f_string_keeps_its_parts() -> None:
    text, name = value('f"/v{version}"').parts
    assert ("/v", "version") == (text.value, name.path)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("[a for a in b]", "list"),
        ("{a for a in b}", "set"),
        ("(a for a in b)", "generator"),
        ("{a: c for a in b}", "dict"),
    ],
)
def test_a_comprehension_keeps_what_it_makes(code: str, kind: str) -> None:
    assert kind == value(code).kind


# Statements


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import a", [("a", "", "", 0)]),
        ("import a.b, c as d", [("a.b", "", "", 0), ("c", "", "d", 0)]),
        ("from a import b", [("a", "b", "b", 0)]),
        ("from a.b import c as d, e", [("a.b", "c", "d", 0), ("a.b", "e", "e", 0)]),
        ("from . import a", [("", "a", "a", 1)]),
        ("from ..a import b", [("a", "b", "b", 2)]),
        ("from a import *", [("a", "*", "*", 0)]),
    ],
)
def test_an_import_is_one_fact_for_each_name(code: str, expected: list[tuple[str, str, str, int]]) -> None:
    found = [node for node in body(code) if isinstance(node, syntax.Import)]
    assert expected == [(node.module, node.name, node.alias, node.level) for node in found]


@pytest.mark.parametrize("code", ['"""A docstring."""', "pass", "1", "...", "break", "continue"])
def test_what_nothing_can_ask_about_is_left_out(code: str) -> None:
    assert () == (only(f"for x in y:\n    {code}").body if "b" in code or "c" in code else body(code))


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("a, b=1", ["a normal", "b normal 1"]),
        ("a, /, b", ["a positional", "b normal"]),
        ("a=1, /, b=2", ["a positional 1", "b normal 2"]),
        ("*, a, b=1", ["a keyword", "b keyword 1"]),
        ("*args, a, **kwargs", ["args args", "a keyword", "kwargs kwargs"]),
    ],
)
def test_a_parameter_keeps_its_kind_and_default(parameters: str, expected: list[str]) -> None:
    found = only(f"def f({parameters}): ...").parameters
    assert expected == [
        f"{each.name} {each.kind}" + (f" {each.default.value}" if each.default else "") for each in found
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("def f():\n    yield 1", True),
        ("def f():\n    x = yield", True),
        ("def f():\n    yield from g()", True),
        ("def f():\n    if a:\n        with b:\n            yield", True),
        ("def f():\n    return 1", False),
        ("def f():\n    def g():\n        yield", False),
        ("def f():\n    return lambda: (yield)", False),
        ("def f():\n    class A:\n        def g(self):\n            yield", False),
    ],
)
def test_a_function_is_a_generator_when_its_own_body_yields(code: str, expected: bool) -> None:
    assert expected == only(code).is_generator


@pytest.mark.parametrize(
    ("code", "expected"),
    [("def name(): ...", (1, 4, 8)), ("async def name(): ...", (1, 10, 14)), ("class name: ...", (1, 6, 10))],
)
def test_a_definition_stands_where_its_name_is(code: str, expected: tuple[int, int, int]) -> None:
    span = only(code).span
    assert expected == (span.line, span.column, span.end_column)


def test_a_decorated_definition_stands_on_its_own_line() -> None:
    assert 2 == only("@a\ndef f(): ...").span.line


@pytest.mark.parametrize(("code", "expected"), [("async with a: ...", True), ("with a: ...", False)])
def test_a_with_knows_whether_it_is_asynchronous(code: str, expected: bool) -> None:
    assert expected == only(f"async def f():\n    {code}").body[0].is_async


@pytest.mark.parametrize(
    ("code", "blocks"),
    [
        ("if a:\n    b()\nelif c:\n    d()\nelse:\n    e()", 2),
        ("for a in b:\n    c()\nelse:\n    d()", 2),
        ("while a:\n    c()", 2),
        ("with a as b:\n    c()", 1),
        ("try:\n    a()\nexcept B as c:\n    d()\nelse:\n    e()\nfinally:\n    f()", 4),
        ("match a:\n    case 1:\n        b()\n    case _:\n        c()", 2),
    ],
)
def test_a_compound_statement_keeps_its_blocks(code: str, blocks: int) -> None:
    assert blocks == len(syntax.blocks(only(code)))


def test_every_statement_of_nested_blocks_is_found_but_not_those_of_functions() -> None:
    code = "if a:\n    for b in c:\n        d = 1\n    def f():\n        e = 2"
    assert ["If", "Loop", "Assign", "Function"] == [
        type(each).__name__ for each in syntax.statements(body(code))
    ]


# Annotations in strings


def test_a_string_annotation_is_an_expression_that_stands_where_the_string_does() -> None:
    where = Span(3, 4, 3, 20)
    node = expression("Annotated[User, Depends(load)]", where)
    assert isinstance(node, syntax.Subscript)
    assert {where} == {each.span for each in syntax.walk(node)}


@pytest.mark.parametrize("text", ["", "not an expression", "a =", "(", "\0", "(" * 5000])
def test_a_string_that_is_no_expression_is_none(text: str) -> None:
    assert expression(text, Span(1, 0, 1, 1)) is None


# What becomes of an expression


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f()", "statement"),
        ("x = f()", "assigned"),
        ("x: int = f()", "assigned"),
        ("return f()", "returned"),
        ("raise f()", "raised"),
        ("await f()", "awaited"),
        ("if f(): ...", "tested"),
        ("while f(): ...", "tested"),
        ("not f()", "tested"),
        ("f() and x", "tested"),
        ("x and f()", "statement"),
        ("x = x or f()", "assigned"),
        ("x = 1 if f() else 2", "tested"),
        ("return 1 if x else f()", "returned"),
        ("f() == 1", "compared"),
        ("for x in f(): ...", "iterated"),
        ("async for x in f(): ...", "iterated"),
        ("[x for x in f()]", "iterated"),
        ("[f() for x in y]", "collected"),
        ("[x for x in y if f()]", "tested"),
        ("yield from_()\nyield f()", "yielded"),
        ("with f(): ...", "entered"),
        ("async with f() as x: ...", "entered"),
        ("g(f())", "argument"),
        ("g(x=f())", "argument"),
        ("g(*f())", "argument"),
        ("f().x", "receiver"),
        ("f()()", "receiver"),
        ("f()[0]", "receiver"),
        ("x[f()]", "other"),
        ("[f()]", "collected"),
        ("{'a': f()}", "collected"),
        ("f'{f()}'", "formatted"),
        ("(x := f())", "statement"),
        ("x += f()", "assigned"),
        ("assert f()", "tested"),
        ("f() + 1", "operand"),
        ("-f()", "operand"),
        ("x[f():]", "other"),
    ],
)
def test_the_context_of_a_call(code: str, expected: str) -> None:
    function = only("async def load():\n" + "\n".join(f"    {line}" for line in code.split("\n")))
    contexts = [
        reading.context
        for reading in readings(function.body)
        if isinstance(reading.node, syntax.Call) and getattr(reading.node.func, "path", "") == "f"
    ]
    assert [expected] == contexts


def test_a_call_inside_a_nested_function_is_not_of_the_outer_body() -> None:
    found = readings(body("def f():\n    g()\nh(lambda: g())"))
    assert ["h"] == [each.node.func.path for each in found if isinstance(each.node, syntax.Call)]  # type: ignore[union-attr]  # plain names


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("f()", None),
        ("for x in y:\n    f()", syntax.Loop),
        ("while x:\n    if y:\n        f()", syntax.Loop),
        ("while f(): ...", syntax.Loop),
        ("for x in f(): ...", None),
        ("[f() for x in y]", syntax.Comprehension),
        ("[x for x in f()]", None),
        ("[x for y in z for x in f()]", syntax.Comprehension),
    ],
)
def test_a_call_knows_the_loop_that_repeats_it(code: str, expected: type | None) -> None:
    [loop] = [each.loop for each in readings(body(code)) if isinstance(each.node, syntax.Call)]
    assert expected is (None if loop is None else type(loop))


# Facts are data


@pytest.mark.parametrize("kind", ["msgpack", "json", "pickle"])
def test_facts_are_the_same_after_they_were_stored(kind: str) -> None:
    code = (FIXTURES / "apps" / "layered").rglob("*.py")
    modules = [syntax.Module(path.name, index(ast.parse(path.read_text(encoding="utf-8")))) for path in code]
    store: dict[str, Any] = {
        "msgpack": _stored,
        "json": lambda module: msgspec.json.decode(msgspec.json.encode(module), type=syntax.Module),
        "pickle": lambda module: pickle.loads(pickle.dumps(module)),
    }
    assert [msgspec.to_builtins(each) for each in modules] == [
        msgspec.to_builtins(store[kind](each)) for each in modules
    ]


def test_stored_facts_of_another_shape_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode(["main.py", [["Assign", 1]]]), type=syntax.Module)


def _stored(module: syntax.Module) -> syntax.Module:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(module), type=syntax.Module)


# What the findings do not depend on


class FromStore(Reader):
    """A reader to which all facts come out of a store."""

    def facts(self, path: str) -> Facts | None:
        facts = super().facts(path)
        return None if facts is None else decode(encode(facts))


class Stored(Run):
    def __init__(self, paths: Sequence[Path], settings: Settings, cache: Cache, reading: Reading) -> None:
        super().__init__(paths, settings, cache, reading)
        self.reader = FromStore(self.files, cache, reading)


def _shuffled(items: Iterable[Any]) -> list[Any]:
    found = list(items)
    random.Random(1).shuffle(found)
    return found


def _findings(root: Path, kind: type[Run] = Run) -> list[Diagnostic]:
    settings = Settings(root=root, select=("ALL",))
    return kind([root], settings, Cache(None), Reading()).report().diagnostics


_plain = cache(_findings)


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_facts_out_of_a_store_give_the_same_findings(folder: Path) -> None:
    assert _plain(folder) == _findings(folder, Stored)


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_the_order_of_files_and_rules_does_not_change_the_findings(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _plain(app)
    rules = registry.all_rules()
    monkeypatch.setattr(registry, "all_rules", lambda: tuple(_shuffled(rules)))
    monkeypatch.setattr(Files, "relevant", property(lambda self: _shuffled(_relevant(self))))
    assert expected == _findings(app)


def _relevant(files: Files) -> list[str]:
    return [path for path, record in files.records.items() if record.is_relevant]


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_reading_files_that_cannot_matter_does_not_change_the_findings(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _plain(app)
    monkeypatch.setattr(Files, "relevant", property(lambda self: [*self.records]))
    assert expected == _findings(app)


PRINT = """\
import sys
from pathlib import Path
import msgspec
from fastlint.config import Settings
from fastlint.engine import lint
for app in sys.argv[1:]:
    for finding in lint([Path(app)], Settings(root=Path(app), select=("ALL",))).diagnostics:
        print(msgspec.json.encode(finding).decode())
"""


def test_the_hash_seed_does_not_change_the_output() -> None:
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "rules"), *filter(None, sys.path)])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PRINT, *map(str, APPS)],
            env={**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
        )
        for seed in ("1", "2")
    ]
    first, second = (process.communicate(timeout=60)[0] for process in processes)
    assert [0, 0] == [process.returncode for process in processes]
    assert first.splitlines() == second.splitlines()
    assert len(first.splitlines()) > 20
