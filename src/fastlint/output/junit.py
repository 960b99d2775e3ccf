"""Findings as a JUnit report, which CI systems show as failed tests: a suite a file, a failure a finding.

The shape is the one that Jenkins checks
(https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd).
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from fastlint.diagnostic import Diagnostic, Problem
from fastlint.output.cells import clean
from fastlint.output.formats import Format
from fastlint.output.sentences import sentences
from fastlint.report import Report

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NONCHARACTERS = re.compile("[\ufffe\uffff]")


def render(report: Report) -> bytes:
    """The findings, and what could not be done, as XML in UTF-8; a clean run is one test that passed."""
    from xml.etree.ElementTree import Element, indent, tostring

    failures, errors = len(report.diagnostics), len(report.problems)
    root = Element("testsuites", _counts("fastlint", failures + errors or 1, failures, errors))
    for path, found in groupby(report.diagnostics, lambda diagnostic: diagnostic.place.path):
        _suite(root, report, path, list(found))
    if report.problems:
        _problems(root, report.problems)
    if not len(root):
        _case(_element(root, "testsuite", **_counts("fastlint", 1)), "no findings", "fastlint")
    indent(root)
    written: bytes = tostring(root, encoding="utf-8")
    return written + b"\n"


def _suite(root: Element, report: Report, path: str, found: list[Diagnostic]) -> None:
    suite = _element(root, "testsuite", **_counts(path, len(found), len(found)))
    for diagnostic in found:
        line, column, _, _ = report.characters(diagnostic.place)
        case = _case(suite, f"{diagnostic.name} ({diagnostic.code}) at {line}:{column}", path)
        failure = _element(case, "failure", message=diagnostic.message, type=diagnostic.severity.value)
        failure.text = "\n".join(map(_text, sentences(report, diagnostic)))


def _problems(root: Element, problems: list[Problem]) -> None:
    suite = _element(root, "testsuite", **_counts("fastlint", len(problems), errors=len(problems)))
    for problem in problems:
        case = _case(suite, str(problem), "fastlint")
        _element(case, "error", message=problem.message, type="error").text = _text(str(problem))


def _counts(name: str, tests: int, failures: int = 0, errors: int = 0) -> dict[str, str]:
    return {"name": _text(name), "tests": str(tests), "failures": str(failures), "errors": str(errors)}


def _case(suite: Element, name: str, classname: str) -> Element:
    return _element(suite, "testcase", name=name, classname=classname)


def _element(parent: Element, tag: str, **attributes: str) -> Element:
    from xml.etree.ElementTree import SubElement

    return SubElement(parent, tag, {key: _text(value) for key, value in attributes.items()})


def _text(text: str) -> str:
    """What XML may hold (https://www.w3.org/TR/xml/#charsets)."""
    return NONCHARACTERS.sub("\ufffd", clean(text))


FORMAT = Format(render)
