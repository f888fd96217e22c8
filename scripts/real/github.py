"""Play GitHub on loopback: pull requests with reviews, and runs that wait for reviewers, as its REST description says.

Accounts are told apart by their token. ``faults`` makes the next call of a method and path end badly: refused, limited,
broken, or with its answer lost after it took effect. Nothing here leaves the machine.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Final, Literal
from urllib.parse import parse_qs, urlsplit

from scripts.real import github_answers as written
from scripts.real.github_answers import REPOSITORY, WHEN, Pull, Run, said, user

_STATES: Final = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
Fault = Literal["lost", "late", "limited", "forbidden", "absent", "broken"]
Reply = tuple[int, Any]


@dataclass
class GitHub:
    """What the site holds; ``asked`` lists every call as method and path, ``tokens`` every token that came."""

    accounts: dict[str, str]
    pulls: dict[int, Pull] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    url: str = ""
    lock: Lock = field(default_factory=Lock)

    def answer(self, method: str, target: str, token: str, body: Mapping[str, Any]) -> Reply:
        """Answer one call as the account of the token."""
        self.asked.append(f"{method} {urlsplit(target).path}")
        self.tokens.append(token)
        login = self.accounts.get(token)
        if login is None:
            return 401, said("Bad credentials")
        path = urlsplit(target).path.removeprefix(f"/repos/{REPOSITORY}")
        query = {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
        for pattern, reply in _ROUTES.items():
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return reply(self, login, found.groups(), body or query)
        return 404, said("Not Found")


def _me(_: GitHub, login: str, __: tuple[str, ...], ___: Mapping[str, Any]) -> Reply:
    return 200, {**user(login), "name": login.title(), "created_at": WHEN, "updated_at": WHEN}


def _pull_of(site: GitHub, number: str) -> Pull | None:
    return site.pulls.get(int(number))


def _pulls(site: GitHub, _: str, __: tuple[str, ...], query: Mapping[str, Any]) -> Reply:
    wanted = [each for each in site.pulls.values() if each.state == query.get("state", "open")]
    return 200, [written.pull_request(each) for each in wanted] if query.get("page", "1") == "1" else []


def _one_pull(site: GitHub, _: str, words: tuple[str, ...], __: Mapping[str, Any]) -> Reply:
    pull = _pull_of(site, words[0])
    return (200, {**written.pull_request(pull), "merged": pull.merged}) if pull else (404, said("Not Found"))


def _files(site: GitHub, _: str, words: tuple[str, ...], __: Mapping[str, Any]) -> Reply:
    pull = _pull_of(site, words[0])
    if pull is None:
        return 404, said("Not Found")
    rows = [{"sha": "1" * 40, "filename": name, "status": "modified"} for name in pull.files]
    links = dict.fromkeys(("blob_url", "raw_url", "contents_url"), site.url)
    return 200, [{**row, **links, "additions": 3, "deletions": 1, "changes": 4} for row in rows]


def _reviews(site: GitHub, _: str, words: tuple[str, ...], __: Mapping[str, Any]) -> Reply:
    pull = _pull_of(site, words[0])
    return (200, list(pull.reviews)) if pull else (404, said("Not Found"))


def _review(site: GitHub, login: str, words: tuple[str, ...], body: Mapping[str, Any]) -> Reply:
    pull = _pull_of(site, words[0])
    if pull is None:
        return 404, said("Not Found")
    commit, event = body.get("commit_id", pull.commits[-1]), str(body.get("event"))
    if commit not in pull.commits:
        return 422, said("Unprocessable Entity", "The commit_id is not part of the pull request")
    if login == pull.author and event != "COMMENT":
        verb = "approve" if event == "APPROVE" else "request changes on"
        return 422, said("Unprocessable Entity", f"Review Can not {verb} your own pull request")
    if event not in _STATES or (event != "APPROVE" and not body.get("body")):
        return 422, said("Validation Failed", "Body can't be blank")
    review = written.review(pull, login, commit, _STATES[event], str(body.get("body", "")))
    pull.reviews.append(review)
    return 200, review


def _checks(_: GitHub, __: str, ___: tuple[str, ...], ____: Mapping[str, Any]) -> Reply:
    return 200, {"total_count": 0, "check_runs": []}


def _status(_: GitHub, __: str, words: tuple[str, ...], ___: Mapping[str, Any]) -> Reply:
    return 200, {"state": "success", "statuses": [], "sha": words[0], "total_count": 0}


def _runs(site: GitHub, _: str, __: tuple[str, ...], query: Mapping[str, Any]) -> Reply:
    rows = [written.workflow_run(run) for run in site.runs.values() if run.waiting or query.get("status") != "waiting"]
    return 200, {"total_count": len(rows), "workflow_runs": rows if query.get("page", "1") == "1" else []}


def _one_run(site: GitHub, _: str, words: tuple[str, ...], __: Mapping[str, Any]) -> Reply:
    run = site.runs.get(int(words[0]))
    return (200, written.workflow_run(run)) if run else (404, said("Not Found"))


def _approvals(site: GitHub, _: str, words: tuple[str, ...], __: Mapping[str, Any]) -> Reply:
    run = site.runs.get(int(words[0]))
    return (200, list(run.approvals)) if run else (404, said("Not Found"))


def _pending(site: GitHub, login: str, words: tuple[str, ...], _: Mapping[str, Any]) -> Reply:
    run = site.runs.get(int(words[0]))
    if run is None:
        return 404, said("Not Found")
    return 200, [
        {
            "environment": written.environment(name, number),
            "wait_timer": 0,
            "wait_timer_started_at": None,
            "current_user_can_approve": login in run.reviewers,
            "reviewers": [{"type": "User", "reviewer": user(each)} for each in run.reviewers],
        }
        for name, number in run.waiting.items()
    ]


def _answered(site: GitHub, login: str, words: tuple[str, ...], body: Mapping[str, Any]) -> Reply:
    run = site.runs.get(int(words[0]))
    if run is None:
        return 404, said("Not Found")
    meant = {name: number for name, number in run.waiting.items() if number in body.get("environment_ids", [])}
    if not meant or login not in run.reviewers:
        return 422, said("Unprocessable Entity", "No pending deployment requests to approve or reject")
    for name in meant:
        del run.waiting[name]
    environments = [{**written.environment(*each), "created_at": WHEN, "updated_at": WHEN} for each in meant.items()]
    told = {"state": body["state"], "comment": body["comment"], "user": user(login)}
    run.approvals.append({"environments": environments, **told})
    return 200, [written.deployment(run, name, number) for name, number in meant.items()]


_ROUTES: Final[Mapping[str, Callable[[GitHub, str, tuple[str, ...], Mapping[str, Any]], Reply]]] = {
    r"GET /user": _me,
    r"GET /pulls": _pulls,
    r"GET /pulls/(\d+)": _one_pull,
    r"GET /pulls/(\d+)/files": _files,
    r"GET /pulls/(\d+)/reviews": _reviews,
    r"POST /pulls/(\d+)/reviews": _review,
    r"GET /commits/(\w+)/check-runs": _checks,
    r"GET /commits/(\w+)/status": _status,
    r"GET /actions/runs": _runs,
    r"GET /actions/runs/(\d+)": _one_run,
    r"GET /actions/runs/(\d+)/approvals": _approvals,
    r"GET /actions/runs/(\d+)/pending_deployments": _pending,
    r"POST /actions/runs/(\d+)/pending_deployments": _answered,
}

_FAULTS: Final[Mapping[Fault, tuple[int, dict[str, Any], dict[str, str]]]] = {
    "limited": (403, said("API rate limit exceeded"), {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}),
    "forbidden": (403, said("Resource not accessible by personal access token"), {}),
    "absent": (404, said("Not Found"), {}),
    "broken": (502, said("Server Error"), {}),
}


@contextmanager
def serving(site: GitHub) -> Iterator[GitHub]:
    """Answer at ``site.url`` while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _page(site))
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(site: GitHub) -> type[BaseHTTPRequestHandler]:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}"))

        def _answer(self, body: Mapping[str, Any]) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            with site.lock:
                fault = site.faults.pop(f"{self.command} {urlsplit(self.path).path}", None)
                if fault is not None and fault in _FAULTS:
                    status, reply, headers = _FAULTS[fault]
                    site.asked.append(f"{self.command} {urlsplit(self.path).path}")
                else:
                    (status, reply), headers = site.answer(self.command, self.path, token, body), {}
            if fault == "lost":  # it took effect, and nobody hears of it
                self.close_connection = True
                return
            self._written(502 if fault == "late" else status, reply, headers)

        def _written(self, status: int, reply: object, headers: Mapping[str, str]) -> None:
            content = json.dumps(reply).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that http.server gives it
            """Stay silent."""

    return Page
