"""The kit that rules are tested with, ours and anyone's. It needs no particular test runner.

- `assert_examples(rule)`: what the page of a rule says is true. Its bad example is reported, its good one is
  silent, and the fix, if there is one, makes the good example of the bad one.
- `assert_findings(rule, code)`: a rule reports on the marked lines and on no other. A line on which it must
  report ends in `# expect: rule-name`.
- `assert_fix(rule, before, after)`: what `--fix` makes of some code.
- `diagnostics(rule, code)`: what a rule reports, for all that a mark cannot say.
- `rules_in(package)` and `cases(folder)`: the rules of a package and the cases of a folder, to run all.

Code is a text, which is a project with one file; files by their paths, which are a project with several; or
a path to a file or folder, of which a copy is linted. `# versions: fastapi==0.115` in a file says which
versions its project has. A rule must be installed: `pip install --editable .` where its package lies.
"""

from __future__ import annotations

from fastlint.registry import rules_in
from fastlint.testing.asserts import assert_examples, assert_findings, assert_fix, diagnostics
from fastlint.testing.cases import Case, cases
from fastlint.testing.marks import Finding, expected
from fastlint.testing.projects import Code, check, declared, findings, write

__all__ = [
    "Case",
    "Code",
    "Finding",
    "assert_examples",
    "assert_findings",
    "assert_fix",
    "cases",
    "check",
    "declared",
    "diagnostics",
    "expected",
    "findings",
    "rules_in",
    "write",
]
