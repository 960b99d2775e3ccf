"""astroid, kept to the code of the project: it imports nothing, runs nothing and opens no file.

A module is built from the text that the engine has read. What its names, imports and calls stand for is asked
of `model.inference` first, so that parameters, annotations and other packages mean the same to both; astroid
infers what is left. Modules of other packages are not looked for, not even those of the standard library:
whatever is installed beside fastlint, the answers are the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

from astroid import bases, builder, exceptions, inference_tip, nodes, util  # type: ignore[import-untyped]  # no py.typed
from astroid.context import InferenceContext  # type: ignore[import-untyped]  # likewise
from astroid.manager import AstroidManager  # type: ignore[import-untyped]  # likewise

from fastlint.diagnostic import Span
from fastlint.index import syntax
from fastlint.index.lowering import lower
from fastlint.model.expression import Expression
from fastlint.model.scopes import Binding, ClassScope, FunctionScope, ModuleScope, Scope
from fastlint.model.values import (
    ClassValue,
    Coroutine,
    External,
    FunctionValue,
    Instance,
    Literal,
    ModuleValue,
    Value,
    Values,
    is_vague,
)
from fastlint.source import call_with_stack, parse_quietly

if TYPE_CHECKING:
    from fastlint.model.project import Project

MOST_TEXT = 400_000
"""How many characters of code astroid reads in a run; it reads about a million in a second."""

MOST_RESULTS = 8
MOST_INFERABLE = 100
STACK = 64 * 1024 * 1024


class Bridge:
    """One project, as astroid sees it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.inference = project.inference
        self._left = MOST_TEXT
        self._manager = _Manager(self)
        self._modules: dict[str, nodes.Module | None] = {}
        self._paths: dict[nodes.Module, str] = {}
        self._calls: dict[str, dict[Span, Expression]] = {}
        self._nodes: dict[str, dict[Hashable, nodes.NodeNG]] = {}
        self._scopes: dict[str, dict[Hashable, Scope]] = {}
        with _confined():
            InferenceContext().inferred.clear()  # what earlier runs of this process asked about

    def receiver(self, call: Expression) -> Values:
        """What the receiver of a method call can stand for; () when any part of that is unknown."""
        try:
            # A stack of its own: how deep astroid gets must not depend on who asks.
            return call_with_stack(lambda: self._receiver(call), STACK)
        except Exception:  # astroid fails in many ways on code that it does not expect; all mean "unknown"
            return ()

    def _receiver(self, call: Expression) -> Values:
        path = call.place.path
        with _confined():
            if self.module(path) is None:
                return ()
            node = self._nodes[path].get(_position(call.node.span))
            if not isinstance(node, nodes.Call) or not isinstance(node.func, nodes.Attribute):
                return ()
            found = [*islice(node.func.expr.infer(), MOST_RESULTS + 1)]
        values = [self._value(each) for each in found]
        known = [value for value in values if value is not None]
        return () if len(known) < len(values) or len(known) > MOST_RESULTS else _without_none(known)

    # Modules

    def module(self, path: str) -> nodes.Module | None:
        """The module of a file; None when there is none, or it would go beyond the bound on text."""
        if path not in self._modules:
            self._modules[path] = None  # what it imports may import it
            text = self.project.text(path)
            scope = self.project.module(path)
            if text is not None and scope is not None and len(text) <= self._left:
                self._left -= len(text)
                self._calls[path] = self._call_expressions(scope)
                self._scopes[path] = {_scope_key(each): each for each in scope.within()}
                text = _parsable(text)
                if text is not None:
                    builder.AstroidBuilder(self._manager).string_build(text, path)
        return self._modules[path]

    def _call_expressions(self, scope: ModuleScope) -> dict[Span, Expression]:
        return {
            node.span: Expression(node, caller.frame)
            for found in self.project.calls.module(scope).values()
            for caller, node in found
        }

    def built(self, module: nodes.Module) -> None:
        """Take a module whose tree stands, before astroid goes through its assignments."""
        path = module.name
        self._modules[path] = module
        self._paths[module] = path
        known = self._nodes[path] = {}
        for kind, tip in self._tips.items():
            for node in module.nodes_of_class(kind):
                tip(node)
        for node in module.nodes_of_class((nodes.Call, nodes.ClassDef, nodes.FunctionDef)):
            known[_node_key(node)] = node

    @property
    def _tips(self) -> dict[Any, Callable[[Any], object]]:
        return {
            nodes.Name: inference_tip(self._infer_name),
            nodes.Call: inference_tip(self._infer_call),
            nodes.Await: inference_tip(self._infer_await),
            nodes.Import: inference_tip(self._infer_import),
            nodes.ImportFrom: inference_tip(self._infer_import),
        }

    # What our own inference says

    def _infer_name(self, node: nodes.Name, context: InferenceContext | None = None) -> Iterator[Any]:
        scope = self._scope(node.frame())
        if scope is None or _is_receiver(node.name, scope):
            raise exceptions.UseInferenceDefault
        made = syntax.Ref(_span(node), node.name)
        self.inference.keep(made)
        yield from self._shown(Expression(made, scope.frame).values())

    def _infer_call(self, node: nodes.Call, context: InferenceContext | None = None) -> Iterator[Any]:
        expression = self._expression(node)
        if expression is None:
            raise exceptions.UseInferenceDefault
        yield from self._shown(expression.values())

    def _infer_await(self, node: nodes.Await, context: InferenceContext | None = None) -> Iterator[Any]:
        for each in node.value.infer(context):
            if isinstance(each, Opaque):
                results = (
                    value.results if isinstance(value, Coroutine) else (value,) for value in each.values
                )
                yield from self._shown(tuple(value for part in results for value in part))
            else:
                yield each

    def _infer_import(
        self, node: nodes.Import | nodes.ImportFrom, context: InferenceContext | None = None
    ) -> Iterator[Any]:
        name = context.lookupname if context is not None else None
        scope = self.project.module(self._paths.get(node.root(), ""))
        if name is None or scope is None:
            raise exceptions.InferenceError
        if isinstance(node, nodes.Import):
            alias = next((alias for each, alias in node.names if each == name and alias), "")
            made = syntax.Import(_span(node), name, "", alias, 0)
        else:
            made = syntax.Import(_span(node), node.modname or "", name, name, node.level or 0)
            source = self.project.resolve(scope, made.module, made.level, name)
            module = self.module(source.path) if source is not None else None
            if module is not None and name in module.locals:
                yield from module.igetattr(name, context)
                return
        yield from self._shown(
            self.inference.names.bound(name, Binding("import", made), scope.frame), or_default=False
        )

    def _expression(self, node: nodes.NodeNG) -> Expression | None:
        return self._calls.get(self._paths.get(node.root(), ""), {}).get(_span(node))

    def call(self, values: Values, caller: Any) -> Iterator[Any]:
        """What a call of something opaque gives."""
        site = self._expression(caller) if isinstance(caller, nodes.Call) else None
        results = tuple(result for value in values for result in self.inference.calling.call(value, site))
        return self._shown(results, or_default=False)

    def attribute(self, values: Values, name: str) -> Iterator[Any]:
        return self._shown(self.inference.classes.attributes(values, name), or_default=False)

    # Values and nodes

    def _shown(self, values: Values, *, or_default: bool = True) -> Iterator[Any]:
        """Our values as astroid's; those that it can find out better itself are left to it."""
        found = [node for value in values for node in self._node(value)]
        if not values or len(found) < len(values) or any(map(is_vague, values)):
            raise exceptions.UseInferenceDefault if or_default else exceptions.InferenceError
        yield from found

    def _node(self, value: Value) -> Iterator[Any]:
        """One of our values as a node; none when it has to be left to astroid."""
        match value:
            case ClassValue() | FunctionValue(receiver=None):
                path = value.scope.module.path
                node = self._nodes[path].get(_scope_key(value.scope)) if self.module(path) else None
                yield Opaque(self, (value,)) if node is None else node
            case Instance(cls=ClassValue()):
                for cls in self._node(value.cls):
                    yield (
                        cls.instantiate_class() if isinstance(cls, nodes.ClassDef) else Opaque(self, (value,))
                    )
            case ModuleValue():
                yield self.module(value.module.path) or Opaque(self, (value,))
            case Literal():
                return
            case External() if value.name.startswith("builtins."):
                return
            case _:
                yield Opaque(self, (value,))

    def _value(self, node: Any) -> Value | None:
        """What astroid has inferred as one of our values; None when that is nothing of the project."""
        if isinstance(node, Opaque):
            return node.values[0] if len(node.values) == 1 else None
        if isinstance(node, nodes.Module):
            scope = self.project.module(self._paths.get(node, ""))
            return None if scope is None else ModuleValue(scope)
        if isinstance(node, (nodes.ClassDef, nodes.FunctionDef)):
            return self._defined(node)
        if type(node) is bases.Instance:
            cls = self._defined(node.frame())  # its class: an instance passes on what it has not itself
            return Instance(cls) if isinstance(cls, ClassValue) else None
        if isinstance(node, (nodes.Const, nodes.List, nodes.Tuple, nodes.Set, nodes.Dict)):
            return Instance(External(node.pytype()))
        return None

    def _defined(self, node: Any) -> Value | None:
        scope = self._scope(node)
        if isinstance(scope, ClassScope):
            return ClassValue(scope)
        return FunctionValue(scope) if isinstance(scope, FunctionScope) else None

    def _scope(self, node: Any) -> Scope | None:
        return self._scopes.get(self._paths.get(node.root(), ""), {}).get(_node_key(node))


class Opaque(nodes.NodeNG):  # type: ignore[misc]  # astroid has no types
    """Something of which fastlint knows what it is, and astroid need not."""

    name = ""

    def __init__(self, bridge: Bridge, values: Values) -> None:
        super().__init__(None, None, None, end_lineno=None, end_col_offset=None)
        self.bridge = bridge
        self.values = values

    def infer(self, context: InferenceContext | None = None) -> Generator[Any]:
        yield self

    def igetattr(self, name: str, context: InferenceContext | None = None) -> Iterator[Any]:
        return self.bridge.attribute(self.values, name)

    def getattr(self, name: str, context: InferenceContext | None = None, **options: object) -> list[Any]:
        found = [*self.igetattr(name)]
        if not found:
            raise exceptions.AttributeInferenceError(target=self, attribute=name, context=context)
        return found

    def infer_call_result(self, caller: Any, context: InferenceContext | None = None) -> Iterator[Any]:
        return self.bridge.call(self.values, caller)

    def callable(self) -> bool:
        return True

    def bool_value(self, context: InferenceContext | None = None) -> Any:
        return util.Uninferable

    def pytype(self) -> str:
        return ""

    def qname(self) -> str:
        return ""


class _Manager(AstroidManager):  # type: ignore[misc]  # likewise
    """Builds modules without a word to astroid's own cache, which others in this process may use."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge

    def cache_module(self, module: nodes.Module) -> None:
        self._bridge.built(module)


class _Everything(set[str]):
    """The modules that astroid must not look for."""

    def __contains__(self, name: object) -> bool:
        return True


@contextmanager
def _confined() -> Generator[None]:
    """Let astroid look for no module anywhere, and restore what others in this process have set."""
    brain: Any = AstroidManager.brain
    changed = {
        "module_denylist": _Everything(),
        "always_load_extensions": False,
        "max_inferable_values": MOST_INFERABLE,
    }
    kept = {name: brain[name] for name in changed}
    brain.update(changed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about the linted code
            yield
    finally:
        brain.update(kept)


def _parsable(text: str) -> str | None:
    """The text in the grammar of the running Python."""
    try:
        parse_quietly(text)
    except SyntaxError:
        return lower(text)
    return text


def _is_receiver(name: str, scope: Scope) -> bool:
    """Whether it is `self` or `cls`, which astroid binds to the object at hand."""
    return name == scope.receiver


def _span(node: Any) -> Span:
    return Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)


def _position(span: Span) -> Hashable:
    return (span.line, span.column, span.end_line, span.end_column)


def _scope_key(scope: Scope) -> Hashable:
    if isinstance(scope, (ClassScope, FunctionScope)):
        return (scope.node.span.line, scope.name)
    return ""


def _node_key(node: Any) -> Hashable:
    """What a node of astroid's and ours have in common."""
    if isinstance(node, nodes.Call):
        return _position(_span(node))
    if isinstance(node, (nodes.ClassDef, nodes.FunctionDef)):
        # `lineno` is that of the first decorator.
        return (node.position.lineno if node.position else node.lineno, node.name)
    return "" if isinstance(node, nodes.Module) else None


def _without_none(values: Iterable[Value]) -> Values:
    none = Instance(External("builtins.NoneType"))
    return tuple(dict.fromkeys(value for value in values if value != none))
