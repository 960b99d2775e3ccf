"""What one call of a function settles of its tests: the flags that it passes or leaves at their defaults,
arguments that cannot be `None`, and what the caller has tested of the object whose method it calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.absence import may_be_none
from fastlint.model.expression import Expression
from fastlint.model.flags import named
from fastlint.model.markers import allows_none
from fastlint.model.memo import Memo
from fastlint.model.reachable import Branches
from fastlint.model.scopes import ClassScope, FunctionScope
from fastlint.model.truthy import is_true
from fastlint.model.values import ClassValue, FunctionValue, Instance, Partial

if TYPE_CHECKING:
    from fastlint.model.edge import Edge
    from fastlint.model.project import Project

Fact = Literal["none", "true", "false", "something"]
"""Of what is `something` no more is known than that it is not `None`."""

Given = tuple[tuple[str, Fact], ...]
"""What is known of the parameters of a function, and of attributes of its `self`, by name."""

Running = tuple[FunctionValue, Given]


class AsCalled(Branches):
    """A function as one call runs it."""

    def __init__(self, scope: FunctionScope, given: Given) -> None:
        self._given = dict(given)
        super().__init__(scope)

    def truth(self, test: Expr) -> bool | None:
        if isinstance(test, syntax.Ref):
            given = self._given.get(test.path)
            if given not in ("something", "true") or not self._is_as_passed(test.path):
                return None
            return True if given == "true" or _is_tested_for_none(self.scope, test.path) else None
        if not isinstance(test, syntax.Operation) or test.operator not in ("is", "is not"):
            return None
        left, *others = test.operands
        if len(others) != 1 or not isinstance(others[0], syntax.Constant) or others[0].value is not None:
            return None
        fact = self.fact(left)
        return None if fact is None else (fact == "none") is (test.operator == "is")

    def named(self, name: str, line: int = 0) -> bool | None:
        first, *others = self.scope.bindings[name]
        if not isinstance(first.node, syntax.Parameter):
            # a loop may come back with another value
            return None if others or not first.certain else super().named(name, line)
        if not self._is_as_passed(name, line):
            return None
        fact = self._given.get(name)
        if fact == "something":
            return True if self._is_there_for_none(first.node) else None
        return None if fact is None else fact == "true"

    def fact(self, node: Expr) -> Fact | None:
        """What is known of an expression of its body."""
        match node:
            case syntax.Constant(value=value):
                return "none" if value is None else "true" if value else "false"
            case syntax.Ref(path=path) if path in self._given:
                if self._is_as_passed(path, node.span.line):
                    return self._given[path]
            case syntax.Ref(path=path) if len(self.scope.bindings.get(path, ())) == 1:
                binding = self.scope.bindings[path][0]
                is_plain = binding.kind == "value" and binding.certain and not binding.unpack
                if is_plain and isinstance(binding.value, syntax.Constant):
                    return self.fact(binding.value)
                bound = self._bound(path, binding.value) if is_plain and binding.value is not None else None
                if bound in ("true", "something"):
                    return bound
            case syntax.Operation(operator="or", operands=operands):
                facts = [self.fact(each) for each in operands]
                if "true" in facts or facts[-1] == "something":
                    return "true" if "true" in facts else "something"
            case syntax.Operation(operator="not" | "is" | "is not"):
                known = self.decides(node)
                return None if known is None else "true" if known else "false"
            case _:
                pass
        expression = Expression(node, self.scope.frame)
        if _may_be_none(expression):
            return None
        return "true" if is_true(expression) else "something"

    def _bound(self, name: str, value: Expr) -> Fact | None:
        """What is known of a variable by what it is bound to."""
        if name in self._asked:
            return None
        self._asked.add(name)
        try:
            return self.fact(value)
        finally:
            self._asked.remove(name)

    def attribute(self, path: str, call: Expression) -> Fact | None:
        """What is known of an attribute, such as `image.content`, where a call stands."""
        root = path.partition(".")[0]
        if len(self.scope.bindings.get(root, ())) > 1 or not self._is_as_passed(path):
            return None
        node = syntax.Ref(call.node.span, path)
        self.scope.project.inference.keep(node)
        return self.fact(node)

    def _is_as_passed(self, name: str, line: int = 0) -> bool:
        """Whether a parameter certainly has no other value yet on a line, and an attribute never has."""
        if "." in name:
            return all(target != name for target, _ in self.scope.targets)
        later = self.scope.bindings[name][1:]
        if not later:
            return True
        if any(binding.line <= line for binding in later):
            return False
        return not any(
            isinstance(each, syntax.Loop)
            and each.span.line <= line
            and any(binding.line <= each.span.end_line for binding in later)
            for each in self.scope.statements()
        )

    def _is_there_for_none(self, parameter: syntax.Parameter) -> bool:
        """Whether a test of a parameter asks if it is `None`: not where `False` says another thing."""
        annotation, default, outer = parameter.annotation, parameter.default, self.scope.parent
        if annotation is None or outer is None:
            return False
        if any(isinstance(each, syntax.Ref) and each.path == "bool" for each in syntax.walk(annotation)):
            return False
        is_optional = isinstance(default, syntax.Constant) and default.value is None
        return is_optional or allows_none(Expression(annotation, outer.frame))


class Asked:
    """What calls settle, for those functions that test their parameters, or pass them on to such."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._views = Memo(project.grounds, _as_called)
        self._tested = project.inference.flagged.tested
        self._passed = Memo(project.grounds, self._find_passed)
        self._needed = Memo(project.grounds, self._find_needed)
        self._attributes = Memo(project.grounds, self._find_attributes)

    def view(self, function: FunctionValue, given: Given) -> AsCalled:
        return self._views((function.scope, given))

    def runs(self, caller: Running, edge: Edge) -> Running:
        """The function that an edge leads to, as it is called there."""
        callee = edge.callee
        assert callee is not None
        return self.called(caller, edge) if callee in self.project.loop.leading_to_blocking else (callee, ())

    def called(self, caller: Running, edge: Edge) -> Running:
        """The same, whether or not the function leads to something that blocks."""
        callee = edge.callee
        assert callee is not None
        site = _plain_call(edge)
        if site is None:
            return callee, ()
        return callee, (*self._given(caller, callee, site), *self._known(caller, callee, site))

    def _given(self, caller: Running, callee: FunctionValue, site: Expression) -> Iterator[tuple[str, Fact]]:
        """What is known of the arguments that decide something."""
        needed = self._needed(callee)
        passed = self.project.inference.calling.arguments(callee, site) if needed else {}
        for parameter in needed:
            argument = passed.get(parameter.name)
            node = parameter.default if argument is None else argument.node
            if node is None or (argument is None and not isinstance(node, syntax.Constant)):
                continue
            fact = self.view(*caller).fact(node)
            if fact is not None:
                yield parameter.name, fact

    def _known(self, caller: Running, callee: FunctionValue, site: Expression) -> Iterator[tuple[str, Fact]]:
        """What is known of the attributes of `self` that decide something."""
        receiver = _receiver(site)
        for name in self._attributes(callee) if receiver else ():
            fact = self.view(*caller).attribute(f"{receiver}.{name}", site)
            if fact in ("something", "true"):
                yield f"{callee.scope.receiver}.{name}", fact

    def _find_attributes(self, method: FunctionValue) -> tuple[str, ...]:
        """The attributes of `self` that decide what runs, in a method or in those that it calls of itself."""
        found: dict[str, None] = {}
        queue = [method]
        for current in queue:
            own = current.scope.receiver
            for path in sorted(self._tested(current.scope)) if own else ():
                name = path.removeprefix(f"{own}.")
                if name != path and "." not in name:
                    found[name] = None
            for edge in self.project.loop.edges.of(current) if own else ():
                callee, site = edge.callee, _plain_call(edge)
                if site is not None and callee is not None and _receiver(site) == own and callee not in queue:
                    queue.append(callee)
        return tuple(found)

    def _find_needed(self, function: FunctionValue) -> tuple[syntax.Parameter, ...]:
        """The parameters that decide what runs, in the function or in what it passes them to."""
        return tuple(each for each in _flags(function.scope) if self._decides(function, each.name))

    def _decides(self, function: FunctionValue, name: str) -> bool:
        seen = {(function, name)}
        queue = [(function, name)]
        for current, flag in queue:
            if flag in self._tested(current.scope):
                return True
            for each in self._passed(current).get(flag, ()):
                if each not in seen:
                    seen.add(each)
                    queue.append(each)
        return False

    def _find_passed(self, function: FunctionValue) -> dict[str, list[tuple[FunctionValue, str]]]:
        """The parameters of other functions that a function passes its own to."""
        found: dict[str, list[tuple[FunctionValue, str]]] = {}
        flags = {each.name for each in _flags(function.scope)}
        for edge in self.project.loop.edges.of(function):
            if edge.callee is None or edge.callee not in self.project.loop.leading_to_blocking:
                continue
            site = _plain_call(edge)
            if site is None or flags.isdisjoint(_names_passed(site.node)):
                continue
            for name, argument in self.project.inference.calling.arguments(edge.callee, site).items():
                for path in named(argument.node):
                    found.setdefault(path, []).append((edge.callee, name))
        return found


def _as_called(called: tuple[FunctionScope, Given]) -> AsCalled:
    return AsCalled(*called)


def _receiver(site: Expression) -> str:
    """`image` of `image.to_base64()`; '' for what is called otherwise."""
    func = site.node.func if isinstance(site.node, syntax.Call) else None
    return func.path.rpartition(".")[0] if isinstance(func, syntax.Ref) else ""


def _is_tested_for_none(method: FunctionScope, path: str) -> bool:
    """Whether a test of an attribute asks if it is `None`, by the annotation of the field."""
    owner, name = method.owner, path.rpartition(".")[2]
    annotation = None if owner is None else _annotation(ClassValue(owner), name)
    if annotation is None or not _allows_none(*annotation):
        return False
    return not any(
        isinstance(each, syntax.Ref) and each.path == "bool" for each in syntax.walk(annotation[1])
    )


def _plain_call(edge: Edge) -> Expression | None:
    """The call of an edge, if all that it passes is written in it."""
    site, callee = edge.site, edge.callee
    if site is None or callee is None or not isinstance(site.node, syntax.Call):
        return None
    if any(isinstance(each, syntax.Starred) for each in site.node.args):
        return None
    if any(each.name is None for each in site.node.keywords):
        return None
    if callee.scope.owner is not None and not _is_bound(callee):
        return None
    return None if any(isinstance(each, Partial) for each in site.func.values()) else site


def _is_bound(method: FunctionValue) -> bool:
    """Whether a call of a method leaves out `self`: `Lock.take(lock, True)` does not."""
    if _is_static(method.scope) or isinstance(method.receiver, Instance):
        return True
    return "builtins.classmethod" in _decorators(method.scope) and method.receiver is not None


def _is_static(scope: FunctionScope) -> bool:
    return scope.owner is not None and "builtins.staticmethod" in _decorators(scope)


def _decorators(scope: FunctionScope) -> tuple[str, ...]:
    return scope.project.inference.functions.decorator_names(scope)


def _flags(scope: FunctionScope) -> Iterator[syntax.Parameter]:
    """The parameters that may be `None`, false or left out, by how they are declared."""
    has_receiver = scope.owner is not None and not _is_static(scope)
    for each in scope.node.parameters[has_receiver:]:
        if each.kind in ("args", "kwargs"):
            continue
        annotation = each.annotation
        is_class = isinstance(annotation, syntax.Ref) and annotation.path != "bool"
        if each.default is not None or not is_class:
            yield each


def _names_passed(node: Expr) -> Iterable[str]:
    assert isinstance(node, syntax.Call)
    for each in (*node.args, *(keyword.value for keyword in node.keywords)):
        yield from named(each)


def _may_be_none(expression: Expression) -> bool:
    """The same as `may_be_none`, but a field is what its annotation says."""
    owner = expression.owner
    if not may_be_none(expression):
        return False
    if owner is None:
        return True
    name = expression.text().rpartition(".")[2]
    found = owner.values()
    return not found or any(
        not isinstance(value, Instance)
        or not isinstance(value.cls, ClassValue)
        or _may_field_be_none(value.cls, name)
        for value in found
    )


def _may_field_be_none(cls: ClassValue, name: str) -> bool:
    """Whether a field may be `None`, by its annotation in the nearest class that declares it."""
    annotation = _annotation(cls, name)
    return annotation is None or _allows_none(*annotation)


def _annotation(cls: ClassValue, name: str) -> tuple[ClassScope, Expr] | None:
    for base in cls.scope.project.inference.classes.mro(cls):
        bindings = base.scope.bindings.get(name) if isinstance(base, ClassValue) else None
        if bindings and isinstance(base, ClassValue):
            annotation = bindings[-1].annotation
            return None if annotation is None else (base.scope, annotation)
    return None


def _allows_none(scope: ClassScope, annotation: Expr) -> bool:
    written = Expression(annotation, scope.frame)
    if isinstance(annotation, syntax.Subscript):  # `Mapped[int | None]`, `ClassVar[...]`
        return allows_none(written) or any(
            isinstance(each, syntax.Constant) or allows_none(written.at(each))
            for each in syntax.walk(annotation.index)
        )
    return allows_none(written)
