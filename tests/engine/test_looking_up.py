from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from crisiswatch.engine.looking_up import LookupThreads, widen_lookups

ENDS = """
import asyncio, socket, threading
from crisiswatch.engine.looking_up import widen_lookups

socket.getaddrinfo = lambda *given, **more: threading.Event().wait()

async def ask():
    widen_lookups(asyncio.get_running_loop())
    try:
        async with asyncio.timeout(0.1):
            await asyncio.get_running_loop().getaddrinfo("stuck.invalid", 80)
    except TimeoutError:
        print("gave up")

asyncio.run(ask())
"""


def test_a_lookup_that_never_ends_keeps_no_process_alive():
    ended = subprocess.run([sys.executable, "-c", ENDS], capture_output=True, text=True, check=True, timeout=240)

    assert ended.stdout == "gave up\n"


async def test_the_loop_looks_up_names_with_it():
    widen_lookups(asyncio.get_running_loop())

    found = await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)

    assert found[0][4] == ("127.0.0.1", 80)


def test_answers_and_errors_come_back():
    threads = LookupThreads(2)

    assert threads.submit(int, "7").result() == 7
    with pytest.raises(ValueError, match="seven"):
        threads.submit(int, "seven").result()
    threads.shutdown()


def test_one_that_is_stuck_leaves_the_others_a_thread():
    threads, go = LookupThreads(2), threading.Event()
    stuck = threads.submit(go.wait)

    names = {threads.submit(lambda: threading.current_thread().name).result() for _ in range(5)}

    assert len(names) == 1
    go.set()
    assert stuck.result()
    threads.shutdown()


def test_no_more_threads_than_allowed_and_the_rest_waits_its_turn():
    threads, go = LookupThreads(2), threading.Event()

    def name() -> str:
        go.wait()
        return threading.current_thread().name

    waiting = [threads.submit(name) for _ in range(8)]
    go.set()

    assert len({one.result() for one in waiting}) <= 2
    threads.shutdown()


def test_a_call_that_was_given_up_before_its_turn_never_runs():
    threads, go, ran = LookupThreads(1), threading.Event(), []
    first = threads.submit(go.wait)
    second = threads.submit(ran.append, 1)

    assert second.cancel()
    go.set()
    first.result()
    threads.submit(int).result()
    assert ran == []
    threads.shutdown()


def test_nothing_is_taken_after_the_end():
    threads = LookupThreads(1)
    threads.shutdown()

    with pytest.raises(RuntimeError):
        threads.submit(int)
