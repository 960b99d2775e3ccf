from __future__ import annotations

import ast
import sys
import time

import pytest

from fastlint.index.lowering import Grammar, lower

OLDEST: Grammar = (3, 10)


def calls(text: str) -> list[tuple[str, int]]:
    """The calls of names in a text, each with its line."""
    found = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    return sorted((node.func.id, node.lineno) for node in found if isinstance(node.func, ast.Name))


CHANGES = {
    "try: pass\nexcept A, B: pass\n": "try: pass\nexcept (A, B): pass\n",
    "try: pass\nexcept(A), b.C(1, 2) : pass\n": "try: pass\nexcept((A), b.C(1, 2)) : pass\n",
    "try: pass\nexcept* A: pass\n": "try: pass\nexcept  A: pass\n",
    "try: pass\nexcept *A, B: pass\n": "try: pass\nexcept  (A, B): pass\n",
    "def f[T: int, *Ts, **P](x: T): ...\n": "def f                  (x: T): ...\n",
    "async def f[T](x): ...\n": "async def f   (x): ...\n",
    "class C[T = int](B[T]): ...\n": "class C         (B[T]): ...\n",
    "class C[T]: ...\n": "class C   : ...\n",
    "type X = Annotated[A, b()]\n": "X      = Annotated[A, b()]\n",
    "if x: type X[T] = list[T]\n": "if x: X         = list[T]\n",
    "lazy import a.b\n": "import      a.b\n",
    "lazy from a import b\n": "from      a import b\n",
    "x = a[*b, 1]\n": "x = a[ b, 1]\n",
    "x = a[1, *b]\n": "x = a[1,  b]\n",
    "def f(*args: *Ts): ...\n": "def f(*args:  Ts): ...\n",
    "x = [*y for y in z]\n": "x = [ y for y in z]\n",
    "x = {**y for y in z}\n": "x = {  y for y in z}\n",
    "x = t'{a()}'\n": "x = f'{a()}'\n",
    "x = rT'{a()}' T'b'\n": "x = rF'{a()}' F'b'\n",
    "x = f'{a['b']}'\n": "x = f\"{a['b']}\"\n",
    'x = f"it\'s {a["b"]}"\n': "x = f'''it's {a[\"b\"]}'''\n",
    "x = f'{'\\n'.join(a())}'\n": "x = f\"{' n'.join(a())}\"\n",
    "x = f'{f'{a()}'}'\n": "x = f\"{f'{a()}'}\"\n",
    "x = f'{\n  a() # b\n}'\n": "x = f'''{\n  a()    \n}'''\n",
    "x = f'{a:{b:{c()}}}' 'd'\n": "x = (0,a ,b ,c()       )\n",
    'x = f"{f"{f"{a()}"}"}"\n': "x = f'{(0,f\"{a()}\" )}'\n",
}


@pytest.mark.parametrize("text", CHANGES)
def test_new_syntax_is_changed_in_place(text: str) -> None:
    assert lower(text, OLDEST) == CHANGES[text]


@pytest.mark.parametrize(
    "text",
    [
        "type = 1\ntype.x\ntype(x)\nprint(type)\ntype: int = 2\n",
        "class C:\n    a: type\n    b: type\n    x[0]: int = 1\n",
        "lazy = 1\nlazy.x\n",
        "match type:\n    case [a, *b]: pass\n    case _: pass\n",
        "x = [*a, *b]\nf(*a, **b)\nx = {**a, **b}\nx = a * b\nx = a[b * c]\n",
        "def f(a, *, b): return lambda *c: c\n",
        "try: pass\nexcept (A, B) as e: pass\nexcept A: pass\nexcept: pass\n",
        "x = f\"{a['b']!r:>{c}} {{}} {d=} {e:%H:%M}\" f'''{\n f}'''\n",
        "x = 'except A, B: type X = t\"\"' # def f[T](x)\n",
    ],
)
def test_old_syntax_needs_no_change(text: str) -> None:
    ast.parse(text)
    assert lower(text, OLDEST) is None


@pytest.mark.parametrize(
    "text",
    [
        "print 'x'\n",
        "x = (1\n",
        "x = 'a\n",
        "x = '''a\n",
        "x = f'{a'\n",
        "x = f'{a]}'\n",
        "x = f'''{a:\n",
        "def f[1 +](x): ...\n",
        "def f[](x): ...\n",
        "class C[T, , U]: ...\n",
        "try: pass\nexcept A, B as e: pass\n",
        "type X[T] = \n",
        "type 3 = 4\n",
        "lazy import\n",
        "x = {a: *b}\n",
        "f(a: *b)\n",
        "\\",
        "",
    ],
)
def test_what_no_grammar_accepts_is_left(text: str) -> None:
    assert lower(text, OLDEST) is None


@pytest.mark.parametrize(
    ("text", "grammar"),
    [
        ("try: pass\nexcept* A: pass\n", (3, 11)),
        ("def f[T](x): ...\n", (3, 12)),
        ("x = f'{a['b']}'\n", (3, 12)),
        ("type X = int\n", (3, 12)),
        ("try: pass\nexcept A, B: pass\n", (3, 14)),
        ("x = t'{a}'\n", (3, 14)),
        ("lazy import a\n", (3, 15)),
    ],
)
def test_what_a_grammar_knows_is_not_changed_for_it(text: str, grammar: Grammar) -> None:
    before = (grammar[0], grammar[1] - 1)
    assert lower(text, before) is not None
    assert lower(text, grammar) is None


FILE = """\
type Session = Annotated[
    AsyncSession,
    Depends(get_session),
]; before()

class Page[
    T: BaseModel,  # the item
    *Ts,
](BaseModel, metaclass=meta()):
    items: list[T]

async def read[T](session: Session, **kw) -> Page[T]:
    try:
        log(f"{session["a"]} {", ".join(names())} {
            inner()  # it's "here"
        }", after())
        sql(t"SELECT {column()}" t" FROM {table["x"]}"
            "WHERE" f"{where():{width()}}")
    except ValueError, \\
        TypeError:
        first()
    second()
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_call_stays_on_its_line(newline: str) -> None:
    assert calls(lower(FILE.replace("\n", newline), OLDEST) or "") == [
        ("Depends", 3),
        ("after", 16),
        ("before", 4),
        ("column", 17),
        ("first", 21),
        ("inner", 15),
        ("log", 14),
        ("meta", 9),
        ("names", 14),
        ("second", 22),
        ("sql", 17),
        ("where", 18),
        ("width", 18),
    ]


def test_an_alias_keeps_what_it_stands_for() -> None:
    lowered = lower("type Session = Annotated[S, Depends(get)]\n", OLDEST) or ""
    (alias,) = ast.parse(lowered).body
    assert isinstance(alias, ast.Assign)
    assert (ast.unparse(alias), alias.value.col_offset) == ("Session = Annotated[S, Depends(get)]", 15)


def test_a_statement_goes_on_over_the_lines_of_its_type_parameters() -> None:
    lowered = lower("def f[\r\n    T,\r\n](a):\r\n    return g()\r\n", OLDEST) or ""
    assert calls(lowered) == [("g", 4)]


def test_strings_joined_to_a_dissolved_one_are_dissolved_with_it() -> None:
    text = "x = ('a' f'{a():{b:{c()}}}' # d\n  f'{d()}' 'e')\ny = f'{e()}'\n'''doc'''\n"
    lowered = lower(text, OLDEST) or ""
    assert calls(lowered) == [("a", 1), ("c", 1), ("d", 2), ("e", 3)]
    assert lowered.splitlines()[2:] == ["y = f'{e()}'", "'''doc'''"]


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python has type parameters")
def test_type_parameters_are_judged_by_another_grammar() -> None:
    assert lower("class C[T: (int, str) = int, *Ts = *tuple[int], **P = [int]]: ...\n") is not None


@pytest.mark.parametrize(
    "text",
    [
        "f'{" * 20_000,
        "[" * 100_000 + "]" * 100_000 + "\ntype X = 1",
        "type X[T: " + "(" * 50_000 + ")" * 50_000 + "] = 1",
        "'''\\'''\\'''\n" * 5_000,
        "f'" + "\\{" * 20_000,
        "lazy " * 50_000,
        "f'{a['b']}' " * 3_000 + "\n",
        "f'{a:{b:{c}}}' " * 3_000 + "\n",
    ],
)
def test_hostile_input_takes_no_longer_than_its_size(text: str) -> None:
    started = time.perf_counter()
    lower(text, OLDEST)
    assert time.perf_counter() - started < 3
