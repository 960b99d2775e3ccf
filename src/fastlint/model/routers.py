"""Apps and routers, and how one is included in another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastlint.diagnostic import Place
from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.scopes import Scope
from fastlint.model.values import External, Instance


@dataclass(frozen=True, slots=True)
class Router:
    """An app or a router, known by the call that makes it.

    One that is only known by an annotation has no such call, and is told apart by the scope that names it.
    """

    instance: Instance
    scope: Scope | None = None

    @property
    def site(self) -> Expression | None:
        """The call that makes it."""
        return self.instance.site

    @property
    def place(self) -> Place:
        assert self.site is not None
        return self.site.place

    def option(self, name: str) -> Expression | None:
        """What its constructor was given, through a subclass's own constructor too."""
        return constructor_option(self.instance, name)

    def options(self, name: str) -> Iterator[Expression]:
        """What its constructor may be given, also where a subclass's own one puts it into its `kwargs`."""
        given = self.option(name)
        if given is not None:
            yield given
        method = (
            None
            if self.site is None
            else self.site.project.inference.classes.method(self.instance, "__init__")
        )
        if method is None:
            return
        for statement in method.scope.statements():
            for node in _put(statement, name):
                yield Expression(node, method.scope.frame)

    @property
    def prefix(self) -> str | None:
        """Its own prefix; None when that is not known."""
        given = self.option("prefix")
        if given is None:
            return None if self.may_be_given("prefix") else ""
        return given.string()

    def may_be_given(self, name: str) -> bool:
        """Whether its constructor may get an option of which the call that makes it says nothing."""
        return self.site is not None and _may_add(self.instance, name)

    def covers(self, other: Router) -> bool:
        """Whether what is registered on it is registered on the other one.

        It is the same, or the other one as the code that makes it sees it, whoever calls that code.
        """
        if self == other:
            return True
        one, two = self.site, other.site
        if one is None or two is None or one.node is not two.node or not one.frame.is_general:
            return False
        mine, theirs = one.frame.receiver, two.frame.receiver
        if not isinstance(mine, Instance) or not isinstance(theirs, Instance):
            return mine is None
        return one.project.inference.classes.is_subclass(theirs.cls, mine.cls)

    @property
    def key(self) -> object:
        """What all have in common that can be the same object."""
        return self if self.site is None else id(self.site.node)

    def is_also(self, other: Router) -> bool:
        """Whether both can be the same object."""
        return self.covers(other) or other.covers(self)


@dataclass(frozen=True, slots=True)
class Include:
    """`parent.include_router(child, ...)` or `parent.mount(path, child)`.

    `site` is that call; `added` another one where a function of the project includes what it is given.
    """

    parent: Router
    child: Router
    site: Expression
    added: Expression
    is_mount: bool = False

    @property
    def prefix(self) -> str | None:
        """The prefix that it adds; None when that is not known."""
        given = self.site.argument("path", 0) if self.is_mount else self.site.argument("prefix")
        if given is None:
            return None if self.site.opaque_keywords else ""
        prefix = given.string()
        return None if prefix is None else prefix.rstrip("/")

    @property
    def place(self) -> Place:
        return self.added.place


def constructor_option(instance: Instance, name: str) -> Expression | None:
    """An argument that reaches the framework's constructor, through a subclass's own one too."""
    site = instance.site
    if site is None:
        return None
    inference = site.project.inference
    if isinstance(instance.cls, External):
        return site.argument(name)
    method = inference.classes.method(instance, "__init__")
    if method is None:
        return site.argument(name)
    frame = inference.calling.frame(method, site)
    for node in method.scope.statements():
        for expression in syntax.expressions(node):
            for call in Expression(expression, frame).calls():
                if not isinstance(call.node, syntax.Call) or last_name(call.node.func) != "__init__":
                    continue
                given = call.argument(name)
                if given is not None:
                    return given
                if call.opaque_keywords:
                    return site.argument(name)
    return None


def _put(statement: syntax.Statement, key: str) -> Iterator[syntax.Expr]:
    """What a statement puts into a mapping: `kwargs[key] = value`, `kwargs.setdefault(key, value)`."""
    if isinstance(statement, syntax.Assign) and statement.value is not None:
        for target in statement.targets:
            if isinstance(target, syntax.Subscript) and _is_constant(target.index, key):
                yield statement.value
    for node in syntax.evaluated(statement):
        match node:
            case syntax.Call(args=(first, second)) if last_name(node.func) == "setdefault":
                if _is_constant(first, key):
                    yield second
            case _:
                pass


def _is_constant(node: syntax.Expr, value: str) -> bool:
    return isinstance(node, syntax.Constant) and node.value == value


def _may_add(instance: Instance, name: str) -> bool:
    """Whether a constructor may be given an argument of which the call that makes the object says nothing."""
    site = instance.site
    if site is None or not isinstance(site.node, syntax.Call):
        return False
    if site.opaque_keywords:
        return True
    method = (
        None
        if isinstance(instance.cls, External)
        else site.project.inference.classes.method(instance, "__init__")
    )
    if method is None:
        return False
    return any(
        isinstance(inner, syntax.Constant) and inner.value == name
        for statement in method.scope.statements()
        for inner in syntax.evaluated(statement)
    )
