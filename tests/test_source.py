from __future__ import annotations

import ast
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from fastlint.diagnostic import Problem, Span
from fastlint.source import MAX_BYTES, Source, Unreadable, call_with_stack, characters, parse_quietly


def source(data: bytes | str) -> Source:
    return Source("app.py", data.encode() if isinstance(data, str) else data)


def problem_of(data: bytes | str) -> Problem:
    with pytest.raises(Unreadable) as caught:
        _ = source(data).tree
    return caught.value.problem


def read_problem(root: Path, path: str) -> Problem:
    with pytest.raises(Unreadable) as caught:
        Source.read(root, path)
    return caught.value.problem


def test_a_file_is_read_relative_to_the_root(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "a.py").write_bytes(b"x = 1\r\n")
    read = Source.read(tmp_path, "pkg/a.py")
    assert (read.path, read.data, read.text) == ("pkg/a.py", b"x = 1\r\n", "x = 1\r\n")


def test_a_file_that_vanished_is_unreadable(tmp_path: Path) -> None:
    assert Problem("gone.py", "the file does not exist") == read_problem(tmp_path, "gone.py")


def test_a_directory_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.py").mkdir()
    assert Problem("a.py", "this is a directory, not a file") == read_problem(tmp_path, "a.py")


def test_a_path_that_no_system_knows_is_unreadable(tmp_path: Path) -> None:
    assert read_problem(tmp_path, "a\0.py").message.startswith("the file cannot be read")


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", lambda: 1)() == 0, reason="root may read everything"
)
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1")
    (tmp_path / "a.py").chmod(0)
    assert Problem("a.py", "no permission to read the file") == read_problem(tmp_path, "a.py")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert Problem("a.py", "this is not a regular file") == read_problem(tmp_path, "a.py")


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "a.py").open("wb") as file:
        file.truncate(MAX_BYTES + 2_000_000)
    expected = Problem("a.py", "the file is too large: 12 MB, the limit is 10 MB")
    assert expected == read_problem(tmp_path, "a.py")


def test_an_unreadable_file_reads_as_one_line() -> None:
    assert str(Unreadable("a.py", 3, 7, "it is so")) == "a.py:3:7: it is so"


def test_utf_8_is_the_default_encoding() -> None:
    read = source("x = 'é'\n")
    assert (read.encoding, read.bom, read.text) == ("utf-8", False, "x = 'é'\n")


def test_a_byte_order_mark_is_known_and_not_part_of_the_text() -> None:
    read = source(b"\xef\xbb\xbfx = 1\n")
    assert (read.encoding, read.bom, read.text) == ("utf-8", True, "x = 1\n")


def test_the_cookie_of_the_first_two_lines_tells_the_encoding() -> None:
    read = source(b"#!/usr/bin/python\n# -*- coding: latin-1 -*-\nx = '\xe9'\n")
    assert (read.encoding, read.lines[2]) == ("iso-8859-1", "x = 'é'")


def test_an_unknown_encoding_is_named_with_its_line() -> None:
    assert Problem("app.py", "unknown encoding: klingon", 2, 1) == problem_of("#\n# coding: klingon\n")


@pytest.mark.parametrize("encoding", ["rot13", "zlib", "idna", "punycode"])
def test_a_codec_that_is_no_encoding_of_text_is_unknown(encoding: str) -> None:
    assert f"unknown encoding: {encoding}" == problem_of(f"# coding: {encoding}\n").message.replace("-", "")


def test_a_byte_order_mark_contradicted_by_the_cookie_is_an_error() -> None:
    assert Problem("app.py", "encoding problem: utf-8", 1, 1) == problem_of(
        b"\xef\xbb\xbf# coding: latin-1\n"
    )


def test_undecodable_bytes_are_placed() -> None:
    data = "a = 1\nb = 2\n# é ".encode() + b"\xff\n"
    assert Problem("app.py", "not valid utf-8: byte 0xff", 3, 5) == problem_of(data)


def test_undecodable_bytes_in_the_first_lines_are_placed() -> None:
    assert problem_of(b"a = 1\nb = '\xff'\n") == Problem("app.py", "not valid utf-8: byte 0xff", 2, 6)


def test_bytes_that_a_declared_encoding_lacks_are_placed() -> None:
    assert Problem("app.py", "not valid ascii: byte 0xc3", 2, 6) == problem_of("# coding: ascii\nx = 'é'\n")


def test_null_bytes_are_placed() -> None:
    expected = Problem("app.py", "the file has null bytes: it is binary, or in UTF-16", 2, 4)
    assert expected == problem_of(b"a = 1\nb =\0 2\n")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_first_line_ending_is_the_files_newline(newline: str) -> None:
    assert newline == source(f"a{newline}b\n").newline


def test_a_file_of_one_line_gets_unix_newlines() -> None:
    assert source("a = 1").newline == "\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ()),
        ("a", ("a",)),
        ("a\n", ("a",)),
        ("a\n\n", ("a", "")),
        ("a\r\nb\rc\nd", ("a", "b", "c", "d")),
        ("a\fb\x0bc\x1c\x85\u2028d\n", ("a\fb\x0bc\x1c\x85\u2028d",)),
    ],
)
def test_lines_are_those_that_python_counts(text: str, lines: tuple[str, ...]) -> None:
    assert lines == source(text).lines


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_tree_and_the_lines_agree(newline: str) -> None:
    read = source(f"'\u2028\f'{newline}\fx = 1{newline}y = 2{newline}")
    last = read.tree.body[-1]
    assert (last.lineno, read.lines[last.lineno - 1]) == (3, "y = 2")


def test_the_tree_is_parsed_once() -> None:
    read = source("x = 1")
    assert read.tree is read.tree


def test_a_syntax_error_has_line_and_column() -> None:
    problem = problem_of("x = 1\ny = é +* 2\n")
    assert (problem.line, problem.column) == (2, 8)
    assert problem.message.startswith("syntax error: ")


def test_a_syntax_error_next_to_new_syntax_is_still_one() -> None:
    assert problem_of("try:\n    pass\nexcept A, B:\n    x = = 1\n").line in (3, 4)


def test_python_2_is_a_syntax_error() -> None:
    assert problem_of("print 'x'\n").line == 1


def test_syntax_newer_than_the_running_python_is_read() -> None:
    tree = source("try:\n    pass\nexcept A, B:\n    pass\n").tree
    assert "(A, B)" in ast.unparse(tree)


def test_warnings_about_the_linted_code_are_nobodys_business() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(source("x = '\\d'\ny = 1if x else 2\n").tree.body) == 2


def test_the_filters_of_warnings_are_as_they_were() -> None:
    before = list(warnings.filters)
    parse_quietly("x = 1")
    assert before == list(warnings.filters)


def test_a_span_converts_to_characters_from_one() -> None:
    read = source("é = call('日本',\n  é)\n")
    assert characters(read, Span(1, 5, 2, 5)) == (1, 5, 2, 5)


def test_a_span_beyond_the_file_does_not_fail() -> None:
    assert characters(source("x"), Span(9, 3, 9, 4)) == (9, 4, 9, 5)


DEEP = {
    "parentheses": lambda n: "(" * n + "1" + ")" * n,
    "lists": lambda n: "[" * n + "]" * n,
    "unary operators": lambda n: "-" * n + "1",
    "negations": lambda n: "not " * n + "1",
    "attributes": lambda n: "a" + ".b" * n,
    "calls": lambda n: "a" + "()" * n,
    "binary operators": lambda n: "1" + "+1" * n,
    "powers": lambda n: "1" + "**1" * n,
    "conditions": lambda n: "1 if 1 else " * n + "1",
    "lambdas": lambda n: "lambda:" * n + "1",
    "branches": lambda n: "if a: pass\n" + "elif a: pass\n" * n,
    "indentation": lambda n: "".join(" " * i + "if 1:\n" for i in range(min(n, 2_000))),
    "new syntax behind a chain": lambda n: "type X = a" + ".b" * n,
    "type parameters": lambda n: "type X[T: " + "-" * n + "1] = a",
    "fields": lambda n: "f'{" * n + "1" + "}'" * n,
}


@pytest.fixture(scope="module")
def deep_outcomes() -> dict[str, list[str]]:
    """What came of every deep nest, by its kind; read in a process of its own, which a crash would end."""
    code = """
from test_source import DEEP
from fastlint.source import Source, Unreadable

for kind, nest in DEEP.items():
    for depth in (1_000, 100_000):
        try:
            Source("app.py", nest(depth).encode()).tree
        except Unreadable as error:
            print(kind, error.message, sep="|", flush=True)
        else:
            print(kind, "parsed", sep="|", flush=True)
"""
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent / "src")])}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    outcomes: dict[str, list[str]] = {}
    for line in run.stdout.splitlines():
        kind, _, outcome = line.partition("|")
        outcomes.setdefault(kind, []).append(outcome)
    return outcomes


@pytest.mark.parametrize("kind", DEEP)
def test_a_deep_nest_does_not_bring_the_interpreter_down(
    kind: str, deep_outcomes: dict[str, list[str]]
) -> None:
    shallower, deeper = deep_outcomes[kind]
    assert shallower.startswith(("parsed", "syntax error: ", "the code is nested too deeply"))
    assert deeper.startswith(("syntax error: ", "the code is nested too deeply"))


def test_a_chain_of_many_links_does_not_bring_the_interpreter_down() -> None:
    assert problem_of("a" + ".b" * 400_000).message == "the code is nested too deeply to be parsed"


def test_a_long_flat_file_is_not_deep() -> None:
    assert len(source("a.b(c)\n" * 10_000).tree.body) == 10_000


def test_errors_on_another_stack_reach_the_caller() -> None:
    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        call_with_stack(fail, 1_000_000)
