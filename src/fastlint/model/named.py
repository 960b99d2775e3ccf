"""The module and name under which something can be imported that code refers to by another."""

from __future__ import annotations

from fastlint.index import syntax
from fastlint.model.expression import Expression
from fastlint.model.scopes import Frame, ModuleScope

DEEPEST = 8


def import_path(expression: Expression) -> tuple[str, str] | None:
    """`("shop.deps.mailer", "current")` for `mailer.current`: what to import, and what to take of it.

    None for what is not bound once, at the top of a module of the project.
    """
    if not isinstance(expression.node, syntax.Ref):
        return None
    name, *rest = expression.node.path.split(".")
    module = _binding_module(name, expression.frame)
    for _ in range(DEEPEST):
        bindings = [] if module is None else module.bindings.get(name, [])
        if module is None or len(bindings) != 1:
            return None
        node = bindings[0].node
        if not isinstance(node, syntax.Import):
            return f"{module.project.dotted(module)}.{name}", ".".join(rest)
        found, name = module.project.imported(module, node), node.name
        while found is not None and (not name or name not in found.bindings):
            if name:
                found = found.project.submodule(found, name)
            if not rest:
                return None
            name = rest.pop(0)
        module = found
    return None


def _binding_module(name: str, frame: Frame) -> ModuleScope | None:
    """The module at whose top a name is bound, unless something nearer has it."""
    current: Frame | None = frame
    while current is not None:
        if name in current.scope.bindings:
            return current.scope if isinstance(current.scope, ModuleScope) else None
        current = current.outer
    return None
