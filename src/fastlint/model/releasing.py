"""Which code gives something back: closes it, unlocks it, deletes it, stops it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.granted import LOGGING
from fastlint.model.scopes import FunctionScope

KINDS = {
    "close": ("close", "aclose", "close_all", "disconnect", "dispose", "logout", "quit", "unsubscribe"),
    "release": ("release", "putconn", "unlock", "give_back", "return_connection"),
    "delete": ("cleanup", "rmtree", "unlink"),
    "stop": ("shutdown", "stop", "terminate", "kill"),
}
"""Methods by what they do."""

METHODS = {name: kind for kind, names in KINDS.items() for name in names}
DELETING = ("os.remove", "os.rmdir", "os.unlink", "shutil.rmtree")
HARMLESS = ("contextlib.suppress", "builtins.hasattr", "builtins.isinstance", "builtins.locals")
DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Release:
    """A call that gives something back; `kind` is close, release, delete or stop, `what` the name of it."""

    call: Expression
    kind: str
    what: str

    @property
    def place(self) -> Place:
        return self.call.place

    @property
    def root(self) -> str:
        """The first name of what is given back."""
        return self.what.partition(".")[0]

    @property
    def may_be_kept(self) -> bool:
        """Whether it deletes what somebody may want after an error: a file that `tempfile` did not make."""
        is_of_path = self.kind == "delete" and last_name(self.call.func.node) != "cleanup"
        return is_of_path and not _is_temporary(self.call, self.root, 0)


def _is_temporary(at: Expression, name: str, depth: int) -> bool:
    """Whether all that a name is set to comes from `tempfile`."""
    bindings = at.scope.bindings.get(name, ())
    return bool(bindings) and all(
        each.value is not None
        and any(
            _is_made_by_tempfile(part)
            or (
                depth < DEEPEST
                and part.text() != name
                and _is_temporary(part, part.text().partition(".")[0], depth + 1)
            )
            for part in at.at(each.value).walk()
        )
        for each in bindings
    )


def _is_made_by_tempfile(part: Expression) -> bool:
    return part.is_call and part.func.external().startswith("tempfile.")


def releases(statements: Iterable[syntax.Statement], function: FunctionScope) -> Iterator[Release]:
    """What some statements of a function, and those in their blocks, give back."""
    for statement in syntax.statements((*statements,)):
        for node in syntax.evaluated(statement):
            if isinstance(node, syntax.Call):
                found = _release(Expression(node, function.frame))
                if found is not None:
                    yield found


def is_release_alone(statement: syntax.Statement, function: FunctionScope) -> bool:
    """Whether a statement does nothing else, but for a test or a line in a log."""
    kinds = (syntax.Evaluate, syntax.If, syntax.With, syntax.Try)
    return any(True for _ in releases((statement,), function)) and all(
        isinstance(each, kinds) and all(_is_quiet(node, function) for node in syntax.evaluated(each))
        for each in syntax.statements((statement,))
    )


def _release(call: Expression) -> Release | None:
    node = call.node
    assert isinstance(node, syntax.Call)
    given = node.args[0] if node.args else None
    kind = METHODS.get(last_name(node.func))
    if kind is None and last_name(node.func) not in ("remove", "rmdir"):
        return None
    if call.func.external() in DELETING:
        return Release(call, "delete", given.path) if isinstance(given, syntax.Ref) else None
    if kind is None or not isinstance(node.func, syntax.Ref):
        return None
    owner = node.func.path.rpartition(".")[0]
    what = given.path if kind == "release" and isinstance(given, syntax.Ref) else owner
    return Release(call, kind, what) if what else None


def _is_quiet(node: syntax.Expr, function: FunctionScope) -> bool:
    if isinstance(node, syntax.Yield):
        return False
    if not isinstance(node, syntax.Call):
        return True
    call = Expression(node, function.frame)
    return _release(call) is not None or last_name(node.func) in LOGGING or call.func.external() in HARMLESS
