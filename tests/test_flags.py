"""What one call of a function gives, by the flags that it passes or leaves at their defaults."""

from __future__ import annotations

import pytest

from tests.model import revealed

CONNECT = """
import httpx
def connect(url, is_async: bool = False):
    if is_async:
        return httpx.AsyncClient(base_url=url)
    return httpx.Client(base_url=url)
"""
BOTH = "<httpx.AsyncClient> | <httpx.Client>"


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ('connect("/")', "<httpx.Client>"),
        ('connect("/", False)', "<httpx.Client>"),
        ('connect("/", is_async=True)', "<httpx.AsyncClient>"),
        ('connect("/", is_async=settings.is_async)', BOTH),
        ("connect(*arguments)", BOTH),
        ('connect("/", **options)', BOTH),
    ],
)
def test_a_flag_says_which_of_its_clients_a_factory_gives(call: str, expected: str) -> None:
    assert [expected] == revealed(f"{CONNECT}reveal({call})")


def test_a_flag_is_followed_through_a_function_that_passes_it_on() -> None:
    code = CONNECT + "def make(is_async: bool = True):\n    return connect('/', is_async=is_async)\n"
    assert ["<httpx.AsyncClient>", "<httpx.Client>"] == revealed(f"{code}reveal(make())\nreveal(make(False))")


def test_a_flag_that_the_function_changes_says_nothing() -> None:
    code = CONNECT.replace("    if", "    is_async = is_async or url.startswith('a')\n    if")
    assert [BOTH] == revealed(f"{code}reveal(connect('/'))")


def test_a_flag_says_which_module_a_factory_imports() -> None:
    code = """
        def connect(url, is_async=False):
            if is_async:
                import redis.asyncio as module
            else:
                import redis as module
            return module.Redis.from_url(url)
        reveal(connect("redis://"))
        reveal(connect("redis://", True))
        """
    assert ["<redis.Redis>", "<redis.asyncio.Redis>"] == revealed(code)


def test_what_a_factory_keeps_for_later_is_what_it_makes_for_the_call() -> None:
    code = """
        import httpx
        KEPT = {}
        def connect(is_async=False):
            if is_async in KEPT:
                return KEPT[is_async]
            client = httpx.AsyncClient() if is_async else httpx.Client()
            KEPT[is_async] = client
            return client
        reveal(connect())
        """
    assert ["<httpx.Client>"] == revealed(code)


def test_a_flag_says_which_attribute_a_constructor_sets() -> None:
    code = """
        import httpx
        class Store:
            def __init__(self, is_async=False):
                if is_async:
                    self.client = httpx.AsyncClient()
                else:
                    self.client = httpx.Client()
        reveal(Store().client)
        reveal(Store(is_async=True).client)
        """
    assert ["<httpx.Client>", "<httpx.AsyncClient>"] == revealed(code)


def test_a_flag_says_which_of_the_annotated_classes_is_returned() -> None:
    code = """
        import httpx
        def connect(is_async: bool = False) -> httpx.Client | httpx.AsyncClient:
            return httpx.AsyncClient() if is_async else httpx.Client()
        reveal(connect())
        reveal(connect(True))
        """
    assert ["<httpx.Client>", "<httpx.AsyncClient>"] == revealed(code)


def test_what_may_be_none_is_tested_by_what_is_passed() -> None:
    code = """
        import httpx
        def connect(proxy=None):
            if proxy is None:
                return httpx.Client()
            return httpx.AsyncClient()
        reveal(connect())
        reveal(connect("http://proxy"))
        """
    assert ["<httpx.Client>", "<httpx.AsyncClient>"] == revealed(code)


@pytest.mark.parametrize("decorator", ["logged", "logged()", "logged(level=1)"])
def test_a_decorator_that_is_written_with_or_without_a_call_gives_the_wrapper(decorator: str) -> None:
    code = f"""
        import httpx
        def logged(function=None, *, level=0):
            def decorate(inner):
                def wrapper():
                    return httpx.Client()
                return wrapper
            if function is not None:
                return decorate(function)
            return decorate
        @{decorator}
        def read(): ...
        reveal(read())
    """
    assert ["<httpx.Client>"] == revealed(code)
