"""The forms of annotations."""

from __future__ import annotations

GENERIC_ALIASES = {
    "typing.List": "builtins.list",
    "typing.Dict": "builtins.dict",
    "typing.Set": "builtins.set",
    "typing.FrozenSet": "builtins.frozenset",
    "typing.Tuple": "builtins.tuple",
    "typing.Type": "builtins.type",
    "collections.abc.Callable": "typing.Callable",
    "types.UnionType": "typing.Union",
}
TRANSPARENT_FORMS = frozenset(
    f"{module}.{name}"
    for module in ("typing", "typing_extensions")
    for name in ("Annotated", "Optional", "ClassVar", "Final", "Required", "NotRequired", "ReadOnly")
)
CONTAINERS = frozenset(
    (
        *(f"builtins.{name}" for name in ("list", "dict", "set", "frozenset", "tuple")),
        *(f"collections.{name}" for name in ("deque", "defaultdict", "OrderedDict")),
        *(
            f"typing.{name}"
            for name in (
                "Sequence", "MutableSequence", "Mapping", "MutableMapping", "Collection", "Iterable",
                "Iterator", "AsyncIterable", "AsyncIterator", "AbstractSet", "MutableSet", "Deque",
                "DefaultDict", "OrderedDict",
            )
        ),
    )
)  # fmt: skip
