"""What names and expressions stand for, across modules; `reveal(x)` asks for `x`."""

from __future__ import annotations

import pytest

from tests.model import project, revealed

# Names


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ("import requests", "requests.get"),
        ("import requests as r", "r.get"),
        ("from requests import get", "get"),
        ("from requests import get as fetch", "fetch"),
        ("from requests.api import get", "get"),
        ("import requests.api", "requests.api.get"),
    ],
)
def test_a_name_of_another_package_is_one_thing_however_it_is_imported(imports: str, name: str) -> None:
    assert ["requests.get"] == revealed(f"{imports}\nreveal({name})")


@pytest.mark.parametrize(
    "imports",
    [
        "from app.orders import load",
        "from .orders import load",
        "from . import orders\nload = orders.load",
        "import app.orders\nload = app.orders.load",
        "import app.orders as o\nload = o.load",
        "from app import orders\nload = orders.load",
        "from app.orders import *",
        "from .orders import *",
    ],
)
def test_a_name_of_the_project_is_one_thing_however_it_is_imported(imports: str) -> None:
    files = {
        "app/__init__.py": "",
        "app/orders.py": "def load(): ...",
        "app/main.py": f"{imports}\nreveal(load)",
    }
    assert ["def app.orders.load"] == revealed(files)


def test_two_dots_mean_the_package_around_the_package() -> None:
    files = {
        "app/__init__.py": "",
        "app/db.py": "def load(): ...",
        "app/api/__init__.py": "",
        "app/api/orders.py": "from ..db import load\nfrom .. import db\nreveal(load)\nreveal(db)",
    }
    assert ["def app.db.load", "module app/db.py"] == revealed(files)


def test_a_relative_import_out_of_the_project_is_unknown() -> None:
    assert [""] == revealed({"main.py": "from ....outside import load\nreveal(load)"})


def test_a_name_is_followed_through_an_init_that_exports_it_again() -> None:
    files = {
        "app/__init__.py": "from .services import load",
        "app/services/__init__.py": "from .orders import fetch as load",
        "app/services/orders.py": "def fetch(): ...",
        "main.py": "from app import load\nreveal(load)",
    }
    assert ["def app.services.orders.fetch"] == revealed(files)


def test_a_name_of_an_init_hides_the_submodule_of_the_same_name() -> None:
    files = {
        "app/__init__.py": "from .router import router",
        "app/router.py": "from fastapi import APIRouter\nrouter = APIRouter()",
        "main.py": "from app import router\nreveal(router)",
    }
    assert ["<fastapi.APIRouter>"] == revealed(files)


def test_two_modules_that_import_from_each_other_end_somewhere() -> None:
    files = {
        "one.py": "from two import b\ndef a(): ...\nreveal(b)",
        "two.py": "from one import a\ndef b(): ...\nreveal(a)",
    }
    assert ["def two.b", "def one.a"] == revealed(files)


def test_a_name_that_two_modules_only_hand_to_each_other_is_unknown() -> None:
    assert ["", ""] == revealed(
        {"one.py": "from two import a\nreveal(a)", "two.py": "from one import a\nreveal(a)"}
    )


def test_a_star_import_takes_no_private_names() -> None:
    files = {"helpers.py": "def _load(): ...", "main.py": "from helpers import *\nreveal(_load)"}
    assert [""] == revealed(files)


def test_a_star_import_takes_the_private_names_that_all_lists() -> None:
    files = {
        "helpers.py": "__all__ = ['_load']\ndef _load(): ...",
        "main.py": "from helpers import *\nreveal(_load)",
    }
    assert ["def helpers._load"] == revealed(files)


def test_a_star_import_takes_only_what_all_lists() -> None:
    files = {
        "helpers.py": "__all__ = ['load']\ndef load(): ...\ndef save(): ...",
        "main.py": "from helpers import *\nreveal(save)",
    }
    assert [""] == revealed(files)


def test_the_later_of_two_star_imports_wins() -> None:
    files = {
        "one.py": "def load(): ...",
        "two.py": "def load(): ...",
        "main.py": "from one import *\nfrom two import *\nreveal(load)",
    }
    assert ["def two.load"] == revealed(files)


def test_an_import_for_type_checking_alone_says_what_an_annotation_means() -> None:
    code = """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from httpx import Client
        def load(client: "Client"):
            reveal(client)
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_name_that_is_imported_in_either_branch_may_be_both() -> None:
    code = """
        try:
            from httpx import get
        except ImportError:
            from requests import get
        reveal(get)
        """
    assert ["httpx.get | requests.get"] == revealed(code)


def test_a_name_means_what_it_was_last_given_before_it_is_read() -> None:
    code = """
        import httpx, requests
        client = httpx.Client()
        reveal(client)
        client = requests.Session()
        reveal(client)
        """
    assert ["<httpx.Client>", "<requests.Session>"] == revealed(code)


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        ("client = client.with_options(timeout=3)", "<openai.OpenAI>"),
        ("client = (\n    client\n    .with_options(timeout=3)\n)", "<openai.OpenAI>"),
        ("client: object = client.with_options()", "<openai.OpenAI>"),
        ("client, name = client.with_options(), 'a'", "<openai.OpenAI>"),
        ("client = {'a': client.with_options()}['a']", "<openai.OpenAI>"),
        ("with client as client: pass", "<openai.OpenAI>"),
        ("client = client.unheard_of()", "<openai.OpenAI.unheard_of()>"),
        ("client = unheard_of(client)", ""),
        ("client = httpx.Client(client)", "<httpx.Client>"),
        ("client = lambda: client", "def main.<lambda>"),
        ("for _ in range(3):\n    client = client.with_options(timeout=3)", "<openai.OpenAI>"),
    ],
)
def test_a_name_is_made_of_what_it_meant_before(again: str, expected: str) -> None:
    code = f"import httpx, openai\nclient = openai.OpenAI()\n{again}\nreveal(client)"
    assert [expected] == revealed(code)


def test_a_function_sees_what_its_module_gives_a_name_in_the_end() -> None:
    code = """
        import httpx, requests
        client = httpx.Client()
        def load():
            reveal(client)
        client = requests.Session()
        """
    assert ["<requests.Session>"] == revealed(code)


def test_a_condition_leaves_both_values_possible() -> None:
    code = """
        import httpx, requests
        client = httpx.Client()
        if slow:
            client = requests.Session()
        reveal(client)
        """
    assert ["<httpx.Client> | <requests.Session>"] == revealed(code)


@pytest.mark.parametrize("value", ["a if b else c", "a or c", "(x := a) or c"])
def test_an_expression_of_alternatives_can_be_each_of_them(value: str) -> None:
    code = f"from requests import get as a\nfrom httpx import get as c\nreveal({value})"
    assert ["httpx.get | requests.get"] == revealed(code)


def test_a_parameter_hides_a_name_of_the_module() -> None:
    assert [""] == revealed("import requests\ndef load(requests):\n    reveal(requests)")


def test_a_class_body_is_no_scope_for_its_methods() -> None:
    code = """
        from requests import get
        class Client:
            from httpx import get
            def load(self):
                reveal(get)
        """
    assert ["requests.get"] == revealed(code)


def test_a_nested_function_sees_the_names_of_the_one_around_it() -> None:
    code = """
        import httpx
        def make():
            client = httpx.Client()
            def load():
                reveal(client)
            return load
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_name_that_starts_as_none_is_what_a_function_gives_it_by_global() -> None:
    code = """
        import httpx
        client = None
        def start():
            global client
            client = httpx.Client()
        def load():
            reveal(client)
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_name_of_no_module_is_a_builtin() -> None:
    assert ["builtins.open"] == revealed("reveal(open)")


def test_a_builtin_can_be_hidden() -> None:
    assert ["def main.open"] == revealed("def open(): ...\nreveal(open)")


@pytest.mark.parametrize(
    ("value", "expected"),
    [('"/a"', "<builtins.str>"), ("1", "<builtins.int>"), ("f'/{a}'", "<builtins.str>"), ("[1]", "...")],
)
def test_adding_to_a_constant_leaves_its_class_alone(value: str, expected: str) -> None:
    assert [expected] == revealed(f"x = {value}\nx += load()\nreveal(x)")


def test_adding_to_a_constant_counts_in_other_modules_too() -> None:
    files = {"paths.py": "ROOT = '/a'\nROOT += '/b'", "main.py": "from paths import ROOT\nreveal(ROOT)"}
    assert ["<builtins.str>"] == revealed(files)


def test_what_cannot_be_told_is_unknown() -> None:
    assert ["", "", ""] == revealed("reveal(lookup()['x'])\nreveal(missing)\nreveal((yield))")


def test_tuples_are_unpacked() -> None:
    code = """
        import httpx, requests
        a, (b, *c) = httpx.Client(), (requests.Session(), 1)
        reveal(a)
        reveal(b)
        reveal(c)
        """
    assert ["<httpx.Client>", "<requests.Session>", ""] == revealed(code)


# Where modules are found


def test_a_folder_without_init_is_a_namespace_package() -> None:
    files = {
        "acme/orders/api.py": "def load(): ...",
        "main.py": "from acme.orders.api import load\nreveal(load)",
    }
    assert ["def acme.orders.api.load"] == revealed(files)


def test_a_namespace_package_gives_its_modules() -> None:
    files = {"acme/orders/api.py": "", "main.py": "from acme.orders import api\nreveal(api)"}
    assert ["module acme/orders/api.py"] == revealed(files)


def test_a_folder_that_does_not_have_the_module_hides_no_package_of_that_name() -> None:
    files = {"redis/fixtures.py": "", "main.py": "from redis import Redis\nreveal(Redis)"}
    assert ["redis.Redis"] == revealed(files)


def test_a_module_of_the_project_hides_a_package_of_the_same_name() -> None:
    files = {"requests.py": "def get(): ...", "main.py": "from requests import get\nreveal(get)"}
    assert ["def requests.get"] == revealed(files)


def test_no_module_of_the_project_hides_one_of_the_standard_library() -> None:
    files = {"app/logging.py": "def info(): ...", "app/main.py": "from logging import info\nreveal(info)"}
    assert ["logging.info"] == revealed(files)


def test_imports_resolve_from_src() -> None:
    files = {
        "src/shop/__init__.py": "",
        "src/shop/db.py": "def load(): ...",
        "tests/test_db.py": "from shop.db import load\nreveal(load)",
    }
    assert ["def shop.db.load"] == revealed(files, roots=("", "src"))


def test_each_source_root_has_its_own_package_of_a_name() -> None:
    files = {
        "billing/app/__init__.py": "",
        "billing/app/db.py": "from requests import get as load",
        "billing/app/main.py": "from app.db import load\nreveal(load)",
        "orders/app/__init__.py": "",
        "orders/app/db.py": "from httpx import get as load",
        "orders/app/main.py": "from app.db import load\nreveal(load)",
    }
    assert ["requests.get", "httpx.get"] == revealed(files, roots=("billing", "orders"))


def test_a_source_root_takes_from_another_what_it_does_not_have() -> None:
    files = {
        "common/acme/db.py": "def load(): ...",
        "orders/main.py": "from acme.db import load\nreveal(load)",
    }
    assert ["def acme.db.load"] == revealed(files, roots=("common", "orders"))


def test_a_script_imports_what_lies_beside_it() -> None:
    files = {"tools/helpers.py": "def load(): ...", "tools/run.py": "from helpers import load\nreveal(load)"}
    assert ["def tools.helpers.load"] == revealed(files)


def test_of_a_file_that_cannot_be_read_nothing_is_known() -> None:
    assert [""] == revealed({"redis.py": "broken(", "main.py": "from redis import Redis\nreveal(Redis)"})


# Annotations


@pytest.mark.parametrize(
    "annotation",
    [
        "Client",
        "httpx.Client",
        '"Client"',
        '"httpx.Client"',
        "Optional[Client]",
        "Client | None",
        "Union[Client, None]",
        'Optional["Client"]',
        "Annotated[Client, 'shared']",
        'Annotated["Client", 1]',
        "Shared",
        "Shared | None",
        "Final[Client]",
    ],
)
def test_a_parameter_is_an_object_of_its_annotation(annotation: str) -> None:
    code = f"""
        from typing import Annotated, Final, Optional, Union
        import httpx
        from httpx import Client
        Shared = Annotated[Client, "shared"]
        def load(client: {annotation}):
            reveal(client)
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_an_alias_of_a_type_statement_is_the_type() -> None:
    code = """
        from httpx import Client
        type Shared = Client
        def load(client: Shared):
            reveal(client)
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_an_alias_is_followed_across_modules() -> None:
    files = {
        "deps.py": "from typing import Annotated\nfrom httpx import Client\nShared = Annotated[Client, 1]",
        "main.py": "from deps import Shared\ndef load(client: Shared):\n    reveal(client)",
    }
    assert ["<httpx.Client>"] == revealed(files)


def test_a_union_is_an_object_of_each_class() -> None:
    code = """
        from httpx import Client
        from requests import Session
        def load(client: Client | Session):
            reveal(client)
        """
    assert ["<httpx.Client> | <requests.Session>"] == revealed(code)


@pytest.mark.parametrize("annotation", ["Any", "object", "Unknown", '"not a type ("', "Literal['a']"])
def test_an_annotation_that_says_nothing_leaves_a_parameter_unknown(annotation: str) -> None:
    code = f"from typing import Any, Literal\ndef load(client: {annotation}):\n    reveal(client)"
    assert [""] == revealed(code)


def test_an_annotated_assignment_without_a_value_declares_its_class() -> None:
    assert ["<httpx.Client>"] == revealed("import httpx\nclient: httpx.Client\nreveal(client)")


def test_a_value_says_more_than_the_annotation_beside_it() -> None:
    code = """
        from httpx import Client
        class Retrying(Client): ...
        client: Client = Retrying()
        reveal(client)
        """
    assert ["<main.Retrying>"] == revealed(code)


def test_an_annotation_says_more_than_a_call_of_which_nothing_is_known() -> None:
    code = "import acme\nfrom httpx import Client\nclient: Client = acme.client()\nreveal(client)"
    assert ["<httpx.Client>"] == revealed(code)


@pytest.mark.parametrize(
    ("annotation", "reading"),
    [
        ("list[Client]", "clients[0]"),
        ("List[Client]", "clients[0]"),
        ("Sequence[Client]", "clients[0]"),
        ("dict[str, Client]", "clients['a']"),
        ("Mapping[str, Client]", "clients[key]"),
        ("dict[str, Client]", "clients.get('a')"),
        ("tuple[int, Client]", "[b for a, b in [clients]][0]"),
        ("dict[str, Client]", "next(iter(clients.values()))"),
        ("list[Client]", "[each for each in clients][0]"),
        ("list[Client]", "clients.pop()"),
    ],
)
def test_what_a_collection_holds_is_what_its_type_says(annotation: str, reading: str) -> None:
    code = f"""
        from typing import List, Mapping, Sequence
        from httpx import Client
        def load(clients: {annotation}, key):
            reveal({reading})
        """
    assert ["<httpx.Client>"] == revealed(code)


@pytest.mark.parametrize(
    "loop", ["for a in clients", "for i, a in enumerate(clients)", "for a in sorted(clients)"]
)
def test_a_loop_variable_is_an_item(loop: str) -> None:
    code = f"""
        from httpx import Client
        def load(clients: list[Client]):
            {loop}:
                reveal(a)
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_items_of_a_dict_are_its_keys_and_values() -> None:
    code = """
        from httpx import Client
        from pathlib import Path
        def load(clients: dict[Path, Client]):
            for key, value in clients.items():
                reveal(key)
                reveal(value)
        """
    assert ["<pathlib.Path>", "<httpx.Client>"] == revealed(code)


@pytest.mark.parametrize("written", ["[Client()]", "(Client(),)", "{0: Client()}"])
def test_what_is_written_into_a_literal_is_what_it_holds(written: str) -> None:
    assert ["<httpx.Client>"] == revealed(
        f"from httpx import Client\nclients = {written}\nreveal(clients[0])"
    )


def test_an_entry_of_a_dict_is_found_by_its_key() -> None:
    code = """
        import httpx, requests
        clients = {"new": httpx.Client(), "old": requests.Session()}
        reveal(clients["old"])
        """
    assert ["<requests.Session>"] == revealed(code)


# Objects


def test_calling_a_class_gives_an_object_of_it() -> None:
    code = "class Client: ...\nreveal(Client())"
    assert ["<main.Client>"] == revealed(code)


def test_a_class_of_another_package_is_known_by_its_capital() -> None:
    assert ["<acme.Client>", "<acme.client()>"] == revealed(
        "import acme\nreveal(acme.Client())\nreveal(acme.client())"
    )


def test_a_function_gives_what_its_return_annotation_says() -> None:
    code = """
        from httpx import Client
        def make() -> Client:
            return acme()
        reveal(make())
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_function_without_an_annotation_gives_what_its_body_returns() -> None:
    code = """
        import httpx, requests
        def make(old):
            if old:
                return requests.Session()
            return httpx.Client()
        reveal(make(acme()))
        """
    assert ["<httpx.Client> | <requests.Session>"] == revealed(code)


def test_the_body_of_a_factory_says_which_class_its_abstract_return_annotation_means() -> None:
    code = """
        from abc import ABC
        class Store(ABC): ...
        class Disk(Store): ...
        class Cloud(Store): ...
        def make() -> Store:
            return Disk()
        reveal(make())
        """
    assert ["<main.Disk>"] == revealed(code)


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("return Report(Disk())", "<main.Disk>"),
        ("if a: return None\n    return Report(Disk())", "<main.Disk>"),
        ("if a: return Report(Cloud())\n    return Report(Disk())", "<main.Cloud> | <main.Disk>"),
        ("if a: return Report(Disk())\n    return kept[0]", "<main.Store>"),
        ("return kept[0]", "<main.Store>"),
    ],
)
def test_the_body_of_a_factory_says_what_its_object_was_made_with(returned: str, expected: str) -> None:
    code = f"""
from abc import ABC
class Store(ABC): ...
class Disk(Store): ...
class Cloud(Store): ...
class Report:
    def __init__(self, store: Store):
        self.store = store
def make(a) -> Report:
    {returned}
reveal(make(object()).store)
"""
    assert [expected] == revealed(code)


def test_a_class_that_is_made_of_another_of_itself_ends_somewhere() -> None:
    code = """
        class Node:
            def __init__(self, parent: "Node", name: str):
                self.parent = parent
        def make() -> Node:
            return Node(make(), "a")
        reveal(make().parent.parent)
        """
    assert ["<main.Node>"] == revealed(code)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("def load(self): ...\n    name = ''", "<main.Disk>"),
        ("def load(self): self.name = ''", "<main.Disk>"),
        ("def load(self): ...", "<main.Store>"),
        ("name = ''", "<main.Store>"),
    ],
)
def test_what_fits_a_protocol_is_a_closer_answer_than_the_protocol(body: str, expected: str) -> None:
    code = f"""
from typing import Protocol
class Store(Protocol):
    name: str
    def load(self): ...
class Disk:
    {body}
def make() -> Store:
    return Disk()
reveal(make())
"""
    assert [expected] == revealed(code)


def test_a_factory_is_followed_across_modules() -> None:
    files = {
        "clients.py": "import httpx\ndef make():\n    return httpx.Client()",
        "main.py": "from clients import make\nclient = make()\nreveal(client)",
    }
    assert ["<httpx.Client>"] == revealed(files)


def test_a_recursive_function_gives_what_ends_it() -> None:
    code = """
        import httpx
        def make(n):
            if n:
                return make(n - 1)
            return httpx.Client()
        reveal(make(3))
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_function_that_returns_what_it_is_given_gives_each_caller_its_own() -> None:
    code = """
        import httpx, requests
        def same(x):
            return x
        reveal(same(httpx.Client()))
        reveal(same(requests.Session()))
        """
    assert ["<httpx.Client>", "<requests.Session>"] == revealed(code)


def test_nothing_is_known_of_what_a_function_returns_that_it_is_given_when_that_is_unknown() -> None:
    code = """
        import requests
        def same(x):
            return x
        same(requests.Session())
        def load(unknown):
            reveal(same(unknown))
        """
    assert [""] == revealed(code)


def test_a_type_variable_stands_for_the_class_of_the_argument() -> None:
    code = """
        from typing import TypeVar
        import httpx, requests
        T = TypeVar("T")
        def required(x: T | None) -> T:
            if x is None:
                raise LookupError
            return x
        reveal(required(httpx.Client()))
        reveal(required(requests.Session()))
        """
    assert ["<httpx.Client>", "<requests.Session>"] == revealed(code)


def test_calling_an_async_function_gives_a_coroutine_and_awaiting_it_the_result() -> None:
    code = """
        import httpx
        async def make() -> httpx.AsyncClient: ...
        async def load():
            reveal(make())
            reveal(await make())
        """
    assert ["coroutine of <httpx.AsyncClient>", "<httpx.AsyncClient>"] == revealed(code)


def test_what_runs_in_a_thread_gives_what_it_returns() -> None:
    code = """
        import asyncio, httpx
        def make():
            return httpx.Client()
        async def load():
            reveal(await asyncio.to_thread(make))
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_gathered_coroutines_give_their_results_in_order() -> None:
    code = """
        import asyncio, httpx, requests
        async def one():
            return httpx.Client()
        async def two():
            return requests.Session()
        async def load():
            a, b = await asyncio.gather(one(), two())
            reveal(a)
            reveal(b)
        """
    assert ["<httpx.Client>", "<requests.Session>"] == revealed(code)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("with httpx.Client() as it", "<httpx.Client>"),
        ("async with httpx.AsyncClient() as it", "<httpx.AsyncClient>"),
        ("with manager() as it", "<requests.Session>"),
        ("async with async_manager() as it", "<redis.Redis>"),
        ("with Own() as it", "<main.Own>"),
        ("with Other() as it", "<httpx.Client>"),
        ("async with Later() as it", "<httpx.AsyncClient>"),
        ("with closing(httpx.Client()) as it", "<httpx.Client>"),
        ("with httpx.Client() as x, requests.Session() as it", "<requests.Session>"),
    ],
)
def test_the_target_of_a_with_is_what_entering_gives(statement: str, expected: str) -> None:
    code = f"""
        import httpx, requests, redis
        from contextlib import asynccontextmanager, closing, contextmanager
        @contextmanager
        def manager():
            yield requests.Session()
        @asynccontextmanager
        async def async_manager():
            yield redis.Redis()
        class Own:
            def __enter__(self):
                return self
        class Other:
            def __enter__(self) -> httpx.Client: ...
        class Later:
            async def __aenter__(self):
                return httpx.AsyncClient()
        async def load():
            {statement}:
                reveal(it)
        """
    assert [expected] == revealed(code)


def test_iterating_over_a_generator_gives_what_it_yields() -> None:
    code = """
        import httpx
        def clients():
            yield httpx.Client()
        for client in clients():
            reveal(client)
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_caught_exception_is_an_object_of_its_classes() -> None:
    code = """
        try:
            load()
        except (ValueError, KeyError) as error:
            reveal(error)
        """
    assert ["<builtins.KeyError> | <builtins.ValueError>"] == revealed(code)


@pytest.mark.parametrize("given", ["partial(make)", "lambda: make()", "make"])
def test_calling_what_stands_for_a_function_gives_what_that_gives(given: str) -> None:
    code = f"""
        from functools import partial
        import httpx
        def make():
            return httpx.Client()
        call = {given}
        reveal(call())
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_cast_is_the_type_that_it_names() -> None:
    code = "from typing import cast\nimport httpx\nreveal(cast(httpx.Client, load()))"
    assert ["<httpx.Client>"] == revealed(code)


# Attributes


def test_an_attribute_of_self_is_what_the_constructor_gives_it() -> None:
    code = """
        import httpx
        class Service:
            def __init__(self):
                self.client = httpx.Client()
            def load(self):
                reveal(self.client)
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_an_attribute_of_self_has_the_annotated_class_of_the_argument_that_is_kept() -> None:
    code = """
        import httpx
        class Service:
            def __init__(self, client: httpx.Client):
                self.client = client
            def load(self):
                reveal(self.client)
        """
    assert ["<httpx.Client>"] == revealed(code)


@pytest.mark.parametrize("argument", ["unknown", "acme.client()"])
def test_an_argument_of_which_nothing_is_known_is_what_its_parameter_says(argument: str) -> None:
    code = f"""
        import acme, httpx
        class Service:
            def __init__(self, client: httpx.Client):
                self.client = client
        reveal(Service({argument}).client)
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_an_argument_that_is_none_is_none() -> None:
    code = """
        import httpx
        class Service:
            def __init__(self, client: httpx.Client | None):
                self.client = client
        reveal(Service(None).client)
        """
    assert ["None"] == revealed(code)


def test_an_object_keeps_what_its_own_constructor_was_given() -> None:
    code = """
        import httpx, requests
        class Service:
            def __init__(self, client):
                self.client = client
        reveal(Service(httpx.Client()).client)
        reveal(Service(client=requests.Session()).client)
        """
    assert ["<httpx.Client>", "<requests.Session>"] == revealed(code)


def test_an_attribute_is_what_a_base_class_gives_it() -> None:
    files = {
        "base.py": "import httpx\nclass Base:\n    def __init__(self):\n        self.client = httpx.Client()",
        "main.py": """
            from base import Base
            class Service(Base):
                def load(self):
                    reveal(self.client)
            """,
    }
    assert ["<httpx.Client>"] == revealed(files)


def test_an_attribute_is_what_super_init_is_given() -> None:
    code = """
        import httpx
        class Base:
            def __init__(self, client):
                self.client = client
        class Service(Base):
            def __init__(self):
                super().__init__(httpx.Client())
        reveal(Service().client)
        """
    assert ["<httpx.Client>"] == revealed(code)


@pytest.mark.parametrize("reading", ["Service.client", "Service().client"])
def test_a_class_attribute_belongs_to_the_class_and_its_objects(reading: str) -> None:
    code = f"import httpx\nclass Service:\n    client = httpx.Client()\nreveal({reading})"
    assert ["<httpx.Client>"] == revealed(code)


def test_an_annotated_class_attribute_is_an_object_of_its_annotation() -> None:
    code = "import httpx\nclass Service:\n    client: httpx.Client\nreveal(Service().client)"
    assert ["<httpx.Client>"] == revealed(code)


def test_a_field_of_a_dataclass_is_what_its_constructor_was_given() -> None:
    code = """
        from dataclasses import dataclass
        from httpx import Client
        class Retrying(Client): ...
        @dataclass
        class Service:
            name: str
            client: Client
        reveal(Service("a", Retrying()).client)
        reveal(Service("a", client=Retrying()).client)
        """
    assert ["<main.Retrying>", "<main.Retrying>"] == revealed(code)


def test_a_field_without_a_value_is_what_its_default_factory_makes() -> None:
    code = """
        from dataclasses import dataclass, field
        import httpx
        @dataclass
        class Service:
            client = field(default_factory=httpx.Client)
        reveal(Service().client)
        """
    assert ["<httpx.Client>"] == revealed(code)


@pytest.mark.parametrize("decorator", ["property", "cached_property"])
def test_a_property_is_what_its_function_gives(decorator: str) -> None:
    code = f"""
        from functools import cached_property
        import httpx
        class Service:
            @{decorator}
            def client(self):
                return httpx.Client()
        reveal(Service().client)
        """
    assert ["<httpx.Client>"] == revealed(code)


@pytest.mark.parametrize("reading", ["Service.make()", "Service().make()", "Child.make()"])
def test_a_class_method_makes_an_object_of_the_class_it_is_called_on(reading: str) -> None:
    code = f"""
        class Service:
            @classmethod
            def make(cls):
                return cls()
        class Child(Service): ...
        reveal({reading})
        """
    expected = "<main.Child>" if reading.startswith("Child") else "<main.Service>"
    assert [expected] == revealed(code)


@pytest.mark.parametrize("annotation", ["Self", '"Self"', '"Service"'])
def test_a_method_that_gives_itself_can_be_chained(annotation: str) -> None:
    code = f"""
        from typing import Self
        class Service:
            def start(self) -> {annotation}: ...
        reveal(Service().start().start())
        """
    assert ["<main.Service>"] == revealed(code)


def test_a_static_method_has_no_self() -> None:
    code = """
        import httpx
        class Service:
            @staticmethod
            def same(client):
                return client
        reveal(Service.same(httpx.Client()))
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_method_is_the_one_of_the_nearest_base() -> None:
    code = """
        class A:
            def load(self): ...
        class B(A): ...
        class C(A):
            def load(self): ...
        class D(B, C): ...
        reveal(D().load)
        """
    assert ["def main.C.load"] == revealed(code)


def test_super_is_the_next_class_in_the_order_of_the_object() -> None:
    code = """
        class A:
            def load(self): ...
        class B(A):
            def load(self):
                reveal(super().load)
        """
    assert ["def main.A.load"] == revealed(code)


def test_a_class_that_derives_from_itself_ends_somewhere() -> None:
    assert [""] == revealed("class A(A): ...\nreveal(A().load)")


def test_an_attribute_of_a_foreign_base_is_that_of_the_foreign_class() -> None:
    code = "import requests\nclass Client(requests.Session): ...\nreveal(Client().get)"
    assert ["requests.Session.get"] == revealed(code)


def test_calling_an_object_runs_its_call_method() -> None:
    code = """
        import httpx
        class Make:
            def __call__(self):
                return httpx.Client()
        reveal(Make()())
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_method_of_an_abstract_class_with_one_implementation_is_that_one() -> None:
    files = {
        "ports.py": """
            from abc import ABC, abstractmethod
            class Store(ABC):
                @abstractmethod
                def load(self): ...
            """,
        "disk.py": "from ports import Store\nclass Disk(Store):\n    def load(self): ...",
        "main.py": "from ports import Store\ndef read(store: Store):\n    reveal(store.load)",
    }
    assert ["def disk.Disk.load"] == revealed(files)


def test_a_method_of_an_abstract_class_with_two_implementations_is_neither() -> None:
    code = """
        from abc import ABC, abstractmethod
        class Store(ABC):
            @abstractmethod
            def load(self): ...
        class Disk(Store):
            def load(self): ...
        class Cloud(Store):
            def load(self): ...
        def read(store: Store):
            reveal(store.load)
        """
    assert ["def main.Store.load"] == revealed(code)


def test_an_implementation_in_a_test_is_none() -> None:
    files = {
        "ports.py": """
            from typing import Protocol
            class Store(Protocol):
                def load(self): ...
            """,
        "disk.py": "from ports import Store\nclass Disk(Store):\n    def load(self): ...",
        "tests/fakes.py": "from ports import Store\nclass Fake(Store):\n    def load(self): ...",
        "main.py": "from ports import Store\ndef read(store: Store):\n    reveal(store.load)",
    }
    assert ["def disk.Disk.load"] == revealed(files)


GENERIC = """
from typing import Generic, TypeVar
from httpx import Client
K = TypeVar("K")
V = TypeVar("V")
class Base(Generic[K, V]):
    declared: V
    def __init__(self, given: V):
        self.given = given
    def one(self) -> V: ...
    def many(self) -> list[V]: ...
    def load(self):
        return self.given
class Middle(Base[int, K], Generic[K]): ...
class Clients(Middle[Client]): ...
class Own(Base[int, Client]): ...
"""


@pytest.mark.parametrize("made", ["Own(acme)", "Clients(acme)"])
@pytest.mark.parametrize("reading", ["one()", "many()[0]", "declared", "given", "load()"])
def test_a_type_variable_is_what_a_class_gives_its_generic_base(made: str, reading: str) -> None:
    assert ["<httpx.Client>"] == revealed(GENERIC + f"reveal({made}.{reading})")


@pytest.mark.parametrize("reading", ["one()", "many()[0]", "declared", "given"])
@pytest.mark.parametrize("annotation", ["Base[int, Client]", "Middle[Client]"])
def test_a_type_variable_is_what_an_annotation_gives_a_generic_class(annotation: str, reading: str) -> None:
    code = GENERIC + f"def load(x: {annotation}):\n    reveal(x.{reading})"
    assert ["<httpx.Client>"] == revealed(code)


def test_a_type_variable_that_is_given_nothing_is_unknown() -> None:
    assert [""] == revealed(GENERIC + "def load(x: Base):\n    reveal(x.one())")


def test_generic_classes_that_derive_from_each_other_end_somewhere() -> None:
    code = """
        from typing import Generic, TypeVar
        T = TypeVar("T")
        class A(B[T]):
            def one(self) -> T: ...
        class B(A[T]): ...
        class C(B[int]): ...
        reveal(C().one())
        """
    assert 1 == len(revealed(code))


@pytest.mark.parametrize("reading", ["Path.ROOT", "Path.ROOT.value"])
def test_a_member_of_an_enumeration_is_its_value(reading: str) -> None:
    code = f"from enum import Enum\nclass Path(str, Enum):\n    ROOT = '/'\nreveal({reading})"
    assert ["'/'"] == revealed(code)


def test_a_parameter_without_annotation_is_what_its_callers_pass() -> None:
    files = {
        "main.py": "import httpx\nfrom helpers import load\nload(httpx.Client())",
        "helpers.py": "def load(client):\n    reveal(client)",
    }
    assert ["<httpx.Client>"] == revealed(files)


def test_a_parameter_that_nobody_passes_is_its_default() -> None:
    assert ["<httpx.Client>"] == revealed(
        "import httpx\ndef load(client=httpx.Client()):\n    reveal(client)"
    )


def test_what_is_kept_in_the_state_of_an_app_is_found_through_a_request() -> None:
    files = {
        "main.py": """
            import httpx
            from fastapi import FastAPI
            app = FastAPI()
            app.state.client = httpx.Client()
            """,
        "routes.py": """
            from fastapi import Request
            def read(request: Request):
                reveal(request.app.state.client)
            """,
    }
    assert ["<httpx.Client>"] == revealed(files)


def test_a_decorated_function_gives_what_its_wrapper_gives() -> None:
    code = """
        import functools, httpx
        def traced(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                return function(*args, **kwargs)
            return wrapper
        @traced
        def make():
            return httpx.Client()
        reveal(make())
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_under_a_decorator_of_which_nothing_is_known_a_function_gives_nothing_known() -> None:
    code = "import acme, httpx\n@acme.traced\ndef make():\n    return httpx.Client()\nreveal(make())"
    assert [""] == revealed(code)


# What libraries give


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("sessionmaker()()", "<sqlalchemy.orm.Session>"),
        ("sessionmaker(class_=AsyncSession)()", "<sqlalchemy.ext.asyncio.AsyncSession>"),
        ("sessionmaker(engine, class_=Own)()", "<main.Own>"),
        ("async_sessionmaker(engine)()", "<sqlalchemy.ext.asyncio.AsyncSession>"),
        ("sessionmaker().begin()", "<sqlalchemy.orm.Session>"),
        ("scoped_session(sessionmaker())()", "<sqlalchemy.orm.Session>"),
        ("create_engine('')", "<sqlalchemy.Engine>"),
        ("create_engine('').connect()", "<sqlalchemy.Connection>"),
        ("Session().query(Own).filter(1).order_by(2)", "<sqlalchemy.orm.Query>"),
    ],
)
def test_what_sqlalchemy_makes(code: str, expected: str) -> None:
    source = f"""
        from sqlalchemy import create_engine
        from sqlalchemy.orm import Session, scoped_session, sessionmaker
        from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
        class Own(Session): ...
        engine = create_engine("")
        reveal({code})
        """
    assert [expected] == revealed(source)


def test_the_session_of_a_factory_in_another_module_is_entered() -> None:
    files = {
        "db.py": """
            from sqlalchemy.ext.asyncio import AsyncSession
            from sqlalchemy.orm import sessionmaker
            Local = sessionmaker(class_=AsyncSession)
            """,
        "main.py": """
            from db import Local
            async def load():
                async with Local() as session:
                    reveal(session)
            """,
    }
    assert ["<sqlalchemy.ext.asyncio.AsyncSession>"] == revealed(files)


def test_a_parameter_is_what_its_dependency_gives() -> None:
    code = """
        from fastapi import Depends
        from sqlalchemy.orm import Session
        def get_session():
            with Session() as session:
                yield session
        def read(session=Depends(get_session)):
            reveal(session)
        """
    assert ["<sqlalchemy.orm.Session>"] == revealed(code)


# Text


@pytest.mark.parametrize(
    "written",
    [
        '"/orders"',
        '"/" "orders"',
        '"/" + "orders"',
        'f"/{NAME}"',
        'f"/{settings.NAME}"',
        "PATH",
        "Paths.ORDERS",
    ],
)
def test_text_is_known_when_all_its_parts_are(written: str) -> None:
    files = {
        "settings.py": "NAME = 'orders'",
        "main.py": f"""
            import settings
            from settings import NAME
            PATH = f"/{{NAME}}"
            class Paths:
                ORDERS = "/orders"
            reveal({written})
            """,
    }
    [call] = project(files).calls.named("reveal")
    assert "/orders" == call.args[0].string()


@pytest.mark.parametrize("written", ['f"/{load()}"', "load()", '"/" + load()', "1", "None", '"a" * 2'])
def test_text_of_which_a_part_is_unknown_is_unknown(written: str) -> None:
    [call] = project(f"from acme import load\nreveal({written})").calls.named("reveal")
    assert call.args[0].string() is None


def test_a_text_that_is_made_of_itself_is_unknown() -> None:
    [call] = project(
        "path = 'a'\ndef f():\n    global path\n    path = path + 'b'\n    reveal(path)"
    ).calls.named("reveal")
    assert call.args[0].string() in (None, "a")
