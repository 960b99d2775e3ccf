"""What is left of a field by the time a handler returns it: masked by what builds it, or refused before."""

from __future__ import annotations

from collections.abc import Iterator, Set

from fastlint.index import syntax
from fastlint.model.calls import last_name
from fastlint.model.expression import Expression
from fastlint.model.leaving import leaves
from fastlint.model.values import FunctionValue

MASKING = ("mask", "redact", "censor", "obfuscat", "obscur")
DEEPEST = 4


def is_masked(value: Expression, names: Set[str], depth: int = 0) -> bool:
    """Whether what a value is made of passes through something that says it masks: `mask(found)`,
    `read(apply_mask=True)`. What fills another field than those of these names does not count."""
    if depth > DEEPEST:
        return False
    return any(_says_mask(each) or _is_made_masked(each, names, depth) for each in _parts(value, names))


def _parts(value: Expression, names: Set[str]) -> Iterator[Expression]:
    """A value and all that is inside it, without what fills other fields."""
    node = value.node
    yield value
    match node:
        case syntax.Call(func=func, args=args, keywords=keywords) if last_name(func)[:1].isupper():
            inner = [func, *args, *(each.value for each in keywords if each.name in (None, *names))]
        case syntax.Mapping(keys=keys, values=values):
            given = zip(keys, values, strict=True)
            inner = [each for key, each in given if key is None or _may_be(value.at(key), names)]
        case _:
            inner = list(syntax.operands(node))
    for each in inner:
        yield from _parts(value.at(each), names)


def _may_be(key: Expression, names: Set[str]) -> bool:
    name = key.string()
    return name is None or name in names


def _says_mask(part: Expression) -> bool:
    if not isinstance(part.node, syntax.Call):
        return False
    switches = (
        each.name
        for each in part.node.keywords
        if each.name is not None and not (isinstance(each.value, syntax.Constant) and not each.value.value)
    )
    return any(map(_is_mask, (last_name(part.node.func), *switches)))


def _is_mask(name: str) -> bool:
    return any(word.startswith(MASKING) for word in name.lower().split("_"))


def _is_made_masked(part: Expression, names: Set[str], depth: int) -> bool:
    """Whether what a name stands for, or a function of the project returns, is masked."""
    match part.node:
        case syntax.Ref(path=path):
            bound = (each.value for each in part.scope.bindings.get(path, ()) if each.value is not None)
            return any(is_masked(part.at(each), names, depth + 1) for each in bound)
        case syntax.Call():
            functions = (each for each in part.func.values() if isinstance(each, FunctionValue))
            return any(_returns_masked(each, part, names, depth) for each in functions)
        case _:
            return False


def _returns_masked(function: FunctionValue, call: Expression, names: Set[str], depth: int) -> bool:
    frame = function.scope.project.inference.calling.frame(function, call)
    return any(
        is_masked(Expression(each.value, frame), names, depth + 1)
        for each in function.scope.statements()
        if isinstance(each, syntax.Return) and each.value is not None
    )


def is_refused(value: Expression, names: Set[str]) -> bool:
    """Whether a function has left before it returns an object that has something in one of these fields:
    `if form.password: raise ...`."""
    if not isinstance(value.node, syntax.Ref):
        return False
    paths = {f"{value.node.path}.{name}" for name in names}
    statements = list(value.scope.statements())
    targets = (each for node in statements if isinstance(node, syntax.Assign) for each in node.targets)
    if any(isinstance(each, syntax.Ref) and each.path in paths for each in targets):
        return False
    tests = (
        each.test
        for each in value.scope.body
        if isinstance(each, syntax.If) and leaves(each.body) and each.span.line < value.place.span.line
    )
    return any(path in paths for test in tests for path in _set(test))


def _set(test: syntax.Expr) -> Iterator[str]:
    """What is empty wherever a test fails."""
    match test:
        case syntax.Ref(path=path):
            yield path
        case syntax.Operation(operator="or", operands=operands):
            for each in operands:
                yield from _set(each)
        case syntax.Operation(
            operator="is not", operands=(syntax.Ref(path=path), syntax.Constant(value=None))
        ):
            yield path
        case _:
            return
