"""Headers out, sizes in, host names, and GET that never acts."""

from __future__ import annotations

import httpx
import pytest

from crisiswatch.console.application import create_app
from crisiswatch.console.binding import check_binding
from crisiswatch.console.doors import Doors, Limits, Scope
from crisiswatch.errors import ConfigError
from tests.console.console_fakes import HTML, World, client, token

PAGES = ["/", "/i/INC-7", "/login", "/i/INC-99", "/metrics", "/-/healthy", "/api/v1/incidents", "/static/console.css"]
_, TOKEN = token(Scope.READ)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "LOCALHOST", "127.9.9.9"])
def test_loopback_needs_no_token(host: str) -> None:
    check_binding(host, ())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.168.0.2", "cw.example", "localhost.evil.example", "*"])
def test_other_addresses_are_refused_without_tokens(host: str) -> None:
    with pytest.raises(ConfigError, match=r"server\.tokens is empty"):
        check_binding(host, ())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "cw.example", "127.0.0.1"])
def test_every_address_is_allowed_with_tokens(host: str) -> None:
    check_binding(host, (TOKEN,))


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_has_the_security_headers(path: str) -> None:
    headers = (await client(World().doors(tokens=(TOKEN,))).get(path, headers=HTML)).headers

    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:9119", "localhost:9119", "[::1]:9119", "LocalHost", "cw.example", "CW.example:443"]
)
async def test_loopback_console_answers_to_its_own_names(host: str) -> None:
    answer = await client(World().doors(public_url="https://cw.example")).get("/", headers={"Host": host})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.0.2", "0.0.0.0", "", "[::", "a b"],
)
@pytest.mark.parametrize("path", ["/", "/-/healthy", "/hooks/inbox", "/static/console.css", "/login"])
async def test_loopback_console_refuses_foreign_names(host: str, path: str) -> None:
    answer = await client(World().doors(public_url="https://cw.example")).get(path, headers={"Host": host})

    assert answer.status_code == 421
    assert "Acme" not in answer.text


async def test_two_host_names_are_none() -> None:
    answer = await client(World().doors()).get("/", headers=[("Host", "127.0.0.1"), ("Host", "evil.example")])

    assert answer.status_code == 421


@pytest.mark.parametrize(("server", "status"), [("http://127.0.0.1:9119", 421), ("http://10.0.0.5:9119", 200)])
async def test_with_tokens_names_are_guarded_on_loopback_alone(server: str, status: int) -> None:
    secret, known = token(Scope.READ)
    headers = {"Host": "anything.example", "Authorization": f"Bearer {secret}"}

    assert (await client(World().doors(tokens=(known,)), server).get("/", headers=headers)).status_code == status


@pytest.mark.parametrize(("size", "status"), [(6000, 200), (9000, 431)])
async def test_large_headers_are_refused(size: int, status: int) -> None:
    assert (await client(World().doors()).get("/", headers={"X-Large": "x" * size})).status_code == status


async def test_long_address_is_refused() -> None:
    assert (await client(World().doors()).get("/?" + "x" * 9000)).status_code == 431


@pytest.mark.parametrize(
    "path",
    [
        "/static/../pages.py", "/static/..%2fpages.py", "/static/%2e%2e/pages.py", "/static/..%5cpages.py",
        "/static//etc/passwd", "/static/%2fetc/passwd", "/static/....//pages.py", "/static/x%00.css", "/static/",
        "/static", "/static/" + "a" * 3000, "/i/..%2f..%2fetc%2fpasswd", "/hooks/..%2finbox",
    ],
)  # fmt: skip
async def test_no_path_leaves_the_static_folder(path: str) -> None:
    answer = await client(World().doors()).request("GET", path)

    assert answer.status_code in (404, 405)
    assert b"import" not in answer.content
    assert b"root:" not in answer.content


async def test_a_thousand_requests_of_a_mail_scanner_change_nothing() -> None:
    world = World()
    scanner = client(world.doors(), headers={"User-Agent": "BarracudaCentral/1.0 (link scanner)"})
    paths = ["/", "/i/INC-7", "/-/reload", "/hooks/inbox", "/logout", "/login", "/-/ready", "/api/v1/outbox",
             "/i/INC-7/chart.svg", "/static/live.js"]  # fmt: skip
    before = list(world.store.known)

    answers = [await scanner.request(method, path) for path in paths * 50 for method in ("GET", "HEAD")]

    assert len(answers) == 1000
    assert {answer.status_code for answer in answers} == {200, 303, 404, 405}
    assert (world.reloads, world.ingested, world.hook.received, world.store.known) == (0, [], [], before)
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize(("proxies", "status"), [(("10.0.0.0/8",), [403] * 6), ((), [403] * 5 + [429])])
async def test_forwarded_addresses_count_from_trusted_proxies_alone(
    proxies: tuple[str, ...], status: list[int]
) -> None:
    visitor = behind_proxy(World().doors(tokens=(TOKEN,), trusted_proxies=proxies))

    assert [await _wrong_login(visitor, f"198.51.100.{last}") for last in range(6)] == status


async def test_https_behind_a_trusted_proxy_makes_cookies_secure() -> None:
    secret, known = token(Scope.READ)
    visitor = behind_proxy(World().doors(tokens=(known,), trusted_proxies=("10.0.0.1",)))

    assert (await visitor.get("/login", headers={"X-Forwarded-Proto": "https"})).status_code == 200
    answer = await _login(visitor, secret, {"X-Forwarded-Proto": "https"})

    assert answer.headers["set-cookie"].startswith("__Host-crisiswatch=")


async def test_large_form_is_refused() -> None:
    doors = World().doors(tokens=(TOKEN,), limits=Limits(body=100))

    assert (await _login(behind_proxy(doors), "x" * 200, {})).status_code == 413


def behind_proxy(doors: Doors) -> httpx.AsyncClient:
    """Return a client whose requests come from a proxy at 10.0.0.1."""
    transport = httpx.ASGITransport(create_app(doors), client=("10.0.0.1", 5000))
    return httpx.AsyncClient(transport=transport, base_url="http://cw.example")


async def _login(visitor: httpx.AsyncClient, secret: str, headers: dict[str, str]) -> httpx.Response:
    page = (await visitor.get("/login")).text
    form = {"form_token": page.split('name="form_token" value="')[1][:64], "token": secret}
    return await visitor.post("/login", data=form, headers={"Sec-Fetch-Site": "same-origin"} | headers)


async def _wrong_login(visitor: httpx.AsyncClient, address: str) -> int:
    return (await _login(visitor, "wrong", {"X-Forwarded-For": address})).status_code
