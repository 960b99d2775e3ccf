"""What git is asked: trees without a checkout, and nothing in a repository that runs or is changed."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from fastlint.cache.cache import Cache
from fastlint.config import load
from fastlint.engine import lint
from fastlint.git.linted import Trees
from fastlint.git.repository import GitError, Repository
from fastlint.git.tree import committed, staged, write
from fastlint.git.worktree import is_untouched
from tests.repository import Git, git, needs_git

__all__ = ["git"]
pytestmark = needs_git

CODE = "X = 1\n"
APPS = Path(__file__).parent.parent / "fixtures" / "apps"


def written(git: Git, folder: Path, commit: str = "HEAD") -> dict[str, str]:
    """The files that a commit of the repository makes, with their text."""
    repository = Repository(git.folder)
    write(repository, committed(repository, commit), folder)
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_text() for path in files}


def test_it_makes_the_files_that_a_run_reads(git: Git, tmp_path: Path) -> None:
    paths = ("pyproject.toml", "requirements/dev.in", "uv.lock", ".gitignore", "Pipfile", "-f.py", "ä b.py")
    for path in (*paths, "README.md", "logo.png", "Dockerfile"):
        git.write(path, f"# {path}\n")
    git.commit(app=CODE)
    git.write("app.py", "")
    git.write("untracked.py", "")
    assert written(git, tmp_path / "tree") == {
        **{path: f"# {path}\n" for path in paths},
        "app.py": CODE,
    }


@pytest.mark.parametrize("app", sorted(path.name for path in APPS.iterdir() if path.is_dir()))
def test_a_tree_has_the_findings_of_its_checkout(app: str, git: Git, tmp_path: Path) -> None:
    shutil.copytree(APPS / app, git.folder, dirs_exist_ok=True)
    git.commit()
    settings = load(git.folder)
    expected = lint([git.folder], settings)
    (tmp_path / "scratch").mkdir()
    trees = Trees(Repository(git.folder), Cache(None), tmp_path / "scratch")
    report = trees.lint(trees.of("HEAD"), lint, settings)
    assert report.diagnostics == expected.diagnostics
    assert report.problems == expected.problems
    assert report.root == git.folder


def test_a_project_below_the_top_of_the_repository_has_its_own_files(git: Git, tmp_path: Path) -> None:
    git.commit(app=CODE, backend__main=CODE)
    git("mv", "backend/main.py", "backend/api.py")
    repository = Repository(git.folder / "backend")
    assert [entry.path for entry in committed(repository, "HEAD")] == ["main.py"]
    assert [entry.path for entry in staged(repository)] == ["api.py"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_become_files_where_a_run_would_follow_them(git: Git, tmp_path: Path) -> None:
    (tmp_path / "shared.py").write_text("SHARED = 1\n")
    git.write("requirements/base.txt", "fastapi\n")
    git.write("app.py", CODE)
    for name, target in {
        "outside.py": tmp_path / "shared.py",
        "inside.py": "app.py",
        "requirements.txt": "requirements/base.txt",
        "gone.py": "/nowhere.py",
        "endless.py": "/dev/zero",
    }.items():
        (git.folder / name).symlink_to(target)
    git.commit()
    assert written(git, tmp_path / "tree") == {
        "app.py": CODE,
        "outside.py": "SHARED = 1\n",
        "requirements.txt": "fastapi\n",
        "requirements/base.txt": "fastapi\n",
    }


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT"])
def test_a_tree_that_leads_out_of_its_folder_is_not_followed(name: bytes, git: Git, tmp_path: Path) -> None:
    """git makes no such tree; whoever sends one does."""
    git.write("evil.py", CODE)
    blob = git("hash-object", "-w", "evil.py")
    inner = _tree(git, b"100644 evil.py", blob)
    outer = _tree(git, b"40000 " + name, inner)
    assert written(git, tmp_path / "deep" / "tree", outer) == {}
    assert not (tmp_path / "deep" / "evil.py").exists()


def _tree(git: Git, entry: bytes, name: str) -> str:
    raw = git.folder.parent / "raw"
    raw.write_bytes(entry + b"\0" + bytes.fromhex(name))
    return git("hash-object", "-t", "tree", "--literally", "-w", str(raw))


def test_a_submodule_is_what_the_commit_says(git: Git, tmp_path: Path) -> None:
    library = Git(tmp_path / "library")
    library.folder.mkdir()
    library("init", "--quiet")
    library.commit(lib=CODE)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.folder), "library")
    git.commit(app=CODE)
    inner = Git(git.folder / "library")
    inner.commit(lib="X = 2\n")
    assert written(git, tmp_path / "before")["library/lib.py"] == CODE
    git.commit()
    assert written(git, tmp_path / "after")["library/lib.py"] == "X = 2\n"
    assert written(git, tmp_path / "again", "HEAD~1")["library/lib.py"] == CODE
    shutil.rmtree(inner.folder)
    inner.folder.mkdir()
    assert "library/lib.py" not in written(git, tmp_path / "absent")


def test_what_a_sparse_checkout_leaves_out_is_left_out(git: Git, tmp_path: Path) -> None:
    git.commit(backend__main=CODE, frontend__main=CODE)
    git("sparse-checkout", "set", "backend")
    assert set(written(git, tmp_path / "tree")) == {"backend/main.py"}
    assert [entry.path for entry in staged(Repository(git.folder))] == ["backend/main.py"]


def test_a_worktree_has_an_index_of_its_own(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git.commit(app=CODE)
    git("worktree", "add", "--quiet", str(tmp_path / "tree"))
    other = Git(tmp_path / "tree")
    other.write("new.py", CODE)
    other("add", "new.py")
    monkeypatch.chdir(other.folder)
    for variables in ({}, {"GIT_DIR": other("rev-parse", "--absolute-git-dir")}):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert [entry.path for entry in staged(Repository(other.folder))] == ["app.py", "new.py"]


def test_a_partial_clone_says_what_is_missing_and_fetches_nothing(git: Git, tmp_path: Path) -> None:
    git.commit(app=CODE)
    git.commit(app="X = 2\n")
    git("config", "uploadpack.allowFilter", "true")
    git("clone", "--quiet", "--filter=blob:none", git.folder.as_uri(), str(tmp_path / "clone"))
    clone = Git(tmp_path / "clone")
    assert written(clone, tmp_path / "now")["app.py"] == "X = 2\n"
    with pytest.raises(GitError, match=r"partial clone \(`git fetch --refetch --no-filter`"):
        written(clone, tmp_path / "before", "HEAD~1")
    clone("fetch", "--quiet", "--refetch", "--no-filter")
    assert written(clone, tmp_path / "then", "HEAD~1")["app.py"] == CODE


@pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")
def test_nothing_of_a_repository_is_run(git: Git, tmp_path: Path) -> None:
    git.write(".gitattributes", "*.py filter=bad diff=bad\n")
    git.commit(app=CODE)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    program.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "post-checkout"):
        shutil.copy(program, hooks / hook)
    for key in ("filter.bad.clean", "filter.bad.smudge", "filter.bad.process", "diff.bad.textconv"):
        git("config", key, str(program))
    for key in ("diff.bad.command", "diff.external", "core.fsmonitor", "core.pager", "core.sshCommand"):
        git("config", key, str(program))
    git("config", "core.hooksPath", str(hooks))
    (tmp_path / "ran").unlink(missing_ok=True)
    git.write("app.py", "X = 2\n")
    os.utime(git.folder / "app.py", (0, 0))
    repository = Repository(git.folder)
    tree = committed(repository, "HEAD")
    assert not is_untouched(repository, tree)
    assert written(git, tmp_path / "tree")["app.py"] == CODE
    staged(repository)
    assert not (tmp_path / "ran").exists()


def test_a_working_tree_is_untouched_until_a_file_that_counts_is_touched(git: Git) -> None:
    git.write(".gitignore", "/build\n")
    git.commit(app=CODE)
    repository = Repository(git.folder)
    tree = committed(repository, "HEAD")
    git.write("README.md", "")
    git.write("build/app.py", "")
    git.write("app.py", CODE.replace("\n", "\r\n"))
    assert is_untouched(repository, tree)
    git.write("new.py", "")
    assert not is_untouched(repository, tree)
    git("add", "new.py")
    assert not is_untouched(repository, tree)
    git("rm", "--quiet", "--force", "new.py")
    assert is_untouched(repository, tree)
    (git.folder / "app.py").unlink()
    assert not is_untouched(repository, tree)
