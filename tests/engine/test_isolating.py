from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import isolated_tasks as tasks
import pytest

from crisiswatch.engine.isolated import is_allowed
from crisiswatch.engine.isolating import WorkerIsolator, WorkLimits
from crisiswatch.errors import WorkFailed, WorkNotBegun, WorkTimedOut

PACKAGES = ("crisiswatch", "isolated_tasks")


@pytest.fixture
async def isolator():
    isolator = WorkerIsolator(WorkLimits(deadline=timedelta(seconds=120)), PACKAGES)
    yield isolator
    await isolator.close()


def impatient() -> WorkerIsolator:
    return WorkerIsolator(WorkLimits(deadline=timedelta(seconds=3)), PACKAGES)


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_returns_the_result_as_its_annotated_type(isolator):
    at = datetime(2026, 11, 18, 9, tzinfo=UTC)

    answer = await isolator.call(tasks.count_words, b"norvik lid", at)

    assert answer == tasks.Answer(words=("norvik", "lid"), at=at)


async def test_arguments_arrive_as_their_annotated_types(isolator):
    answer = await isolator.call(tasks.double, tasks.Answer(words=("a",)))

    assert answer == tasks.Answer(words=("a", "a"))


async def test_an_unannotated_result_comes_back_as_plain_values(isolator):
    answer = await isolator.call(tasks.untyped, [1, "two", None])

    assert answer == {"value": [1, "two", None]}


async def test_keeps_one_warm_worker(isolator):
    first = await isolator.call(tasks.process)
    second = await isolator.call(tasks.process)

    assert first == second


async def test_replaces_the_worker_after_its_share_of_calls():
    isolator = WorkerIsolator(WorkLimits(calls=2), PACKAGES)

    pids = [await isolator.call(tasks.process) for _ in range(4)]
    await isolator.close()

    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_an_error_in_the_function_is_work_failed_and_the_worker_lives_on(isolator):
    before = await isolator.call(tasks.process)

    with pytest.raises(WorkFailed, match="RuntimeError: no such kettle"):
        await isolator.call(tasks.fail, "no such kettle")

    assert await isolator.call(tasks.process) == before


async def test_an_error_message_is_cut(isolator):
    with pytest.raises(WorkFailed) as caught:
        await isolator.call(tasks.fail, "x" * 100_000)

    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("argument", ["\ud800", object(), 2**80])
async def test_an_argument_that_cannot_be_sent_is_work_failed(isolator, argument):
    with pytest.raises(WorkFailed, match="cannot be sent"):
        await isolator.call(tasks.untyped, argument)


async def test_a_function_that_prints_does_not_break_the_framing(isolator):
    assert await isolator.call(tasks.shout) == "said"


async def test_a_hung_worker_is_killed_and_the_next_call_works():
    isolator = impatient()
    pid = await isolator.call(tasks.process)

    with pytest.raises(WorkTimedOut, match="within 3 s"):
        await isolator.call(tasks.hang)

    assert not is_running(pid)
    assert await isolator.call(tasks.process) != pid
    await isolator.close()


async def test_a_call_that_is_never_taken_up_was_not_begun_and_says_so():
    limits = WorkLimits(deadline=timedelta(seconds=3), patience=timedelta(seconds=0.1))
    isolator = WorkerIsolator(limits, PACKAGES)
    hanging = asyncio.create_task(isolator.call(tasks.hang))
    await asyncio.sleep(0)

    with pytest.raises(WorkNotBegun, match="busy"):
        await isolator.call(tasks.process)

    with pytest.raises(WorkTimedOut):
        await hanging
    assert await isolator.call(tasks.untyped, 1) == {"value": 1}
    await isolator.close()


async def test_a_module_that_loads_slowly_is_waited_for_and_not_begun_anew_for_ever():
    limits = WorkLimits(deadline=timedelta(seconds=1.5), cpu=timedelta(seconds=1))
    isolator = WorkerIsolator(limits, (*PACKAGES, "isolated_slowly"))

    answer = await isolator.call(_of_module("isolated_slowly", "process"))
    await isolator.close()

    assert answer == "loaded"


async def test_a_worker_that_does_not_start_in_its_time_is_given_up():
    isolator = WorkerIsolator(WorkLimits(start=timedelta(0)), PACKAGES)

    with pytest.raises(WorkTimedOut, match="isolated_tasks: no worker within 0 s"):
        await isolator.call(tasks.process)

    assert isolator._worker is None  # nothing is left running


async def test_a_grandchild_of_a_hung_worker_is_killed_too():
    isolator = impatient()
    pid = await isolator.call(tasks.process)

    with pytest.raises(WorkTimedOut):
        await isolator.call(tasks.spawn_and_hang)

    async with asyncio.timeout(60):
        while session_members(pid):  # noqa: ASYNC110  # killed, though the kernel may not have come round to it
            await asyncio.sleep(0.05)


async def test_too_much_cpu_is_work_timed_out():
    isolator = WorkerIsolator(WorkLimits(deadline=timedelta(seconds=240), cpu=timedelta(seconds=1)), PACKAGES)

    with pytest.raises(WorkTimedOut, match="CPU"):
        await isolator.call(tasks.spin)

    assert await isolator.call(tasks.untyped, 1) == {"value": 1}
    await isolator.close()


async def test_too_much_memory_is_work_timed_out(isolator):
    with pytest.raises(WorkTimedOut, match="memory"):
        await isolator.call(tasks.swell)

    assert await isolator.call(tasks.untyped, 1) == {"value": 1}


@pytest.mark.parametrize(("function", "arguments"), [(tasks.vanish, (3,)), (tasks.vanish, (0,)), (tasks.crash, ())])
async def test_a_worker_that_dies_is_work_failed_and_the_next_call_works(isolator, function, arguments):
    with pytest.raises(WorkFailed, match="died"):
        await isolator.call(function, *arguments)

    assert await isolator.call(tasks.untyped, 1) == {"value": 1}


async def test_a_cancelled_call_leaves_no_half_answer_behind(isolator):
    await isolator.call(tasks.process)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(isolator.call(tasks.hang), 0.2)

    assert await isolator.call(tasks.untyped, "fresh") == {"value": "fresh"}


async def test_calls_wait_for_each_other(isolator):
    answers = await asyncio.gather(*(isolator.call(tasks.untyped, n) for n in range(20)))

    assert [answer["value"] for answer in answers] == list(range(20))


async def test_close_leaves_no_process(isolator):
    pid = await isolator.call(tasks.process)

    await isolator.close()

    assert not is_running(pid)


@pytest.mark.parametrize("function", [lambda: 1, tasks.Answer.__hash__, len, Path.cwd])
async def test_refuses_what_is_not_a_modules_own_function(isolator, function):
    with pytest.raises(WorkFailed, match="not a module's own function"):
        await isolator.call(function)


def test_the_child_refuses_other_packages_by_itself():
    assert is_allowed("crisiswatch.text:fold", ("crisiswatch",))
    assert not is_allowed("os:system", ("crisiswatch",))
    assert not is_allowed("crisiswatch_evil:run", ("crisiswatch",))
    assert not is_allowed("crisiswatch.errors:BadInput.__init__", ("crisiswatch",))


async def test_the_worker_never_imports_river(isolator):
    loaded = await isolator.call(tasks.modules)

    assert "crisiswatch.engine.isolated" not in loaded  # it runs as __main__
    assert not {"river", "numpy", "sqlalchemy", "httpx"} & set(loaded)


async def test_the_worker_does_not_see_our_secrets(isolator, monkeypatch):
    monkeypatch.setenv("SLACK_TOKEN", "canary-secret")

    seen = await isolator.call(tasks.environment)

    assert "SLACK_TOKEN" not in seen
    assert "canary-secret" not in "".join(seen.values())


async def test_a_result_of_another_type_than_annotated_is_work_failed(isolator):
    with pytest.raises(WorkFailed, match="annotated type"):
        await isolator.call(tasks.wrong_type)


def session_members(leader: int) -> list[str]:
    """Return the processes that are alive in the session of a worker."""
    stats = {entry.name: _stat(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    return [name for name, stat in stats.items() if stat and int(stat[3]) == leader and stat[0] != "Z"]


def _stat(entry: Path) -> list[str]:
    try:
        return (entry / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _of_module(module: str, name: str):
    """Return a stand-in for a function of a module that this process does not load itself."""

    def function() -> str:
        raise AssertionError("it runs in the worker")

    function.__module__, function.__qualname__ = module, name
    return function
