"""Puts the console together: which path is served by whom, and who may ask."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from crisiswatch.console.access import Endpoint, Gate
from crisiswatch.console.acting import Acting
from crisiswatch.console.api import Api
from crisiswatch.console.display import FOLDER, Display
from crisiswatch.console.doors import Doors, Scope
from crisiswatch.console.failures import Failures
from crisiswatch.console.guards import HeaderLimit, HostGuard, SecurityHeaders
from crisiswatch.console.labels import Labels
from crisiswatch.console.live import Live, Streams
from crisiswatch.console.login import Login
from crisiswatch.console.mending import Mending
from crisiswatch.console.operations import Operations
from crisiswatch.console.pages import Pages
from crisiswatch.console.parameters import WrongParameters
from crisiswatch.console.pressing import Pressing
from crisiswatch.console.signed import Signed
from crisiswatch.console.silencing import Silencing
from crisiswatch.console.webhooks import Webhooks
from crisiswatch.core.answering import Deed
from crisiswatch.errors import CrisiswatchError


def create_app(doors: Doors) -> Starlette:
    """Return the console as an ASGI application. `app.state.streams.end()` ends its event streams."""
    display = Display()
    gate = Gate(doors, display)
    streams = Streams(doors.limits.streams)
    failures = Failures(display)
    app = Starlette(
        routes=[*_machine_routes(doors, gate, streams), *_people_routes(doors, gate, display)],
        middleware=_middleware(doors),
        exception_handlers={
            HTTPException: failures.refused,
            WrongParameters: failures.wrong_parameters,
            CrisiswatchError: failures.failed,
            Exception: failures.unexpected,
        },
    )
    # A redirect to the same path with or without a slash would be built from the Host header.
    app.router.redirect_slashes = False
    app.state.streams = streams
    app.state.limits = doors.limits
    return app


def _machine_routes(doors: Doors, gate: Gate, streams: Streams) -> Sequence[BaseRoute]:
    operations = Operations(doors, gate)
    api, acting, labels = Api(doors), Acting(doors, gate), Labels(doors, gate)
    hooks, silencing = Webhooks(doors), Silencing(doors, gate)

    def do(deed: Deed) -> Endpoint:
        return gate.action(Scope.ACT, acting.api(deed))

    return (
        Route("/metrics", gate.api(Scope.READ, operations.metrics)),
        Route("/-/healthy", operations.healthy),
        Route("/-/ready", operations.ready),
        Route("/-/reload", gate.action(Scope.ADMIN, operations.reload), methods=["POST"]),
        Route("/hooks/{name}", hooks.receive, methods=["POST"]),
        Route("/hooks/{name}", hooks.greet, methods=["GET"]),
        Route("/slack/actions", Pressing(doors).act, methods=["POST"]),
        Route("/events", gate.api(Scope.READ, Live(doors, streams).events)),
        Route("/api/v1/incidents", gate.api(Scope.READ, api.incidents)),
        Route("/api/v1/incidents/INC-{number:int}", gate.api(Scope.READ, api.incident)),
        Route("/api/v1/incidents/INC-{number:int}/ack", do(Deed.ACKNOWLEDGE), methods=["POST"]),
        Route("/api/v1/incidents/INC-{number:int}/verdict", do(Deed.VERDICT), methods=["POST"]),
        Route("/api/v1/incidents/INC-{number:int}/close", do(Deed.CLOSE), methods=["POST"]),
        Route("/api/v1/verdicts", gate.api(Scope.READ, api.verdicts)),
        Route("/api/v1/mentions", gate.api(Scope.READ, api.mentions)),
        Route("/api/v1/labels", gate.api(Scope.READ, labels.standing), methods=["GET"]),
        Route("/api/v1/labels", gate.action(Scope.ACT, labels.give), methods=["POST"]),
        Route("/api/v1/labels/next", gate.api(Scope.READ, labels.next)),
        Route("/api/v1/outbox", gate.api(Scope.READ, api.outbox)),
        Route("/api/v1/outbox/{id:int}/retry", gate.action(Scope.ACT, Mending(doors, gate).retry), methods=["POST"]),
        Route(
            "/api/v1/outbox/{id:int}/discard", gate.action(Scope.ACT, Mending(doors, gate).discard), methods=["POST"]
        ),
        Route("/api/v1/silences", gate.api(Scope.READ, silencing.list_all)),
        Route("/api/v1/silences", gate.action(Scope.ACT, silencing.add), methods=["POST"]),
        Route("/api/v1/silences/{id}", gate.action(Scope.ACT, silencing.expire), methods=["DELETE"]),
        Route("/api/v1/sources", gate.api(Scope.READ, api.sources)),
    )


def _people_routes(doors: Doors, gate: Gate, display: Display) -> Sequence[BaseRoute]:
    pages = Pages(doors, display, gate, Api(doors))
    login, signed = Login(doors, display, gate), Signed(doors, display, gate)
    return (
        Route("/", gate.page(Scope.READ, pages.incidents)),
        Route("/i/{name}", gate.page(Scope.READ, pages.incident)),
        Route("/i/{name}/chart.svg", gate.api(Scope.READ, pages.chart_svg)),
        Route("/i/{name}/chart.png", gate.api(Scope.READ, pages.chart_png)),
        Route("/i/INC-{number:int}/answer", Acting(doors, gate).form, methods=["POST"]),
        Route("/a/{token}", signed.show, methods=["GET"]),
        Route("/a/{token}", signed.act, methods=["POST"]),
        Route("/login", login.form, methods=["GET"]),
        Route("/login", login.submit, methods=["POST"]),
        Route("/logout", gate.action(Scope.READ, login.leave), methods=["POST"]),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    )


def _middleware(doors: Doors) -> list[Middleware]:
    chain = [Middleware(SecurityHeaders)]
    if doors.trusted_proxies:
        chain.append(Middleware(ProxyHeadersMiddleware, trusted_hosts=list(doors.trusted_proxies)))
    chain.append(Middleware(HeaderLimit, limit=doors.limits.headers))
    chain.append(Middleware(HostGuard, public_url=doors.public_url, has_tokens=bool(doors.tokens)))
    return chain
