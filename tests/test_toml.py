"""The line where a key of a TOML text stands."""

from __future__ import annotations

import time

from fastlint.toml import find_line


def test_lines_are_found_through_all_of_toml() -> None:
    text = '''\
# comment = 1
title = """
[not.a.table]
key = 1
"""
plain = 'it'
"quoted key" = [ # comment ]
  "a,]", [1.5, 2],
  { x = 1979-05-27 07:32:00, y.z = '}' },
]
[ tool . "fast.lint" ]
after = true
'''
    keys = [
        ("title",),
        ("plain",),
        ("quoted key", "0"),
        ("quoted key", "1", "1"),
        ("quoted key", "2", "y", "z"),
        ("tool", "fast.lint"),
        ("tool", "fast.lint", "after"),
    ]
    assert [find_line(text, key) for key in keys] == [2, 6, 8, 8, 9, 11, 12]


def test_a_key_that_is_not_written_is_found_at_its_table() -> None:
    assert find_line("[a]\n[a.b]\nc = 1\n", ("a", "b", "missing", "deep")) == 2


def test_a_key_of_nothing_is_on_no_line() -> None:
    assert find_line("a = 1\n", ("b",)) == 0


def test_an_item_is_found_in_its_own_table_of_an_array() -> None:
    text = "[[a.b]]\nc = 1\n[[a.b]]\n[a.b.d]\ne = 2\n"
    keys = [("a", "b", "0"), ("a", "b", "1"), ("a", "b", "1", "c"), ("a", "b", "1", "d", "e")]
    assert [find_line(text, key) for key in keys] == [1, 3, 3, 5]


def test_a_key_with_dots_may_be_given_as_its_parts() -> None:
    assert find_line('x = 1\n"a.b".c = 2\n', ("a", "b", "c")) == 2


def test_lines_may_end_as_on_windows() -> None:
    text = "a = [\r\n  1,\r\n  2,\r\n]\r\nb = 3\r\n"
    assert [find_line(text, key) for key in (("a", "1"), ("b",))] == [3, 5]


def test_a_line_is_found_in_a_long_text_in_no_time() -> None:
    text = "\n".join(f"[tool.x{n}]\nitems = [\n  {n},\n]" for n in range(500))
    start = time.perf_counter()
    assert find_line(text, ("tool", "x400", "items", "0")) == 1603
    assert time.perf_counter() - start < 1  # a tenth of it is usual; a slow machine is not a mistake
