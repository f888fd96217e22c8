"""Ask over HTTP, the one way to the network: bounded in time, size and number, patient, and silent about secrets.

httpx alone inflates without limit, lets a dripping server run for ever, logs passwords in URLs, ignores networks in
``NO_PROXY`` and trusts its own list of authorities; the guards against each stand here and in the modules beside.
"""

import asyncio
import json as jsonlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from time import monotonic
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

import httpx

from collectors.access import Credentials
from collectors.answers import parse_json
from collectors.bounds import Bounds
from collectors.causes import Fault, fault_beneath
from collectors.complaints import words_of
from collectors.gate import Gate
from collectors.inflate import Body
from collectors.patience import moment_of, pause
from collectors.proxies import proxy_for
from collectors.refusals import refusal
from collectors.tls import file_context, host_context
from collectors.words import origin, place, plain
from store.errors import SourceError

_HEADERS: Final = 256
_ERROR_BODY: Final = 16 * 1024
_FORM: Final = "application/x-www-form-urlencoded"

Params = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class _Question:
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
    is_news: bool = False
    is_once: bool = False

    def __str__(self) -> str:
        return f"{self.method} {place(self.url)}"


class HttpClient:
    """One source's way to the network; all clients of a run share one ``Gate``.

    ``requests``, ``received`` (bytes over the wire) and ``skew`` (seconds that the source's clock is ahead of ours)
    are there for the run's record.
    """

    def __init__(
        self,
        credentials: Credentials,
        bounds: Bounds,
        gate: Gate,
        now: datetime,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        rng: Random | None = None,
    ) -> None:
        """Take who we are, what we may spend, the shared door and the run's one reading of the clock."""
        self.requests = 0
        self.received = 0
        self.skew: float | None = None
        self._credentials = credentials
        self._bounds = bounds
        self._gate = gate
        self._now = now
        self._timeouts = httpx.Timeout(bounds.read, connect=bounds.connect, pool=None).as_dict()
        self._began = monotonic()
        self._spent = 0.0
        self._pages = 0
        self._sleep = sleep
        self._rng = rng or Random()  # noqa: S311 - spreads retries, guards nothing
        self._ways: dict[tuple[str, str], httpx.AsyncHTTPTransport] = {}
        for name in ("httpx", "httpcore"):  # at INFO they write URLs with their queries
            logging.getLogger(name).setLevel(logging.WARNING)

    async def __aenter__(self) -> Self:
        """Open nothing yet; connections are made when asked for."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        for way in self._ways.values():
            await way.aclose()

    async def get(self, url: str, params: Params | None = None, headers: Mapping[str, str] | None = None) -> bytes:
        """Give the body of a 200 answer, nothing for a 204, or raise ``SourceError`` with its cause."""
        return await self._ask(_Question("GET", _with(url, params), headers or {}, None))

    async def post(
        self,
        url: str,
        *,
        json: Any = None,
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Ask a read-only question that must be posted; retried like ``get``."""
        kind = "application/json" if form is None else _FORM
        content = jsonlib.dumps(json) if form is None else urlencode(form, doseq=True)
        sent = {"Content-Type": kind, **(headers or {})}
        return await self._ask(_Question("POST", _checked(url), sent, content.encode()))

    async def tell(self, url: str, words: str = "") -> None:
        """Call an address whose answer does not matter as long as it is one of success; words are posted."""
        news = words.encode() or None
        sent = {"Content-Type": "text/plain; charset=utf-8"} if news else {}
        await self._ask(_Question("POST" if news else "GET", _checked(url), sent, news, is_news=True))

    async def send(
        self, method: str, url: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        """Change something, asked once: after a failure it may have taken effect, so read before anything else."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        content = jsonlib.dumps(body).encode()
        await self._ask(_Question(method, _checked(url), sent, content, is_news=True, is_once=True))

    async def _ask(self, question: _Question) -> bytes:
        self._pages += 1
        if self._pages > self._bounds.pages:
            words = f"{question}: more than {self._bounds.pages} requests; its paging may have no end (limits.pages)"
            raise SourceError("too_large", words)
        tries = 1
        while True:
            try:
                return await self._try(question)
            except SourceError as error:
                wait = pause(tries - 1, self._rng) if error.retry_after is None else error.retry_after
                is_last = question.is_once or tries >= self._bounds.tries
                if not error.retryable or is_last or self._spent + wait >= self._bounds.source:
                    raise _placed(question, error, tries) from None  # what lies beneath may hold secrets
            tries += 1
            self._spent += wait
            await self._sleep(wait)

    async def _try(self, question: _Question) -> bytes:
        _, host, port = origin(question.url)
        way = self._way(question.url)
        async with self._gate.passed(host, port):
            started = monotonic()
            left = self._bounds.source - self._spent
            try:
                async with asyncio.timeout(min(self._bounds.total, left)):
                    return await self._exchange(way, question)
            except TimeoutError:
                raise self._out_of_time(left) from None
            except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
                fault = _fault(error, is_proxied=bool(self._proxy(question.url)))
                raise SourceError(fault.cause, fault.words, retryable=fault.retryable) from None
            finally:
                self._spent += monotonic() - started

    async def _exchange(self, way: httpx.AsyncHTTPTransport, question: _Question) -> bytes:
        self.requests += 1
        secret = {name: value.reveal() for name, value in self._credentials.headers.items()}
        sent = {"User-Agent": "llmops-tui", **question.headers, "Accept-Encoding": "gzip", **secret}
        request = httpx.Request(
            question.method,
            question.url,
            headers=sent,
            content=question.content,
            extensions={"timeout": self._timeouts},
        )
        if aws := self._credentials.aws:
            target, content = request.url.raw_path.decode("ascii"), question.content or b""
            request.headers.update(aws.headers(request.method, target, request.headers, content, self._clock()))
        response = await way.handle_async_request(request)
        async with aclosing(response):
            if len(response.headers.raw) > _HEADERS:
                raise SourceError("network", f"the answer has more than {_HEADERS} headers")
            clock = self._clock()
            if dated := moment_of(response.headers.get("date", "")):
                self.skew = (dated - clock).total_seconds()
            if response.status_code == 204 or (question.is_news and response.is_success):
                return b""
            if response.status_code != 200:
                said = await self._said(response)
                raise refusal(response.status_code, response.headers, question.url, said, clock)
            body = await self._body(response, self._bounds.body_bytes)
        if not body:
            raise SourceError("not_json", "answered 200 with nothing in it")
        return self._credentials.redact.body(body)

    async def _body(self, response: httpx.Response, limit: int) -> bytes:
        body = Body(response.headers.get("content-encoding", ""), limit)
        async for piece in response.aiter_raw():
            self.received += len(piece)
            body.add(piece)
        return body.done()

    async def _said(self, response: httpx.Response) -> str:
        try:
            body = await self._body(response, _ERROR_BODY)
            return plain(self._credentials.redact(words_of(parse_json(body))))
        except SourceError:
            return ""

    def _clock(self) -> datetime:
        return self._now + timedelta(seconds=monotonic() - self._began)

    def _out_of_time(self, left: float) -> SourceError:
        if left <= self._bounds.total:
            return SourceError("timeout", f"the {self._bounds.source:g} s of this source are used up (limits.source)")
        return SourceError("timeout", f"the answer was not complete within {self._bounds.total:g} s (limits.total)")

    def _proxy(self, url: str) -> str:
        return proxy_for(url, self._credentials.proxy, self._credentials.environ)

    def _way(self, url: str) -> httpx.AsyncHTTPTransport:
        scheme, proxy = urlsplit(url).scheme, self._proxy(url)
        if (scheme, proxy) not in self._ways:
            is_plain = scheme == "http" and not proxy.startswith("https:")
            self._ways[scheme, proxy] = self._opened(proxy, verify=False if is_plain else self._trusted())
        return self._ways[scheme, proxy]

    def _opened(self, proxy: str, verify: Any) -> httpx.AsyncHTTPTransport:
        """Open the bare transport: httpx's client would keep cookies and look into where a redirect leads."""
        login, is_secure = self._credentials.proxy_login, proxy.startswith("https:")
        auth = (login[0], login[1].reveal()) if login and self._credentials.proxy else None
        try:
            via = httpx.Proxy(proxy, auth=auth, ssl_context=verify if is_secure else None) if proxy else None
        except (ValueError, httpx.InvalidURL):
            raise SourceError("proxy", "the proxy of the environment is no URL") from None
        return httpx.AsyncHTTPTransport(verify=verify, trust_env=False, proxy=via)

    def _trusted(self) -> Any:
        if self._credentials.ca_file:
            return file_context(self._credentials.ca_file)
        return host_context() or True  # True: the authorities that httpx brings along


def _with(url: str, params: Params | None) -> str:
    query = urlencode(params or {}, doseq=True)
    return _checked(url) + (("&" if urlsplit(url).query else "?") + query if query else "")


def _checked(url: str) -> str:
    """Refuse what is no address, and a password inside one: it would be seen."""
    try:
        scheme, host, _ = origin(url)
        usable = scheme in ("http", "https") and bool(host) and bool(httpx.URL(url).host)
    except (ValueError, httpx.InvalidURL):
        usable = False
    if not usable:
        raise SourceError("network", f"{place(url)}: not an http or https address")
    if "@" in urlsplit(url).netloc:
        raise SourceError("secret", f"{place(url)}: the address holds a login; use access.username and access.password")
    return url.partition("#")[0]


def _placed(question: _Question, error: SourceError, tries: int) -> SourceError:
    words = f"{question}: {error}" + (f" (asked {tries} times)" if tries > 1 else "")
    hint, status = error.retry_after, error.status
    return SourceError(error.cause, words, retryable=error.retryable, retry_after=hint, status=status)


def _fault(error: Exception, *, is_proxied: bool) -> Fault:
    if isinstance(error, httpx.ConnectTimeout):
        return Fault("timeout", "no connection in time (limits.connect)", retryable=True)
    if isinstance(error, httpx.TimeoutException):
        return Fault("timeout", "silence for too long (limits.read)", retryable=False)
    if isinstance(error, httpx.ProxyError):
        status = str(error)[:3] if str(error)[:3].isdecimal() else "nothing usable"
        return Fault("proxy", f"the proxy answered {status}", retryable=status.startswith("5"))
    if isinstance(error, httpx.LocalProtocolError):
        return Fault("internal", "the request could not be written", retryable=False)
    fault = fault_beneath(error)
    if is_proxied and isinstance(error, httpx.ConnectError) and fault.cause in ("dns", "network"):
        return Fault("proxy", f"the proxy cannot be reached: {fault.words}", fault.retryable)
    return fault
