"""What a test of a rule asserts. Whatever is wrong is an `AssertionError` that says where and what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path

from fastlint.diagnostic import Diagnostic
from fastlint.fixing import fix
from fastlint.fixing.plan import refusal
from fastlint.registry import find_rule
from fastlint.report import Report
from fastlint.rule import Rule
from fastlint.testing.marks import expected
from fastlint.testing.pages import example
from fastlint.testing.projects import Code, checked, laid_out, settings


def assert_examples(rule: Rule) -> None:
    """What the page says is true: `## Bad` is reported, `## Good` is silent, and the fix of bad is good."""
    __tracebackhide__ = True
    bad, good = example(rule.page, "Bad"), example(rule.page, "Good")
    if not diagnostics(rule, bad):
        raise AssertionError(f"{rule.name} does not report its bad example")
    assert_findings(rule, good)
    if rule.codemods:
        assert_fix(rule, bad, good)


def assert_findings(rule: Rule, code: Code) -> None:
    """The rule reports on the lines that are marked with `# expect: its-name`, and on no other."""
    __tracebackhide__ = True
    with laid_out(code) as root:
        report = checked(root, [_installed(rule).name])
        complaints = list(_complaints(root, report))
    if complaints:
        raise AssertionError("\n".join([f"{rule.name} does not report what is marked:", *complaints]))


def assert_fix(rule: Rule, before: Code, after: Code, *, unsafe: bool = True) -> None:
    """`--fix --unsafe-fixes`, or `--fix` alone, makes `after` of `before`."""
    __tracebackhide__ = True
    with laid_out(before) as root, laid_out(after) as wanted:
        chosen = settings(root, [_installed(rule).name])
        report = checked(root, chosen.select)
        refused = [why for each in report.diagnostics if (why := refusal(report, each))]
        problems = fix([root], chosen, unsafe=unsafe).problems
        assert not problems, problems
        difference = list(_difference(root, wanted))
    if difference:
        reasons = [f"the fix was refused: {why}" for why in refused]
        raise AssertionError("\n".join([f"{rule.name} fixes it otherwise:", *reasons, *difference]))


def diagnostics(rule: Rule, code: Code) -> list[Diagnostic]:
    """What a rule reports, in the order of its places."""
    with laid_out(code) as root:
        return checked(root, [_installed(rule).name]).diagnostics


def _installed(rule: Rule) -> Rule:
    if find_rule(rule.name) is not rule:
        advice = "`pip install --editable .` where its package lies, with an entry point `fastlint.rules`"
        raise AssertionError(f"{rule.name} is not installed: {advice}")
    return rule


def _complaints(root: Path, report: Report) -> Iterator[str]:
    """A line for each mark without a finding and for each finding without a mark."""
    marked = Counter(expected(root))
    found = Counter((each.place.path, each.place.span.line, each.name) for each in report.diagnostics)
    said = {(each.place.path, each.place.span.line, each.name): each.message for each in report.diagnostics}
    for path, line, name in sorted((marked - found) + (found - marked)):
        text = (root / path).read_text(encoding="utf-8").split("\n")[line - 1].strip()
        if (path, line, name) in said:
            yield f"  {path}:{line}: reported and not marked: {text}\n    {said[path, line, name]}"
        else:
            yield f"  {path}:{line}: marked and not reported: {text}"


def _difference(root: Path, wanted: Path) -> Iterator[str]:
    """How the files of a project differ from what is wanted."""
    paths = {path.relative_to(folder) for folder in (root, wanted) for path in folder.rglob("*.py")}
    for path in sorted(paths):
        should, is_so = _lines(wanted / path), _lines(root / path)
        yield from unified_diff(should, is_so, f"wanted {path}", f"fixed {path}", lineterm="")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
