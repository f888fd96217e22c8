"""Ask a real LLM real questions, so that its metrics move: bounded in number and in time."""

import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from threading import Event

QUESTIONS = (
    "How do I reset my password?",
    "Which documents does a claim need?",
    "Summarise the notice period in one sentence.",
    "What is the capital of France?",
)


def ask(url: str, number: int, tokens: int = 16) -> int:
    """Ask one question and say how many tokens were answered."""
    body = {
        "model": "smollm2-135m",
        "max_tokens": tokens,
        "messages": [{"role": "user", "content": f"{QUESTIONS[number % len(QUESTIONS)]} ({number})"}],
    }
    request = urllib.request.Request(  # noqa: S310 -- our own server on loopback
        f"{url}/v1/chat/completions", data=json.dumps(body).encode(), headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 -- the same
        made: int = json.load(answer)["usage"]["completion_tokens"]
    return made


def burst(url: str, questions: int, at_once: int = 2) -> int:
    """Ask that many questions, some at once, and say how many tokens were answered in all."""
    with ThreadPoolExecutor(at_once) as pool:
        return sum(pool.map(lambda number: ask(url, number), range(questions)))


def steady(url: str, stop: Event, every: float = 3.0, at_most: int = 2_000) -> int:
    """Ask a question every few seconds until told to stop, or until the most that may be asked."""
    deadline = time.monotonic() + every * at_most
    asked = 0
    while asked < at_most and time.monotonic() < deadline and not stop.wait(every):
        ask(url, asked)
        asked += 1
    return asked
