"""What code does with the connection of a session, and how many connections there are."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from fastlint.model.behind import given_by
from fastlint.model.connections import Connections, Taking
from fastlint.model.expression import Expression
from fastlint.model.holding import Body
from fastlint.model.outside import calls_of
from fastlint.model.pools import most_connections
from fastlint.model.project import Project
from fastlint.model.values import FunctionValue
from tests.model import project

HEAD = """
import asyncio

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

def load(db: Session):
    return db.scalar(text("select 1"))

def store(db: Session):
    load(db)
    db.commit()

async def load_later(db: Session):
    found = load(db)
    await asyncio.sleep(1)
    return found
"""


def outcome(body: str) -> tuple[set[str], bool]:
    """What a session may have after a function, "taken" or "free", and whether it waits with a connection."""
    code = f"{HEAD}\nasync def run(db: Session, flag: bool):\n{indent(dedent(body), '    ')}\n"
    made = project(code)
    module = made.module("main.py")
    assert module is not None
    [scope] = [each for each in module.functions() if each.name == "run"]
    found = Connections(made).outcome(Body(FunctionValue(scope), ("db",)), "free")
    after = {"taken" if isinstance(each, Taking) else each for each in found.after}
    return after, found.waiting is not None


def session_of(made: Project) -> Expression:
    """The `Session(...)` of a project."""
    [found] = calls_of(made, "sqlalchemy.orm.Session")
    return found


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("db.add(1)", {"free"}),
        ("db.execute(text('1'))", {"taken"}),
        ("db.execute(text('1'))\ndb.commit()", {"free"}),
        ("db.execute(text('1'))\ndb.commit()\ndb.refresh(1)", {"taken"}),
        ("if flag:\n    db.execute(text('1'))", {"taken", "free"}),
        ("if flag:\n    db.execute(text('1'))\n    raise KeyError", {"free"}),
        ("if flag:\n    return db.execute(text('1'))\ndb.commit()", {"taken", "free"}),
        ("for each in db.query(int):\n    pass", {"taken"}),
        ("try:\n    return load(db)\nfinally:\n    db.close()", {"free"}),
        ("try:\n    db.flush()\nexcept KeyError:\n    db.rollback()\n    raise", {"taken"}),
        ("with db.begin():\n    return load(db)", {"free"}),
        ("with db:\n    load(db)", {"free"}),
        ("load(db)", {"taken"}),
        ("store(db)", {"free"}),
        ("load(db)\nstore(db)", {"free"}),
        ("load(db)\nunknown(db)", {"other"}),
        ("await asyncio.to_thread(load, db)", {"other"}),
        ("def inner():\n    load(db)\nload(db)", {"other"}),
        ("print(db)\nload(db)", {"taken"}),
        ("query = db.query(int)\nquery = query.filter(1)\nquery.first()", {"taken"}),
    ],
)
def test_a_session_has_a_connection_from_its_first_statement_until_it_gives_it_back(
    body: str, after: set[str]
) -> None:
    assert outcome(body) == (after, False)


@pytest.mark.parametrize(
    ("body", "waits"),
    [
        ("load(db)\nawait asyncio.sleep(1)", True),
        ("await asyncio.sleep(1)\nload(db)", False),
        ("load(db)\ndb.commit()\nawait asyncio.sleep(1)", False),
        ("await load_later(db)", True),
        ("while flag:\n    await asyncio.sleep(1)\n    load(db)", True),
        ("load(db)\nasync with asyncio.Lock():\n    pass", True),
        ("if flag:\n    load(db)\n    return\nawait asyncio.sleep(1)", False),
    ],
)
def test_it_waits_with_a_connection_where_it_is_suspended_in_between(body: str, waits: bool) -> None:
    assert outcome(body)[1] is waits


@pytest.mark.parametrize(
    ("arguments", "most"),
    [
        ("'postgresql://db'", 15),
        ("url", 15),
        ("url, pool_size=20", 30),
        ("url, pool_size=3, max_overflow=0", 3),
        ("url, max_overflow=-1", None),
        ("url, pool_size=0", None),
        ("url, pool_size=unknown", 0),
        ("url, poolclass=NullPool", None),
        ("url, poolclass=QueuePool", 15),
        ("url, poolclass=unknown", None),
        ("url, **unknown", None),
        ("url, **{'pool_size': 1}", 11),
        ("'sqlite://'", None),
        ("'sqlite:///:memory:'", None),
        ("'sqlite:///file:shop?mode=memory&uri=true'", None),
        ("'sqlite:///shop.db'", 15),
        ("'sqlite://', poolclass=QueuePool", 15),
    ],
)
def test_an_engine_has_as_many_connections_as_its_pool(arguments: str, most: int | None) -> None:
    made = project(
        f"""
        from sqlalchemy import NullPool, create_engine
        from sqlalchemy.orm import Session
        from sqlalchemy.pool import QueuePool

        engine = create_engine({arguments})
        session = Session(engine)
        """
    )
    assert most_connections(session_of(made), made) == most


@pytest.mark.parametrize(
    ("session", "most"),
    [
        ("sessionmaker(small)()", 3),
        ("sessionmaker(bind=small).begin()", 3),
        ("Session(get_small())", 3),
        ("get_factory()()", 3),
        ("open_session()", 3),
        ("Session(get_either())", None),
        ("Session(unknown)", None),
    ],
)
def test_a_session_has_the_connections_of_the_engine_that_it_is_bound_to(
    session: str, most: int | None
) -> None:
    made = project(
        f"""
        from sqlalchemy import Engine, NullPool, create_engine
        from sqlalchemy.orm import Session, sessionmaker
        from unknown import unknown

        small = create_engine(url, pool_size=3, max_overflow=0)
        endless = create_engine(url, poolclass=NullPool)

        def get_small() -> Engine:
            return small

        def get_either() -> Engine:
            if unknown:
                return small
            return endless

        def get_factory() -> sessionmaker[Session]:
            return sessionmaker(get_small())

        def open_session() -> Session:
            session = get_factory()()
            return session

        def get_session():
            return {session}
        """
    )
    module = made.module("main.py")
    assert module is not None
    [scope] = [each for each in module.functions() if each.name == "get_session"]
    [given] = given_by(FunctionValue(scope))
    assert most_connections(given, made) == most


def test_engines_of_tests_and_of_migrations_are_not_the_applications() -> None:
    made = project(
        {
            "main.py": "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import Session\n"
            "engine = create_engine(url)\nsession = Session(unknown)\n",
            "tests/test_main.py": "from sqlalchemy import NullPool, create_engine\n"
            "engine = create_engine(url, poolclass=NullPool)\n",
            "env.py": "from alembic import context\nfrom sqlalchemy import NullPool, create_engine\n"
            "engine = create_engine(url, poolclass=NullPool)\n",
        }
    )
    assert most_connections(session_of(made), made) == 15


def test_where_nobody_makes_an_engine_nothing_is_known() -> None:
    made = project("from sqlalchemy.orm import Session\nsession = Session(unknown)\n")
    assert most_connections(session_of(made), made) is None
