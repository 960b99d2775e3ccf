"""What the tables say of libraries, and what keeps them true to themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fastlint import knowledge, registry
from fastlint.knowledge import FOLDER, Blocking, Knowledge, Patterns, Table, check, parse

BUILT_IN = Knowledge.load()


def known(**tables: Any) -> Knowledge:
    return Knowledge([parse(tables)])


def blocking(name: str, *calls: str, excluded: tuple[str, ...] = ()) -> bool:
    entry = {"rule": "blocking-sleep", "calls": list(calls), "except": list(excluded)}
    return known(blocking=[entry]).blocking(name) is not None


# Names


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("acme.get", "acme.get", True),
        ("acme.get", "acme.get.more", False),
        ("acme.get", "acme", False),
        ("acme.*", "acme.get", True),
        ("acme.*", "acme.client.get", False),
        ("acme.*", "acme", False),
        ("acme.**", "acme.get", True),
        ("acme.**", "acme.client.get", True),
        ("acme.**", "acme", False),
        ("acme.*", "acmes.get", False),
        ("acme.**", "acme.client().get", False),
        ("acme.**", "acme.client().data.get", False),
        ("acme.**.get", "acme.get", True),
        ("acme.**.get", "acme.a.client.get", True),
        ("acme.**.get", "acme.client.put", False),
        ("acme.**.get", "acme.client().get", False),
        ("acme().*", "acme().get", True),
        ("acme().*", "acme.get", False),
    ],
)
def test_a_star_is_one_attribute_and_two_are_attributes_of_attributes_but_not_of_answers(
    pattern: str, name: str, expected: bool
) -> None:
    assert expected == blocking(name, pattern)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.b.c", "exact"),
        ("a.b.x", "near"),
        ("a.x", "far"),
        ("a.x.y", "far"),
        ("a.b.x.y", "far"),
        ("x.y", None),
    ],
)
def test_the_closest_pattern_that_fits_counts(name: str, expected: str | None) -> None:
    patterns = Patterns()
    patterns.add("a.**", "far")
    patterns.add("a.b.*", "near")
    patterns.add("a.b.c", "exact")
    assert expected == patterns.get(name)


def test_a_thing_has_one_name_whatever_it_is_imported_by() -> None:
    tables = known(aliases={"acme.api": "acme", "acme.sessions": "acme"})
    assert ["acme.get", "acme.Session.get", "acme.get", "acmes.api.get"] == [
        tables.canonical(name)
        for name in ("acme.api.get", "acme.sessions.Session.get", "acme.get", "acmes.api.get")
    ]


def test_the_longest_alias_that_fits_counts() -> None:
    tables = known(aliases={"acme": "far", "acme.client": "near"})
    assert ("near.get", "far.get") == (tables.canonical("acme.client.get"), tables.canonical("acme.get"))


def test_an_alias_of_an_alias_is_followed_and_a_circle_ends() -> None:
    tables = known(aliases={"a": "b", "b": "c", "x": "y", "y": "x"})
    assert ("c.get", True) == (tables.canonical("a.get"), tables.canonical("x.get") in ("x.get", "y.get"))


def test_a_later_table_wins() -> None:
    tables = [Table(returns={"acme.make": "acme.Old"}), Table(returns={"acme.make": "acme.New"})]
    assert "acme.New" == Knowledge(tables).returns("acme.make")


# Classes


def test_a_class_comes_before_its_bases_and_each_of_them_comes_once() -> None:
    tables = known(bases={"a.D": ["a.B", "a.C"], "a.B": ["a.A"], "a.C": ["a.A"]})
    assert ["a.D", "a.B", "a.C", "a.A"] == list(tables.mro("a.D"))


def test_a_circle_of_bases_ends() -> None:
    assert ["a.A", "a.B"] == list(known(bases={"a.A": ["a.B"], "a.B": ["a.A"]}).mro("a.A"))


def test_a_class_is_a_subclass_of_itself_and_of_its_bases() -> None:
    tables = known(bases={"a.B": ["a.A"]})
    assert (True, True, False) == (
        tables.is_subclass("a.B", "a.A"),
        tables.is_subclass("a.A", "a.A"),
        tables.is_subclass("a.A", "a.B"),
    )


def test_what_is_known_of_a_base_class_holds_for_the_class() -> None:
    tables = known(
        bases={"a.Session": ["b.Session"]},
        returns={"b.Session.query": "b.Query"},
        attributes={"b.Session.bind": "b.Engine"},
        coroutines=["b.Session.close"],
        blocking=[{"rule": "blocking-sleep", "calls": ["b.Session.commit"]}],
    )
    assert ("b.Query", "b.Engine", True, True) == (
        tables.returns("a.Session.query"),
        tables.attribute("a.Session.bind"),
        tables.is_coroutine("a.Session.close"),
        tables.blocking("a.Session.commit") is not None,
    )


def test_what_is_known_of_the_class_itself_comes_first() -> None:
    tables = known(bases={"a.S": ["b.S"]}, returns={"b.S.get": "b.X", "a.S.get": "a.X"})
    assert "a.X" == tables.returns("a.S.get")


# Blocking calls


def test_an_exception_of_an_entry_does_not_block() -> None:
    assert (False, True) == (
        blocking("acme.close", "acme.*", excluded=("acme.close",)),
        blocking("acme.get", "acme.*", excluded=("acme.close",)),
    )


@pytest.mark.parametrize("name", ["acme.get_async", "acme.get.aio"])
def test_a_name_that_says_it_is_asynchronous_does_not_block(name: str) -> None:
    assert not blocking(name, "acme.**")


def test_an_entry_says_what_it_does_and_what_to_use_instead() -> None:
    entry = BUILT_IN.blocking("requests.get")
    assert entry is not None
    assert ("blocking-http-call", "waits for the network", "`httpx.AsyncClient`") == (
        entry.rule,
        entry.does,
        entry.instead,
    )


# What else tables say


def test_what_is_not_in_a_table_is_not_known() -> None:
    tables = known()
    assert ("", "", "", None, False, False, False) == (
        tables.returns("a.b"),
        tables.attribute("a.b"),
        tables.enters("a.b"),
        tables.blocking("a.b"),
        tables.is_coroutine("a.b"),
        tables.is_transparent("a.b"),
        tables.is_offloading("a.b"),
    )


def test_an_attribute_can_be_taken_out_of_a_pattern() -> None:
    tables = known(attributes={"a.Client.*": "a.Database", "a.Client.close": ""})
    assert ("a.Database", "") == (tables.attribute("a.Client.orders"), tables.attribute("a.Client.close"))


def test_a_coroutine_can_be_taken_out_of_a_pattern() -> None:
    tables = known(coroutines=["a.Client.*", "!a.Client.close"])
    assert (True, False) == (tables.is_coroutine("a.Client.get"), tables.is_coroutine("a.Client.close"))


def test_what_is_quick_is_neither_awaited_nor_waits_itself() -> None:
    tables = known(
        quick=["a.Request.**"],
        coroutines=["a.Request.json"],
        blocking=[{"rule": "blocking-http-call", "calls": ["a.Request.send"]}],
    )
    asked = ("headers.get", "json", "send", "client().get")
    assert [True, False, False, False] == [tables.is_quick(f"a.Request.{name}") for name in asked]


def test_decorators_that_offload_and_projects_own_offloaders_both_run_elsewhere() -> None:
    tables = known(
        decorators={"offloading": ["a.threaded"], "transparent": ["a.traced"]}, offloaders=["b.run"]
    )
    assert (True, True, False, True) == (
        tables.is_offloading("a.threaded"),
        tables.is_offloading("b.run"),
        tables.is_offloading("a.traced"),
        tables.is_transparent("a.traced"),
    )


# Mistakes


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({"return": {}}, "return"),
        ({"returns": {"a": 1}}, r"\$\.returns"),
        ({"blocking": [{"calls": []}]}, r"rule.*\$\.blocking\[0\]"),
        ({"blocking": [{"rule": "x", "calls": "y"}]}, r"\$\.blocking\[0\]\.calls"),
        ({"blocking": [{"rule": "x", "calls": [], "when": "always"}]}, r"\$\.blocking\[0\]\.when"),
        ({"decorators": {"opaque": []}}, "opaque"),
    ],
)
def test_a_malformed_table_is_an_error_that_names_the_key(table: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=key):
        parse(table)


def test_an_entry_of_a_rule_that_does_not_exist_is_an_error_with_its_key() -> None:
    with pytest.raises(ValueError, match="unknown rule `blocking-http-cal`") as caught:
        check({"blocking": [{"rule": "blocking-http-cal", "calls": []}]})
    assert "blocking.0.rule" == caught.value.args[0]


def test_an_entry_of_a_rule_that_exists_is_fine() -> None:
    check({"blocking": [{"rule": "blocking-http-call", "calls": ["acme.get"]}]})


def test_a_malformed_file_is_an_error_that_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.toml").write_text("[returns")
    monkeypatch.setattr(knowledge, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"broken\.toml: "):
        Knowledge.load()


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_table_is_what_its_toml_says(path: Path) -> None:
    told = knowledge.tomllib.loads(path.read_text(encoding="utf-8"))
    assert [parse(told)] == [table for table in BUILT_IN.tables if table == parse(told)]


def test_what_a_project_adds_comes_after_the_built_in_tables() -> None:
    own = Knowledge.load({"returns": {"sqlalchemy.create_engine": "acme.Engine"}})
    assert "acme.Engine" == own.returns("sqlalchemy.create_engine")


def test_what_makes_a_client_is_known_by_its_name_and_what_a_project_adds_is_too() -> None:
    own = Knowledge.load({"clients": {"acme.Client": "it signs in"}})
    assert "pool" in own.client("sqlalchemy.create_engine")
    assert "it signs in" == own.client("acme.Client")
    assert "" == own.client("requests.Session")
    assert {"create_engine", "Client"} <= own.client_names


# The built-in tables


def entries() -> Iterator[Blocking]:
    for table in BUILT_IN.tables:
        yield from table.blocking


def names() -> Iterator[tuple[str, str]]:
    """Every name that a table has something to say of, with the table it is in."""
    for table in BUILT_IN.tables:
        for kind in ("bases", "returns", "attributes", "enters", "clients"):
            yield from ((kind, name) for name in getattr(table, kind))
        yield from (("coroutines", name.removeprefix("!")) for name in table.coroutines)
        yield from (("quick", name) for name in table.quick)
        yield from (("transparent", name) for name in table.decorators.transparent)
        yield from (("offloading", name) for name in table.decorators.offloading)
        yield from (
            ("blocking", name) for entry in table.blocking for name in (*entry.calls, *entry.excluded)
        )


def classes() -> Iterator[str]:
    """Every class that a table speaks of as what something is."""
    for table in BUILT_IN.tables:
        given = [*table.returns.values(), *table.attributes.values(), *table.enters.values()]
        for value in given:
            plain = value.rpartition("> or ")[2].partition(" from ")[0].removesuffix("]")
            yield from (name for name in plain.split("[") if name not in ("", "self"))
        for bases in table.bases.values():
            yield from bases


def test_there_are_tables() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} >= {
        "clients",
        "database",
        "fastapi",
        "files",
        "http",
        "python",
    }


def test_every_entry_speaks_for_a_rule_that_exists() -> None:
    rules = {rule.name for rule in registry.all_rules()}
    assert set() == {entry.rule for entry in entries()} - rules


def test_every_name_is_the_one_that_it_is_looked_up_by() -> None:
    assert [] == [(kind, name) for kind, name in names() if BUILT_IN.canonical(name) != name]


def test_every_class_is_given_by_the_name_that_it_is_looked_up_by() -> None:
    assert [] == [name for name in classes() if BUILT_IN.canonical(name) != name]


def test_a_thing_that_has_one_name_keeps_it() -> None:
    targets = {target for table in BUILT_IN.tables for target in table.aliases.values()}
    assert [] == [name for name in sorted(targets) if BUILT_IN.canonical(name) != name]


def test_no_name_is_told_twice_in_one_kind_of_table() -> None:
    seen: set[tuple[str, str]] = set()
    twice: list[tuple[str, str]] = []
    for pair in names():
        (twice.append(pair) if pair in seen else seen.add(pair))
    assert [] == twice


def test_no_exception_is_of_something_that_does_not_block_anyway() -> None:
    assert [] == [name for entry in entries() for name in entry.excluded if not _would_block(name, entry)]


def test_nothing_that_blocks_is_a_coroutine() -> None:
    coroutines = [name for table in BUILT_IN.tables for name in table.coroutines if not name.startswith("!")]
    assert [] == [name for name in coroutines if BUILT_IN.blocking(name) is not None]


def _would_block(name: str, entry: Blocking) -> bool:
    """Whether an exception, or something that its pattern stands for, falls under the calls of its entry."""
    bases = {name: bases for table in BUILT_IN.tables for name, bases in table.bases.items()}
    alone = Knowledge([Table(blocking=(Blocking(rule=entry.rule, calls=entry.calls),), bases=bases)])
    owner = name.removesuffix(".**").removesuffix(".*")
    meant = [name] if owner == name else [f"{owner}.{call.rpartition('.')[2]}" for call in entry.calls]
    return any(alone.blocking(each) is not None for each in meant)
