"""`--add-ignore`: comments that silence what is found, and nothing else of a file changes."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from fastlint.cli import main
from fastlint.source import Source

HEAD = "import time\n\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n\n@app.get('/')\nasync def home():\n"
IGNORE = "# fastlint: ignore[blocking-sleep]"


class Project:
    """A folder that is the current one, with one file."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file = root / "main.py"
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr."""
        self._capsys.readouterr()
        code = main([*arguments, "--no-cache"])
        return code, *self._capsys.readouterr()

    def body(self, text: str, *arguments: str) -> str:
        """What becomes of the body of a route: the same code, and nothing is found in it a second time."""
        self.file.write_bytes((HEAD + text).encode())
        assert self.run("--add-ignore", *arguments)[0] == 0
        after = self.file.read_bytes().decode()
        assert ast.dump(ast.parse(after)) == ast.dump(ast.parse(HEAD + text))
        assert self.run("--add-ignore", *arguments)[0] == 0
        assert self.file.read_bytes().decode() == after
        assert after.startswith(HEAD)
        return after.removeprefix(HEAD)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    (tmp_path / "fastlint.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path, capsys)


# What is said


def test_it_says_what_it_wrote_and_what_remains(project: Project) -> None:
    project.file.write_text(HEAD + "    time.sleep(1)\n    time.sleep(2)\n")
    code, out, err = project.run("--add-ignore")
    assert (code, err) == (0, "")
    assert out.startswith("Wrote comments for 2 findings in 1 file.\nAll good: nothing to report in 1 file")


def test_programs_get_what_remains(project: Project) -> None:
    project.file.write_text(HEAD + "    time.sleep(1)\n")
    assert project.run("--add-ignore", "--output-format", "json") == (
        0,
        "[]\n",
        "Wrote comments for 1 finding in 1 file.\n",
    )


def test_only_what_is_shown_gets_a_comment(project: Project) -> None:
    text = HEAD + "    time.sleep(1)\n"
    project.file.write_text(text)
    project.run("--add-ignore", "--select", "FL4")
    assert project.file.read_text() == text
    project.run("baseline")
    project.run("--add-ignore")
    assert project.file.read_text() == text


def test_findings_about_comments_remain(project: Project) -> None:
    text = HEAD + "    x = 1  # fastlint: ignore[blocking-sleep]\n    y = 1  # fastlint: off\n"
    project.file.write_text(text)
    code, out, _ = project.run("--add-ignore")
    assert code == 1
    assert "unused-suppression" in out
    assert "malformed-suppression" in out
    assert project.file.read_text() == text


# Where comments go


@pytest.mark.parametrize(
    "before, after",
    {
        "the end of the line": ("    time.sleep(1)\n", f"    time.sleep(1)  {IGNORE}\n"),
        "space at the end": ("    time.sleep(1) \t \n", f"    time.sleep(1)  {IGNORE}\n"),
        "a file without a last line ending": ("    time.sleep(1)", f"    time.sleep(1)  {IGNORE}"),
        "the first line": (
            "    time.sleep(\n        1\n    )\n",
            f"    time.sleep(  {IGNORE}\n        1\n    )\n",
        ),
        "two on a line": (
            "    time.sleep(1); time.sleep(2)\n",
            f"    time.sleep(1); time.sleep(2)  {IGNORE}\n",
        ),
        "other comments": (
            "    time.sleep(1)  # type: ignore  # noqa: E501\n",
            f"    time.sleep(1)  # type: ignore  # noqa: E501  {IGNORE}\n",
        ),
        "a string that goes on": (
            '    time.sleep(len("""\n    """))\n',
            f'    time.sleep(len("""\n    """))  {IGNORE}\n',
        ),
        "a backslash": (
            "    time.sleep \\\n        (1)\n",
            f"    time.sleep \\\n        (1)  {IGNORE}\n",
        ),
        "a backslash in a comment": (
            "    time.sleep(1)  # \\\n",
            f"    time.sleep(1)  # \\  {IGNORE}\n",
        ),
        "no end that can take it": (
            '    x = time.sleep(1), """\n    """\n',
            f'    {IGNORE}\n    x = time.sleep(1), """\n    """\n',
        ),
        "a backslash after it": (
            "    x = time.sleep(1) + \\\n        2\n",
            f"    {IGNORE}\n    x = time.sleep(1) + \\\n        2\n",
        ),
        "the middle of a statement": (
            '    x = [\n        """\n        """, time.sleep(1), """\n        """,\n    ]\n',
            f'    x = [  {IGNORE}\n        """\n        """, time.sleep(1), """\n        """,\n    ]\n',
        ),
        "a header": (
            "    if time.sleep(1):\n        pass\n",
            f"    if time.sleep(1):  {IGNORE}\n        pass\n",
        ),
        "a form feed": ("\f    time.sleep(1)\n", f"\f    time.sleep(1)  {IGNORE}\n"),
        "a form feed in front of a statement": (
            "\f    x = time.sleep(1) + \\\n        2\n",
            f"    {IGNORE}\n\f    x = time.sleep(1) + \\\n        2\n",
        ),
        "a separator that ends no line": (
            "    'a\u2028'; time.sleep(1)\n",
            f"    'a\u2028'; time.sleep(1)  {IGNORE}\n",
        ),
    }.values(),
)
def test_a_comment_goes_where_it_counts(before: str, after: str, project: Project) -> None:
    assert project.body(before) == after


@pytest.mark.parametrize(
    "before, after",
    [
        ("ignore[blocking-http-call] -- a", "ignore[blocking-http-call, blocking-sleep] -- a; known"),
        ("ignore[blocking-http-call] -- known", "ignore[blocking-http-call, blocking-sleep] -- known"),
        ("ignore[FL102, ]  # type: ignore", "ignore[FL102, blocking-sleep] -- known  # type: ignore"),
        ("ignore[FL102] --", "ignore[FL102, blocking-sleep] -- known"),
    ],
)
def test_a_comment_that_is_there_gets_the_rule_too(before: str, after: str, project: Project) -> None:
    ours = "    requests.get('/'); time.sleep(1)  # fastlint: "
    body = project.body(f"    import requests\n{ours}{before}\n", "--reason", "known")
    assert body == f"    import requests\n{ours}{after}\n"


def test_a_comment_above_gets_the_rule_too(project: Project) -> None:
    code = "    import requests; requests.get('/'); time.sleep(1)\n"
    before = f"    # fastlint: ignore[FL102]\n    # not ours\n{code}"
    assert project.body(before) == before.replace("FL102", "FL102, blocking-sleep")


def test_one_comment_is_enough_for_a_statement(project: Project) -> None:
    before = "    x = [\n        time.sleep(1),\n        time.sleep(2)]\n"
    assert project.body(before).count(IGNORE) == 2
    before = "    x = [time.sleep(1),\n        time.sleep(2)]\n"
    assert project.body(before).count(IGNORE) == 1


def test_a_comment_that_cannot_be_understood_is_left_alone(project: Project) -> None:
    project.file.write_text(HEAD + "    time.sleep(1)  # fastlint: off\n")
    assert project.run("--add-ignore")[0] == 1
    assert project.file.read_text() == HEAD + f"    {IGNORE}\n    time.sleep(1)  # fastlint: off\n"


def test_a_finding_without_a_place_for_a_comment_is_left_and_said(project: Project) -> None:
    text = HEAD + '    time.sleep(3)\n    x = """\n    """; y = time.sleep(1) + \\\n        2\n'
    project.file.write_text(text)
    code, out, err = project.run("--add-ignore")
    assert code == 2
    assert "main.py:12:14  error  blocking-sleep" in out
    assert err == "error: main.py:12: `blocking-sleep` got no comment: there is no place for one\n"
    assert project.file.read_text() == text.replace("sleep(3)", f"sleep(3)  {IGNORE}")


# What a file keeps


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_endings_and_the_byte_order_mark_stay(newline: str, mark: bytes, project: Project) -> None:
    body = "    x = time.sleep(1) + \\\n        2\n    time.sleep(1)\n"
    expected = f"    {IGNORE}\n    x = time.sleep(1) + \\\n        2\n    time.sleep(1)  {IGNORE}\n"
    project.file.write_bytes(mark + (HEAD + body).replace("\n", newline).encode())
    assert project.run("--add-ignore")[0] == 0
    assert project.file.read_bytes() == mark + (HEAD + expected).replace("\n", newline).encode()


def test_the_encoding_stays(project: Project) -> None:
    text = f"# coding: latin-1\n{HEAD}    'é'; time.sleep(1)\n"
    project.file.write_bytes(text.encode("latin-1"))
    assert project.run("--add-ignore", "--reason", "à faire")[0] == 0
    expected = text[:-1] + f"  {IGNORE} -- à faire\n"
    assert project.file.read_bytes() == expected.encode("latin-1")


def test_a_reason_that_the_encoding_cannot_say_leaves_the_file_as_it_was(project: Project) -> None:
    text = f"# coding: latin-1\n{HEAD}    time.sleep(1)\n"
    project.file.write_text(text)
    code, _, err = project.run("--add-ignore", "--reason", "早")
    assert code == 2
    assert err == "error: main.py: got no comments: its encoding latin-1 has no '早'\n"
    assert project.file.read_text() == text


def test_a_file_that_may_not_be_written_is_left_as_it_was(project: Project) -> None:
    text = HEAD + "    time.sleep(1)\n"
    project.file.write_text(text)
    project.file.chmod(0o444)
    code, out, err = project.run("--add-ignore")
    assert code == 2
    assert "Found 1 error" in out
    assert err == "error: main.py: got no comments: it is read-only\n"
    assert project.file.read_text() == text


def test_a_link_and_the_mode_stay(project: Project, tmp_path: Path) -> None:
    project.file.write_text(HEAD + "    time.sleep(1)\n")
    project.file.chmod(0o755)
    assert project.run("--add-ignore")[0] == 0
    assert project.file.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in tmp_path.iterdir() if "tmp" in path.name] == []


def test_findings_that_the_baseline_knows_on_the_same_line_stay_known(project: Project) -> None:
    project.file.write_text("import requests\n" + HEAD + "    time.sleep(1); requests.get('/')\n")
    project.run("baseline")
    baseline = project.file.with_name("fastlint-baseline.toml")
    baseline.write_text(baseline.read_text().partition('\n["main.py".blocking-sleep]')[0] + "\n")
    assert project.run("--add-ignore")[0] == 0


# Whole projects


def test_whole_projects_have_nothing_to_report_with_a_baseline_or_with_comments(
    project: Project, tmp_path: Path
) -> None:
    apps = Path(__file__).parents[1] / "fixtures" / "apps"
    shutil.copytree(apps, tmp_path / "apps")
    assert project.run()[0] == 1
    assert project.run("baseline")[0] == 0
    assert project.run()[0] == 0
    assert project.run("--no-baseline", "--add-ignore", "--reason", "known")[0] == 0
    for path in apps.rglob("*.py"):
        name = path.relative_to(apps).as_posix()
        before, after = (Source.read(root, name).tree for root in (apps, tmp_path / "apps"))
        assert ast.dump(before) == ast.dump(after)


# Reasons


def test_a_reason_is_written(project: Project) -> None:
    body = project.body("    time.sleep(1)\n", "--reason", "see #12: -- later")
    assert body == f"    time.sleep(1)  {IGNORE} -- see #12: -- later\n"


@pytest.mark.parametrize("reason", ["two\nlines", "a\x1b[31m", "a # noqa", "a  # fastlint: x"])
def test_a_reason_that_a_comment_cannot_say_is_refused(reason: str, project: Project) -> None:
    text = HEAD + "    time.sleep(1)\n"
    project.file.write_text(text)
    code, _, err = project.run("--add-ignore", "--reason", reason)
    assert code == 2
    assert err.count("\n") == 1
    assert "a comment cannot say that" in err
    assert project.file.read_text() == text


def test_where_reasons_are_required_one_must_be_given(project: Project) -> None:
    project.file.with_name("fastlint.toml").write_text("require-reason = true\n")
    project.file.write_text(HEAD + f"    time.sleep(1)\n    time.sleep(2)  {IGNORE}\n")
    code, _, err = project.run("--add-ignore")
    assert code == 2
    assert err.startswith("error: this project wants a reason in every comment: --reason TEXT")


def test_comments_get_the_reason_that_they_lack(project: Project) -> None:
    project.file.with_name("fastlint.toml").write_text("require-reason = true\n")
    bare = f"    time.sleep(2)  {IGNORE}  # type: ignore\n    time.sleep(3)  # noqa: E1, FL101\n"
    body = f"    time.sleep(1)\n{bare}"
    assert project.body(body, "--reason", "known") == (
        f"    time.sleep(1)  {IGNORE} -- known\n"
        f"    time.sleep(2)  {IGNORE} -- known  # type: ignore\n"
        "    time.sleep(3)  # noqa: E1, FL101 -- known\n"
    )


@pytest.mark.parametrize("other", [["--fix"], ["--diff"]])
def test_it_is_one_thing_or_the_other(other: list[str], project: Project) -> None:
    assert project.run("--add-ignore", *other)[0] == 2


def test_a_reason_alone_is_a_mistake(project: Project) -> None:
    code, _, err = project.run("--reason", "known")
    assert code == 2
    assert err.startswith("error: --reason is what comments of --add-ignore say")
