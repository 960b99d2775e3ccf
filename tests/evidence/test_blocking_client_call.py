"""A client that waits for its server stops the event loop: shown with slow mail and file servers."""

import ftplib
import smtplib
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI

from tests.evidence.client import request
from tests.evidence.loop import CALL, blocks
from tests.evidence.pages import examples


class MailServer(socketserver.StreamRequestHandler):
    """Greets late, then accepts every message."""

    def handle(self) -> None:
        time.sleep(CALL)
        self.wfile.write(b"220 ready\r\n")
        for line in self.rfile:
            command = line[:4].upper().strip()
            self.wfile.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(command, b"250 ok\r\n"))
            if command == b"QUIT":
                return
            if command == b"DATA":
                self.take_message()

    def take_message(self) -> None:
        for line in self.rfile:
            if line == b".\r\n":
                break
        self.wfile.write(b"250 taken\r\n")


class FileServer(socketserver.StreamRequestHandler):
    """Greets late and says goodbye."""

    def handle(self) -> None:
        time.sleep(CALL)
        self.wfile.write(b"220 ready\r\n")
        self.rfile.readline()
        self.wfile.write(b"221 bye\r\n")


@contextmanager
def serving(handler: type[socketserver.StreamRequestHandler]) -> Iterator[tuple[str, int]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield "127.0.0.1", server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def mail_server() -> Iterator[tuple[str, int]]:
    with serving(MailServer) as address:
        yield address


def test_the_bad_example_stops_the_loop_and_the_good_one_does_not(mail_server: tuple[str, int]) -> None:
    bad, good = examples("blocking-client-call")
    bad["MAIL_SERVER"] = good["MAIL_SERVER"] = mail_server
    assert blocks(bad["app"], "POST", "/invitations", params={"address": "a@example.com"})
    assert not blocks(good["app"], "POST", "/invitations", params={"address": "a@example.com"})


def test_both_examples_give_the_same_answer_and_schema(mail_server: tuple[str, int]) -> None:
    bad, good = examples("blocking-client-call")
    bad["MAIL_SERVER"] = good["MAIL_SERVER"] = mail_server
    assert bad["app"].openapi() == good["app"].openapi()
    query = {"params": {"address": "a@example.com"}}
    assert request(bad["app"], "POST", "/invitations", **query).json() == {"invited": "a@example.com"}
    assert request(good["app"], "POST", "/invitations", **query).json() == {"invited": "a@example.com"}


def test_a_mail_client_with_a_host_connects_when_it_is_created(mail_server: tuple[str, int]) -> None:
    app = FastAPI()

    @app.get("/")
    async def route() -> None:
        smtplib.SMTP(*mail_server, local_hostname="localhost").quit()

    assert blocks(app, "GET", "/")


def test_a_mail_client_without_a_host_connects_to_nothing() -> None:
    assert smtplib.SMTP(local_hostname="localhost").sock is None


def test_a_file_client_with_a_host_connects_when_it_is_created() -> None:
    app = FastAPI()

    with serving(FileServer) as (host, port):

        @app.get("/")
        async def route() -> None:
            client = ftplib.FTP()
            client.connect(host, port)
            client.quit()

        assert blocks(app, "GET", "/")


def test_a_def_route_waits_in_a_thread(mail_server: tuple[str, int]) -> None:
    app = FastAPI()

    @app.get("/")
    def route() -> None:
        smtplib.SMTP(*mail_server, local_hostname="localhost").quit()

    assert not blocks(app, "GET", "/")
