"""What a rule is: metadata, checks over typed subjects of the model, and codemods."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from fastlint.diagnostic import Diagnostic, FixRequest, Place, Placed, Safety, Severity, Step

if TYPE_CHECKING:
    from fastlint.model.project import Project

CODE = re.compile(r"(?!ALL\d)[A-Z]{2,10}\d{3}")
OURS = ("fastlint", "fastlint_rules")
"""The packages whose rules are fastlint's own: their codes begin with FL, and no others do."""
DOCUMENTATION = "https://github.com/fastlint/fastlint/blob/main"

S = TypeVar("S")
Check = Callable[[S, "Project"], Iterable[Diagnostic]]


@dataclass(frozen=True)
class Codemod:
    """A rewrite of one syntax node: `function(node, edit)` gives the node that takes its place.

    The type of node it works on is the annotation of its first parameter. `needs` are the versions that the
    new code needs, as a requirement: where the project does not say which it has, the rewrite is not safe.
    """

    function: Callable[..., Any]
    title: str
    safety: Safety
    needs: str = ""

    @property
    def name(self) -> str:
        """The name of its function."""
        return self.function.__name__

    def at(
        self,
        at: Place | Placed,
        *,
        safety: Safety | None = None,
        reason: str = "",
        more: Iterable[Place | Placed] = (),
        **params: str,
    ) -> FixRequest:
        """This rewrite asked for at a place, with the safety that holds there.

        `more` are the other places that it changes, in this file or others: all of them, or none.
        """
        others = tuple(_place(each) for each in more)
        return FixRequest(self.name, self.title, safety or self.safety, _place(at), params, reason, others)


def _place(at: Place | Placed) -> Place:
    return at if isinstance(at, Place) else at.place


class Named(Protocol):
    """What a rule is known by."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def default(self) -> bool: ...


class RuleKey(Struct, frozen=True, array_like=True):
    """What a rule is known by, without the rule."""

    code: str
    name: str
    default: bool


@dataclass(eq=False)
class Rule:
    """One rule. Its name is its module's stem, its page is its module's docstring.

    `code` is two to ten capital letters, the same for all rules of a package, and three digits. `since` is
    the version of the package that brought it.
    `source` links to the origin of its claim: the framework's own documentation or code, or whoever's
    convention it is. `url` is where its page can be read, by default its source.
    `requires` are the versions it speaks about, as a requirement (`fastapi>=0.110`): it is silent where the
    project declares others.
    Raises `ValueError` for a malformed code, when the module is loaded.
    """

    module: str
    code: str = field(kw_only=True)
    severity: Severity = field(kw_only=True)
    since: str = field(kw_only=True)
    source: str = field(kw_only=True)
    url: str = field(default="", kw_only=True)
    default: bool = field(default=True, kw_only=True)
    requires: str = field(default="", kw_only=True)
    checks: list[tuple[tuple[type[Any], ...], Check[Any]]] = field(
        default_factory=list["tuple[tuple[type[Any], ...], Check[Any]]"], kw_only=True
    )
    codemods: dict[str, Codemod] = field(default_factory=dict[str, Codemod], kw_only=True)

    def __post_init__(self) -> None:
        if not CODE.fullmatch(self.code):
            raise ValueError(f"a code is two to ten capital letters and three digits, not {self.code!r}")
        self.url = self.url or (f"{DOCUMENTATION}/{self.path}" if self.is_ours else self.source)

    @property
    def name(self) -> str:
        """The stem of its module, with hyphens."""
        return self.module.rpartition(".")[2].replace("_", "-")

    @property
    def page(self) -> str:
        """The docstring of its module."""
        return sys.modules[self.module].__doc__ or ""

    @property
    def summary(self) -> str:
        """The first line of the page: the rule in one sentence."""
        return self.page.strip().partition("\n")[0]

    @property
    def package(self) -> str:
        """The package that it comes from; `fastlint` for its own."""
        package = self.module.partition(".")[0]
        return OURS[0] if package in OURS else package

    @property
    def is_ours(self) -> bool:
        """Whether it is one of fastlint's own."""
        return self.package == OURS[0]

    @property
    def path(self) -> str:
        """Where the page of a rule of our own stands in the repository."""
        return f"docs/rules/{self.name}.md"

    def on(self, *subjects: type[S]) -> Callable[[Check[S]], Check[S]]:
        """Run the decorated generator over every subject of these types."""

        def register(check: Check[S]) -> Check[S]:
            self.checks.append((subjects, check))
            return check

        return register

    def fix(self, title: str, safety: Safety, *, needs: str = "") -> Callable[[Callable[..., Any]], Codemod]:
        """Make the decorated function a codemod of this rule; `needs` is that of `Codemod`."""

        def register(function: Callable[..., Any]) -> Codemod:
            codemod = Codemod(function, title, safety, needs)
            self.codemods[codemod.name] = codemod
            return codemod

        return register

    def report(
        self,
        at: Place | Placed,
        message: str,
        *,
        help: str = "",  # noqa: A002 - the word that reads well in a rule
        trace: Iterable[Step] = (),
        fix: Codemod | FixRequest | None = None,
        choices: Iterable[Codemod | FixRequest] = (),
        severity: Severity | None = None,
    ) -> Diagnostic:
        """A finding of this rule at a place; `choices` are ways to mend it that nobody applies unasked."""
        place = _place(at)
        request = fix.at(place) if isinstance(fix, Codemod) else fix
        return Diagnostic(
            place=place,
            code=self.code,
            name=self.name,
            severity=severity or self.severity,
            message=message,
            help=help,
            trace=tuple(trace),
            fix=request,
            choices=tuple(each.at(place) if isinstance(each, Codemod) else each for each in choices),
        )

    def check(self, project: Project) -> Iterator[Diagnostic]:
        """Everything this rule says about a project, in the order of its subjects."""
        for subjects, check in self.checks:
            for kind in subjects:
                for subject in project.subjects(kind):
                    for diagnostic in check(subject, project):
                        if not self.requires or project.holds(self.requires, diagnostic.place.path):
                            yield self._as_declared(diagnostic, project)

    def _as_declared(self, diagnostic: Diagnostic, project: Project) -> Diagnostic:
        """A finding whose fix is safe only where the project says that it has what the new code needs."""
        fix = diagnostic.fix
        codemod = self.codemods.get(fix.codemod) if fix else None
        if fix is None or codemod is None or not codemod.needs or fix.safety is not Safety.SAFE:
            return diagnostic
        needs, path = codemod.needs, diagnostic.place.path
        if project.always(needs, path) or not project.holds(needs, path):
            return diagnostic
        reason = f"it takes {needs}, and the project does not declare a version"
        return replace(diagnostic, fix=replace(fix, safety=Safety.UNSAFE, reason=reason))
