"""How many connections an engine of SQLAlchemy hands out before the next one has to wait.

https://docs.sqlalchemy.org/en/20/core/pooling.html#connection-pool-configuration
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastlint.index import syntax
from fastlint.model.behind import behind
from fastlint.model.calls import last_name
from fastlint.model.changes import is_replaced
from fastlint.model.expression import Expression
from fastlint.model.outside import calls_of
from fastlint.model.suites import is_test
from fastlint.model.values import Instance

if TYPE_CHECKING:
    from fastlint.model.project import Project

QUEUES = ("sqlalchemy.pool.QueuePool", "sqlalchemy.QueuePool", "sqlalchemy.pool.impl.QueuePool")
MAKERS = ("sqlalchemy.create_engine", "sqlalchemy.engine_from_config")
FACTORIES = ("sqlalchemy.orm.sessionmaker",)
DEEPEST = 3
"""By how many functions, one inside the other, an engine is followed to the call that makes it."""
IN_MEMORY = ("", "/", "/:memory:")
"""What is left of the URL of a database of SQLite that is in memory, after `sqlite://`."""


def most_connections(session: Expression, project: Project) -> int | None:
    """The connections that the pool behind a session has, 0 where that is not known.

    None where it may have no end.

    Where it is not seen which engine it is bound to, those of all engines of the application count.
    """
    engines = _engines(session)
    if not engines:
        made = calls_of(project, *MAKERS, anywhere=True)
        engines = [each for each in made if _is_of_application(each)]
    found = [_connections(each) for each in engines]
    known = [each for each in found if each is not None]
    return max(known) if known and len(known) == len(found) else None


def _engines(session: Expression, depth: int = 0) -> list[Expression]:
    """The calls that make the engines of some sessions; [] where one of them is not seen."""
    sites = [value.site for value in session.values() if isinstance(value, Instance)]
    found = [_bound_to(site) for site in sites if site is not None and site.is_call]
    engines = [each for each in found if each is not None]
    if engines and len(engines) == len(sites):
        return engines
    inner = [_engines(each, depth + 1) for each in behind(session)] if depth < DEEPEST else []
    return [each for engines in inner for each in engines] if all(inner) else []


def _bound_to(made: Expression) -> Expression | None:
    """The call that makes the engine of `Session(engine)`, `SessionLocal()` or `SessionLocal.begin()`."""
    given = made.argument("bind", 0)
    if given is None:
        owner = made.func.owner if last_name(made.func.node) == "begin" else None
        factory = _call_for(made.func if owner is None else owner, FACTORIES)
        given = None if factory is None else factory.argument("bind", 0)
    return None if given is None else _call_for(given, MAKERS)


def _call_for(expression: Expression, makers: tuple[str, ...], depth: int = 0) -> Expression | None:
    """The call of one of some makers that gives what an expression stands for."""
    value = expression.value()
    site = value.site if isinstance(value, Instance) else None
    if site is not None and site.is_call and site.func.external() in makers:
        return site
    found = [_call_for(each, makers, depth + 1) for each in behind(expression)] if depth < DEEPEST else []
    return found[0] if len(found) == 1 else None


def _is_of_application(call: Expression) -> bool:
    """Whether it makes an engine that requests can use: not one of a test, nor of a migration."""
    module = call.scope.module
    imports = (each for each in module.statements() if isinstance(each, syntax.Import))
    return not is_test(call.place.path) and all(
        each.module.partition(".")[0] != "alembic" for each in imports
    )


def _connections(engine: Expression) -> int | None:
    """The most connections that the engine of one `create_engine(...)` has at the same time."""
    if not _is_written_out(engine) or engine.argument("pool") is not None:
        return None
    chosen = engine.argument("poolclass")
    if chosen is not None and not chosen.is_none:
        if chosen.external() not in QUEUES:
            return None
    elif not _has_queue(engine):
        return None
    size, overflow = _number(engine, "pool_size", 5), _number(engine, "max_overflow", 10)
    if size == 0 or overflow == -1:
        return None  # as many as are asked for
    return 0 if size is None or overflow is None else size + overflow


def _is_written_out(engine: Expression) -> bool:
    """Whether all settings are seen: not where a dict of them is changed before it is passed."""
    assert isinstance(engine.node, syntax.Call)
    mappings = [each.value for each in engine.node.keywords if each.name is None]
    return not engine.opaque_keywords and not any(
        isinstance(each, syntax.Ref) and is_replaced(engine.project, last_name(each)) for each in mappings
    )


def _number(engine: Expression, name: str, default: int) -> int | None:
    """A setting of a pool; None where it is not written out."""
    given = engine.argument(name)
    constant = default if given is None else given.constant()
    return constant if isinstance(constant, int) else None


def _has_queue(engine: Expression) -> bool:
    """Whether the pool of an engine is a queue if nothing says otherwise: not for SQLite in memory.

    For SQLite in a file it is one since SQLAlchemy 2.0
    (https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#threading-pooling-behavior).
    """
    url = engine.argument("url", 0)
    text = None if url is None else url.string()
    if text is not None and text.startswith("sqlite"):
        rest = text.partition("://")[2].partition("?")[0]
        is_memory = rest in IN_MEMORY or "mode=memory" in text
        return not is_memory and engine.project.holds("sqlalchemy>=2", engine.place.path)
    if text is not None or engine.project.holds("sqlalchemy>=2", engine.place.path):
        return True
    return all(is_test(each) for each in engine.project.mentioned("sqlite"))
