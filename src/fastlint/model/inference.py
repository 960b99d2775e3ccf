"""What expressions stand for: names across modules, receivers' classes, what calls give.

Everything here answers with all the values that are possible as far as they are known. What cannot be
told is left out, so an empty answer means "unknown", never "nothing".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING, Any, ParamSpec

from fastlint.index import syntax
from fastlint.index.syntax import Expr
from fastlint.model.expression import Expression
from fastlint.model.memo import EVERYTHING
from fastlint.model.scopes import FunctionScope
from fastlint.model.values import (
    ClassValue,
    External,
    FunctionValue,
    Instance,
    Literal,
    TypeForm,
    Value,
    Values,
)

if TYPE_CHECKING:
    from fastlint.model.project import Project
from fastlint.model.annotations import Annotations
from fastlint.model.calling import Calling
from fastlint.model.classes import Classes
from fastlint.model.contracts import Contracts
from fastlint.model.flags import Flagged
from fastlint.model.functions import Functions
from fastlint.model.generics import Generics
from fastlint.model.judging import DEEPEST, DICTS, MOST_ENTRIES, distinct, filed_under
from fastlint.model.names import Names

P = ParamSpec("P")


class Inference:
    def __init__(self, project: Project) -> None:
        self.project = project
        self.knowledge = project.knowledge
        self.grounds = project.grounds
        self._known: dict[Hashable, tuple[Values, int]] = {}
        self._provisional: dict[Hashable, tuple[Values, int, int]] = {}
        self._active: dict[Hashable, int] = {}
        self._lowest = DEEPEST * 2
        self._kept: list[object] = []
        self.flagged = Flagged()
        self.names = Names(self)
        self.classes = Classes(self)
        self.contracts = Contracts(self)
        self.calling = Calling(self)
        self.functions = Functions(self)
        self.annotations = Annotations(self)
        self.generics = Generics(self)
        self._evaluators: dict[type, Callable[[Expression, Any], Values]] = {
            syntax.Ref: self._ref,
            syntax.Attribute: self._attribute,
            syntax.Call: self._call,
            syntax.Await: self._await,
            syntax.Constant: self._literal,
            syntax.Template: self._literal,
            syntax.Mapping: self._literal,
            syntax.Collection: self._literal,
            syntax.Comprehension: self._comprehension,
            syntax.Subscript: self._subscript,
            syntax.Lambda: self._lambda,
            syntax.Operation: self._operation,
        }

    def values(self, expression: Expression) -> Values:
        """Everything that an expression can stand for."""
        key = filed_under(expression)
        known = self._known.get(key)
        if known is None:
            return self.memo(key, self._evaluate, expression)
        self.grounds.found |= known[1]
        return known[0]

    def keep(self, node: object) -> None:
        """Keep a made-up node alive: what is known of an expression is filed under its identity."""
        self._kept.append(node)

    def know(self, expression: Expression, values: Values) -> None:
        """Settle what a made-up expression stands for."""
        self._known[filed_under(expression)] = values, 0
        self.keep(expression.node)

    def memo(self, key: Hashable, compute: Callable[P, Values], *args: P.args, **kwargs: P.kwargs) -> Values:
        """What is known under a key, computed once.

        A question that comes back to itself is cut short there. What was computed on such a way is only
        valid within the question that is being answered, and kept no longer than that.
        """
        grounds = self.grounds
        known = self._known.get(key)
        if known is not None:
            grounds.found |= known[1]
            return known[0]
        within = self._provisional.get(key)
        if within is not None:
            self._lowest = min(self._lowest, within[1])
            grounds.found |= within[2]
            return within[0]
        depth = len(self._active)
        if key in self._active or depth > DEEPEST:
            self._lowest = min(self._lowest, self._active.get(key, 0))
            return ()
        self._active[key] = depth
        outer, self._lowest = self._lowest, depth
        around, grounds.found = grounds.found, 0
        grounds.open.append(False)
        try:
            found = compute(*args, **kwargs)
            if len(found) > 1:
                found = distinct(found)
        finally:
            del self._active[key]
            lowest, self._lowest = self._lowest, min(outer, self._lowest)
            bits, grounds.found = grounds.found, grounds.found | around
            is_provisional = grounds.open.pop()
        if lowest >= depth or not depth:
            self._known[key] = found, EVERYTHING if is_provisional else bits
            self._lowest = outer
        else:
            self._provisional[key] = found, lowest, EVERYTHING if is_provisional else bits
        if not depth:
            self._provisional.clear()
        return found

    def _evaluate(self, expression: Expression) -> Values:
        evaluate = self._evaluators.get(type(expression.node))
        return () if evaluate is None else evaluate(expression, expression.node)

    def _attribute(self, expression: Expression, node: syntax.Attribute) -> Values:
        return self.classes.attributes(expression.at(node.value).values(), node.name)

    def _await(self, expression: Expression, node: syntax.Await) -> Values:
        return tuple(self.calling.awaited(expression.at(node.value).values()))

    def _call(self, expression: Expression, node: syntax.Call) -> Values:
        return self.calling.called(expression)

    def _literal(self, expression: Expression, node: Expr) -> Values:
        return (Literal(expression),)

    def _lambda(self, expression: Expression, node: syntax.Lambda) -> Values:
        return (FunctionValue(expression.scope.function(node.function), outer=expression.frame),)

    def _operation(self, expression: Expression, node: syntax.Operation) -> Values:
        if node.operator == "|" and (piped := self._piped(expression, node)):
            return piped
        if node.operator == "|" and any(
            isinstance(value, (ClassValue, External, TypeForm))
            for operand in node.operands
            for value in expression.at(operand).values()
        ):
            return (TypeForm(expression),)
        if node.operator in ("or", "and"):
            return tuple(value for each in node.operands for value in expression.at(each).values())
        if node.operator == "if":
            chosen = self._chosen(expression, node)
            return tuple(value for each in chosen for value in expression.at(each).values())
        if node.operator == ":=":
            return expression.at(node.operands[1]).values()
        if node.operator in ("+", "%"):
            return (Literal(expression),)
        if node.operator == "/":
            return expression.at(node.operands[0]).instances("pathlib.Path")
        return ()

    def _chosen(self, expression: Expression, node: syntax.Operation) -> tuple[Expr, ...]:
        """The sides of `a if test else b` that the flags of a call leave."""
        test, *sides = node.operands
        flags = self.flagged.given(expression.frame) if expression.frame.key else None
        known = None if flags is None else flags.decides(test)
        return tuple(sides) if known is None else (sides[0 if known else 1],)

    def _piped(self, expression: Expression, node: syntax.Operation) -> Values:
        """What `a | b` gives of objects for which the tables say so: `prompt | model`."""
        found: list[Value] = []
        for position, operand in enumerate(node.operands):
            method = "__ror__" if position else "__or__"
            for value in expression.at(operand).values():
                if isinstance(value, Instance) and value.external:
                    known = self.knowledge.returns(f"{value.external}.{method}")
                    found.extend(self.calling.named(known, value, expression) if known else ())
        return tuple(found)

    def _comprehension(self, expression: Expression, node: syntax.Comprehension) -> Values:
        if node.kind == "dict":
            key, value = node.elements
            args = (expression.at(key).values(), expression.at(value).values())
            return (Instance(External("builtins.dict"), args=args),)
        items = expression.at(node.elements[0]).values()
        return (Instance(External(f"builtins.{node.kind}"), args=(items,)),)

    def _subscript(self, expression: Expression, node: syntax.Subscript) -> Values:
        bases = expression.at(node.value).values()
        for base in bases:
            if isinstance(base, External) and (known := self.knowledge.returns(f"{base.name}.__getitem__")):
                return self.calling.named(known, base.receiver, None)
        if any(isinstance(base, (ClassValue, External, TypeForm)) for base in bases):
            return (TypeForm(expression),)
        key = node.index.value if isinstance(node.index, syntax.Constant) else None
        found: list[Value] = []
        for base in bases:
            if isinstance(base, Literal):
                found.extend(self._entry(base, key))
            elif isinstance(base, Instance) and base.external:
                known = self.knowledge.returns(f"{base.external}.__getitem__")
                if known:
                    found.extend(self.calling.named(known, base, None))
                elif base.external in DICTS and len(base.args) == 2:
                    found.extend(base.args[1])
                elif base.args:
                    found.extend(base.args[0])
                elif base.external == "builtins.dict()" and base.site is not None and isinstance(key, str):
                    entry = base.site.keywords.get(key)
                    found.extend(() if entry is None else entry.values())
            elif isinstance(base, Instance):
                found.extend(self.from_method(base, "__getitem__"))
        if not found and isinstance(node.value, syntax.Ref) and bases:
            return tuple(self._stored(expression, node.value.path))
        return tuple(found)

    def _stored(self, expression: Expression, path: str) -> Iterator[Value]:
        """What `path[key] = value` puts into a dict of the same module, or of the same object."""
        name, _, attribute = path.partition(".")
        scope = expression.scope
        for place, target, value in scope.module.stored.get(path.rpartition(".")[2], ()):
            if attribute and isinstance(scope, FunctionScope) and name == scope.receiver:
                is_same = place.parent is scope.owner and target == f"{place.receiver}.{attribute}"
            else:
                is_same = target == path and (
                    place is scope or (scope.is_foreign(name) and place.is_foreign(name))
                )
            if is_same:
                # what a function keeps for the calls to come is what it makes for this one
                yield from Expression(value, expression.frame if place is scope else place.frame).values()

    def _entry(self, base: Literal, key: object) -> Values:
        """What a list, tuple or dict holds under a key; under any key when that is None."""
        literal = base.expression
        if isinstance(literal.node, syntax.Mapping):
            if not literal.node.values or key is None:
                return self.container(base).args[1]
            keys = zip(literal.node.keys, literal.node.values, strict=True)
            entry = literal.entries().get(key) if isinstance(key, str) else None
            named = (value for node, value in keys if isinstance(node, syntax.Constant) and node.value == key)
            node = next(named, None)
            return entry.values() if entry else literal.at(node).values() if node is not None else ()
        items = literal.items() or ()
        if isinstance(key, int) and -len(items) <= key < len(items):
            return items[key].values()
        return next(iter(self.container(base).args), ())

    def container(self, literal: Literal) -> Instance:
        """A list, tuple, set or dict that is written out, as an object of its class.

        What it holds is what is written there; when that is nothing, what its annotation says.
        """
        expression, node = literal.expression, literal.expression.node
        if isinstance(node, syntax.Mapping):
            keys = self._union(expression, [key for key in node.keys if key is not None])
            entries = [value for key, value in zip(node.keys, node.values, strict=True) if key is not None]
            written = (keys, self._union(expression, entries))
            return Instance(
                External("builtins.dict"), args=written if any(written) else literal.args or written
            )
        items = distinct(tuple(value for item in expression.items() or () for value in item.values()))
        kind = node.kind if isinstance(node, syntax.Collection) and node.kind != "tuple" else "list"
        return Instance(External(f"builtins.{kind}"), args=(items,) if items else literal.args[:1])

    def _union(self, expression: Expression, nodes: list[Expr]) -> Values:
        each = (value for node in nodes[:MOST_ENTRIES] for value in expression.at(node).values())
        return distinct(tuple(each))

    def from_method(self, value: Instance, name: str) -> Values:
        """What a method that the project defines gives, such as the one behind `value[key]`."""
        method = self.classes.method(value, name) if isinstance(value.cls, ClassValue) else None
        return () if method is None else self.calling.results(method, None)

    def _ref(self, expression: Expression, node: syntax.Ref) -> Values:
        name, *rest = node.path.split(".")
        found = self.names.lookup(name, expression.frame, node.span)
        for position, attribute in enumerate(rest):
            narrowed = self._assigned(node.path, expression) if position == 0 else ()
            found = narrowed or self.classes.attributes(found, attribute)
        return found

    def _assigned(self, path: str, expression: Expression) -> Values:
        """`app.state.db = Database()` earlier in the same function, for a name that is no `self`."""
        scope = expression.scope
        if not isinstance(scope, FunctionScope) or path.count(".") != 1 or scope.owner is not None:
            return ()
        found: list[Value] = []
        for target, binding in scope.targets:
            if target == path and binding.value is not None and binding.line < expression.node.span.line:
                found.extend(expression.at(binding.value).values())
        return tuple(found)

    def string(self, expression: Expression, depth: int = 0) -> str | None:
        """The text that an expression stands for, when every part of it is known."""
        node = expression.node
        if depth > 8:
            return None
        if isinstance(node, syntax.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, syntax.Template):
            return self._joined([expression.at(part) for part in node.parts], depth)
        if isinstance(node, syntax.Operation) and node.operator == "+":
            return self._joined([expression.at(part) for part in node.operands], depth)
        found = expression.value()
        if isinstance(found, Literal) and found.expression.node is not node:
            return self.string(found.expression, depth + 1)
        return None

    def _joined(self, parts: list[Expression], depth: int) -> str | None:
        texts = [self.string(part, depth + 1) for part in parts]
        return None if None in texts else "".join(text for text in texts if text is not None)
