"""Who may do what: tokens, scopes, sessions, forms."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crisiswatch.console import sessions
from crisiswatch.console.doors import Scope, Token
from crisiswatch.console.tokens import find_token, hash_token, new_token
from tests.console.console_fakes import HTML, NOW, World, client, token

READING = [
    "/", "/i/INC-7", "/i/INC-7.json", "/i/INC-7/chart.svg", "/i/INC-7/chart.png", "/metrics", "/events",
    "/api/v1/incidents", "/api/v1/incidents/INC-7", "/api/v1/mentions", "/api/v1/outbox", "/api/v1/sources",
]  # fmt: skip
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
SECRET, READER = token(Scope.READ, name="maria")
ADMIN_SECRET, ADMIN = token(Scope.ADMIN, name="ops")


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def form_token_of(page: str) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


async def log_in(browser: httpx.AsyncClient, secret: str, **form: str) -> httpx.Response:
    page = await browser.get("/login", headers=HTML)
    fields = {"form_token": form_token_of(page.text), "token": secret, **form}
    return await browser.post("/login", data=fields, headers=SAME_SITE)


def browser(world: World | None = None, base_url: str = "http://cw.example", **doors: Any) -> httpx.AsyncClient:
    return client((world or World()).doors(tokens=(READER, ADMIN), **doors), base_url)


def test_token_is_256_bits_and_never_twice_the_same() -> None:
    tokens = {new_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(len(one.removeprefix("cw_")) >= 43 for one in tokens)


def test_token_is_found_by_its_hash_alone() -> None:
    assert find_token(SECRET, (ADMIN, READER)) is READER
    assert find_token(READER.hash, (ADMIN, READER)) is None
    assert find_token("", (Token("x", "", frozenset(Scope)),)) is None


@pytest.mark.parametrize("path", [path for path in READING if path != "/events"])
async def test_without_tokens_reading_on_this_machine_is_open(path: str) -> None:
    assert (await client(World().doors()).get(path)).status_code == 200


@pytest.mark.parametrize("path", READING)
async def test_with_tokens_strangers_read_nothing(path: str) -> None:
    answer = await browser().get(path)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Acme" not in answer.text


@pytest.mark.parametrize("path", [path for path in READING if path != "/events"])
async def test_bearer_token_with_the_scope_reads(path: str) -> None:
    assert (await browser().get(path, headers=bearer(SECRET))).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", f"Basic {SECRET}", f"Bearer {SECRET}x", f"bearer {READER.hash}", SECRET],
    ids=["nothing", "blank", "another scheme", "one letter more", "the hash", "no scheme"],
)
async def test_wrong_authorization_is_refused(authorization: str) -> None:
    assert (await browser().get("/metrics", headers={"Authorization": authorization})).status_code == 401


async def test_higher_scope_includes_the_lower_and_not_the_other_way() -> None:
    world = World()

    as_reader = await browser(world).post("/-/reload", headers=bearer(SECRET))
    as_admin = await browser(world).post("/-/reload", headers=bearer(ADMIN_SECRET))
    metrics = await browser(world).get("/metrics", headers=bearer(ADMIN_SECRET))

    assert (as_reader.status_code, as_admin.status_code, metrics.status_code) == (403, 200, 200)
    assert as_reader.json()["detail"] == "the scope 'admin' is needed"
    assert world.reloads == 1


async def test_token_without_scopes_reads_nothing() -> None:
    secret, powerless = token()

    answer = await client(World().doors(tokens=(powerless,)), "http://cw.example").get("/", headers=bearer(secret))

    assert answer.status_code == 403


async def test_browser_is_led_to_the_login_and_back() -> None:
    visitor = browser()

    led = await visitor.get("/i/INC-7?x=1", headers=HTML)
    answer = await log_in(visitor, SECRET, next="/i/INC-7?x=1")
    page = await visitor.get(answer.headers["location"], headers=HTML)

    assert led.headers["location"] == "/login?next=%2Fi%2FINC-7%3Fx%3D1"
    assert answer.headers["location"] == "/i/INC-7?x=1"
    assert "Acme: 12×" in page.text


async def test_link_followed_from_another_site_loads_itself_again_with_the_cookie() -> None:
    answer = await browser().get("/i/INC-7", headers=HTML | {"Sec-Fetch-Site": "cross-site"})

    assert '<meta http-equiv="refresh" content="0">' in answer.text
    assert "INC-7" not in answer.text


async def test_session_cookie_is_guarded_over_http_and_https() -> None:
    plain = (await log_in(browser(), SECRET)).headers["set-cookie"]
    secure = (await log_in(browser(base_url="https://cw.example"), SECRET)).headers["set-cookie"]

    assert all(part in plain for part in ("crisiswatch=", "HttpOnly", "SameSite=strict", "Path=/"))
    assert "Secure" not in plain
    assert secure.startswith("__Host-crisiswatch=")
    assert all(part in secure for part in ("HttpOnly", "SameSite=strict", "Path=/", "Secure"))
    assert "Domain" not in secure
    assert SECRET not in secure


async def test_unknown_token_does_not_log_in() -> None:
    answer = await log_in(browser(), new_token())

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "This token is not known." in answer.text


async def test_login_does_not_lead_to_another_site() -> None:
    assert (await log_in(browser(), SECRET, next="//evil.example/")).headers["location"] == "/"


async def test_sixth_login_in_a_minute_is_refused_and_a_later_one_is_not() -> None:
    world = World()
    visitor = browser(world)

    tries = [(await log_in(visitor, "wrong")).status_code for _ in range(6)]
    right = await log_in(visitor, SECRET)
    world.clock.time += timedelta(minutes=1)
    later = await log_in(visitor, SECRET)

    assert tries == [403] * 5 + [429]
    assert right.status_code == 429
    assert right.headers["retry-after"] == "60"
    assert later.status_code == 303


async def test_session_ends_after_its_time() -> None:
    world = World()
    visitor = browser(world)
    await log_in(visitor, SECRET)

    before = await visitor.get("/metrics")
    world.clock.time += timedelta(hours=12)
    after = await visitor.get("/metrics")

    assert (before.status_code, after.status_code) == (200, 401)


async def test_session_ends_with_its_token() -> None:
    key = b"k" * 32
    visitor = browser(session_key=key)
    await log_in(visitor, SECRET)
    replaced = Token("maria", hash_token(new_token()), READER.scopes)

    answer = await client(World().doors(tokens=(replaced,), session_key=key), "http://cw.example",
                          cookies=visitor.cookies).get("/metrics")  # fmt: skip

    assert answer.status_code == 401


async def test_logging_out_needs_the_form_and_ends_the_session() -> None:
    visitor = browser()
    await log_in(visitor, SECRET)
    page = await visitor.get("/", headers=HTML)

    without = await visitor.post("/logout", data={"form_token": "0" * 64}, headers=SAME_SITE)
    with_form = await visitor.post("/logout", data={"form_token": form_token_of(page.text)}, headers=SAME_SITE)

    assert (without.status_code, with_form.status_code) == (403, 303)
    assert (await visitor.get("/metrics")).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://cw.example"}, 403),
        ({"Origin": "http://cw.example"}, 303),
        ({"Origin": "https://public.example"}, 303),
        ({"Origin": "https://cw.example"}, 403),
        ({"Origin": "http://cw.example:81"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_forms_are_taken_from_our_own_pages_alone(headers: dict[str, str], status: int) -> None:
    visitor = browser(public_url="https://public.example")
    page = await visitor.get("/login", headers=HTML)
    form = {"form_token": form_token_of(page.text), "token": SECRET}

    assert (await visitor.post("/login", data=form, headers=headers)).status_code == status


async def test_session_does_not_act_without_the_form_token() -> None:
    world = World()
    visitor = browser(world)
    await log_in(visitor, ADMIN_SECRET)
    page = await visitor.get("/", headers=HTML)

    bare = [
        await visitor.post("/-/reload", headers=SAME_SITE),
        await visitor.post("/-/reload"),
        await visitor.post("/-/reload", data={"form_token": ""}, headers=SAME_SITE),
    ]
    meant = await visitor.post("/-/reload", data={"form_token": form_token_of(page.text)}, headers=SAME_SITE)

    assert [answer.status_code for answer in bare] == [400, 403, 403]
    assert (meant.status_code, world.reloads) == (200, 1)


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_other_sites_cannot_reload_an_open_console(headers: dict[str, str]) -> None:
    world = World()

    answer = await client(world.doors()).post("/-/reload", headers=headers)

    assert (answer.status_code, world.reloads) == (403, 0)


async def test_script_on_this_machine_reloads_an_open_console() -> None:
    world = World()

    assert (await client(world.doors()).post("/-/reload")).status_code == 200
    assert world.reloads == 1


@given(st.data())
def test_changed_cookie_is_worth_nothing(data: st.DataObject) -> None:
    key = b"k" * 32
    cookie = sessions.sign(sessions.begin(READER, NOW, timedelta(hours=1)), READER, key)
    place = data.draw(st.integers(0, len(cookie) - 1))
    letter = data.draw(st.characters(max_codepoint=255).filter(lambda one: one != cookie[place]))

    assert sessions.verify(cookie, (READER,), key, NOW) is not None
    assert sessions.verify(cookie[:place] + letter + cookie[place + 1 :], (READER,), key, NOW) is None


@given(st.text(max_size=2000))
def test_no_cookie_raises(cookie: str) -> None:
    assert sessions.verify(cookie, (READER,), b"k", NOW) is None
