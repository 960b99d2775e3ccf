"""What astroid is asked: which receivers, within which bounds, and that it touches nothing else."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from fastlint import testing
from fastlint.cache.cache import Cache
from fastlint.config import Settings
from fastlint.engine import Run
from fastlint.model import lastresort
from fastlint.reading import Reading

HEAD = "import httpx\nimport requests\nfrom fastapi import FastAPI\n\napp = FastAPI()\nURL = 'https://example.org/'\n\n\n"
OUTSIDE = """
class Config:
    pass


config = Config()
config.client = requests.Session()


@app.get("/")
async def read():
    return config.client.get(URL)
"""


def findings(root: Path, code: str, rule: str = "blocking-http-call") -> list[str]:
    """The lines that a rule reports in a module."""
    text = HEAD + textwrap.dedent(code)
    testing.write(root, {"main.py": text})
    lines = text.split("\n")
    return [lines[line - 1].strip() for path, line, _ in testing.findings(root, [rule]) if path == "main.py"]


def questions(root: Path, code: str) -> int:
    """How many receivers astroid is asked about."""
    testing.write(root, {"main.py": HEAD + textwrap.dedent(code)})
    project = Run([root], Settings(root=root), Cache(None), Reading()).project
    assert project.loop.functions
    return project.last_resort.questions


SHAPES = {
    "an attribute that is set on an object from outside": OUTSIDE,
    "an attribute that is set on a class from outside": """
        class Config:
            pass

        Config.client = requests.Session()

        @app.get("/")
        async def read():
            return Config.client.get(URL)
        """,
    "a property without a decorator": """
        class Config:
            def _client(self):
                return requests.Session()

            client = property(_client)

        @app.get("/")
        async def read():
            return Config().client.get(URL)
        """,
    "a property of a metaclass": """
        class Meta(type):
            @property
            def client(cls):
                return requests.Session()

        class Config(metaclass=Meta):
            pass

        @app.get("/")
        async def read():
            return Config.client.get(URL)
        """,
    "a class that `type` makes": """
        Config = type("Config", (), {"client": requests.Session()})

        @app.get("/")
        async def read():
            return Config.client.get(URL)
        """,
    "what an awaited function gives": """
        class Config:
            pass

        async def load():
            config = Config()
            config.client = requests.Session()
            return config

        @app.get("/")
        async def read():
            config = await load()
            return config.client.get(URL)
        """,
    "an object that gets what is injected": """
        from fastapi import Depends

        class Config:
            pass

        config = Config()

        def connect(session: requests.Session = Depends(requests.Session)):
            config.client = session

        @app.get("/")
        async def read():
            return config.client.get(URL)
        """,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_client_is_found_behind(tmp_path: Path, shape: str) -> None:
    assert ["return config.client.get(URL)"] == [
        line.replace("Config().", "config.").replace("Config.", "config.")
        for line in findings(tmp_path, SHAPES[shape])
    ]


def test_a_client_is_found_in_an_object_of_another_module(tmp_path: Path) -> None:
    clients = (
        "import requests\n\nclass Config: ...\n\nconfig = Config()\nconfig.client = requests.Session()\n"
    )
    testing.write(tmp_path, {"clients.py": clients})
    code = """
        from clients import config

        @app.get("/")
        async def read():
            return config.client.get(URL)
        """
    assert ["return config.client.get(URL)"] == findings(tmp_path, code)


def test_a_coroutine_of_such_a_client_must_be_awaited(tmp_path: Path) -> None:
    code = OUTSIDE.replace("requests.Session", "httpx.AsyncClient")
    assert ["return config.client.get(URL)"] == findings(tmp_path, code, "unawaited-coroutine")


def test_an_asynchronous_client_does_not_block(tmp_path: Path) -> None:
    code = OUTSIDE.replace("requests.Session", "httpx.AsyncClient").replace("return ", "return await ")
    assert [] == findings(tmp_path, code)


def test_what_is_known_in_part_is_not_known(tmp_path: Path) -> None:
    code = OUTSIDE + "\n\ndef replace(client):\n    config.client = client\n"
    assert [] == findings(tmp_path, code)


def test_code_in_newer_syntax_is_understood(tmp_path: Path) -> None:
    code = OUTSIDE + "\n\ntry:\n    import orjson\nexcept ImportError, OSError:\n    orjson = None\n"
    assert ["return config.client.get(URL)"] == findings(tmp_path, code)


def test_warnings_about_the_code_are_not_ours(tmp_path: Path) -> None:
    code = OUTSIDE + "\n\nPATTERN = '\\d'\n"
    assert ["return config.client.get(URL)"] == findings(tmp_path, code)


NO_QUESTIONS = {
    "the key of a dict": "async def read():\n    config = load()\n    return config.get('name')",
    "a default that is written out": "async def read():\n    config = load()\n    return config.get(URL, {})",
    "nested data": "async def read():\n    config = load()\n    return config['a']['b'].get(URL)",
    "a parameter": "async def read(client):\n    return client.get(URL)",
    "what another package gives": "async def read():\n    return other.make()['client'].get(URL)",
    "a method that blocks nowhere": "async def read():\n    config = load()\n    return config.paint(URL)",
    "a function that runs in a thread": "def read():\n    config = load()\n    return config.get(URL)",
}


@pytest.mark.parametrize("case", NO_QUESTIONS)
def test_there_is_no_question_about(tmp_path: Path, case: str) -> None:
    helper = "import other\n\n\nclass Empty: ...\n\n\ndef load():\n    return Empty().config\n\n\n"
    other = '@app.get("/other")\nasync def rest():\n    return 1\n\n\n'
    assert 0 == questions(tmp_path, f'{helper}{other}@app.get("/")\n{NO_QUESTIONS[case]}\n')


def test_there_is_one_question_about_what_a_function_of_the_project_gives(tmp_path: Path) -> None:
    code = """
        class Empty: ...

        def load():
            return Empty().config

        @app.get("/")
        async def read():
            config = load()
            return config.get(URL)
        """
    assert 1 == questions(tmp_path, code)


def test_a_run_asks_only_so_many_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lastresort, "MOST_QUESTIONS", 2)
    code = OUTSIDE + "    config.client.get(URL)\n" * 3
    code = code.replace("return config", "config")
    assert ["config.client.get(URL)"] * 2 == findings(tmp_path, code)


def test_astroid_reads_only_so_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fastlint.model import bridge

    monkeypatch.setattr(bridge, "MOST_TEXT", 10)
    assert [] == findings(tmp_path, OUTSIDE)


def test_a_failure_of_astroid_means_that_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fastlint.model.bridge import Bridge

    def fail(self: Bridge, path: str) -> None:
        raise RecursionError

    monkeypatch.setattr(Bridge, "module", fail)
    assert [] == findings(tmp_path, OUTSIDE)


def test_two_runs_of_one_process_find_the_same(tmp_path: Path) -> None:
    assert findings(tmp_path, OUTSIDE) == findings(tmp_path, OUTSIDE)


def test_packages_beside_fastlint_are_neither_imported_nor_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site"
    testing.write(
        package, {"vendored.py": "import requests\nclient = requests.Session()\nraise SystemExit\n"}
    )
    monkeypatch.syspath_prepend(package)
    code = """
        import vendored

        class Config:
            pass

        config = Config()
        config.client = vendored.client

        @app.get("/")
        async def read():
            return config.client.get(URL)
        """
    project = tmp_path / "project"
    assert [] == findings(project, code)
    assert "vendored" not in sys.modules


def test_what_others_do_with_astroid_in_this_process_is_left_alone(tmp_path: Path) -> None:
    from astroid.manager import AstroidManager

    findings(tmp_path, OUTSIDE)
    before = {name: value for name, value in AstroidManager.brain.items() if name != "_transform"}
    modules = set(AstroidManager().astroid_cache)
    findings(tmp_path, OUTSIDE)
    assert before == {name: value for name, value in AstroidManager.brain.items() if name != "_transform"}
    assert modules == set(AstroidManager().astroid_cache)


LINT = """\
import sys
from pathlib import Path
from fastlint import testing
from fastlint.cache.cache import Cache
print(len(testing.findings(Path(sys.argv[1]), ["blocking-http-call"])), "astroid" in sys.modules)
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (OUTSIDE, "1 True"),
        ('@app.get("/")\nasync def read(body: dict):\n    return requests.get(body.get("url"))\n', "1 False"),
    ],
    ids=["imported-for-a-question", "not-imported-without-one"],
)
def test_astroid_is(tmp_path: Path, code: str, expected: str) -> None:
    testing.write(tmp_path, {"main.py": HEAD + code})
    command = [sys.executable, "-c", LINT, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert expected == answer.stdout.strip()
