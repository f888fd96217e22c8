"""Write the configuration that a lead would write for these servers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LLM = "smollm-desk"
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Places:
    """Where the servers answer; an empty URL leaves its sources out."""

    prometheus: str
    llama: str = ""
    mlflow: str = ""


def write(path: Path, store: Path, places: Places, days: int = 30) -> Path:
    """Write the file and give its path."""
    words = {"STORE": str(store), "DAYS": f"{days}d", "PROMETHEUS": places.prometheus}
    parts = [_filled("metrics.toml", words)]
    if places.llama:
        parts.append(_filled("llm.toml", {**words, "LLAMA": places.llama}))
    if places.mlflow:
        parts.append(_filled("mlflow.toml", {**words, "MLFLOW": places.mlflow}))
    return _written(path, "\n".join(parts))


def write_gateway(path: Path, store: Path, litellm: str) -> Path:
    """Write the file of a portfolio behind one gateway and give its path."""
    return _written(path, _filled("litellm.toml", {"STORE": str(store), "LITELLM": litellm}))


def write_phoenix(path: Path, store: Path, url: str) -> Path:
    """Write the file for Phoenix alone, which answers in a network of its own, and give its path."""
    return _written(path, _filled("phoenix.toml", {"STORE": str(store), "PHOENIX": url}))


def _written(path: Path, text: str) -> Path:
    """Write a file that its owner alone may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def _filled(name: str, words: Mapping[str, str]) -> str:
    """Read a part and put the words where it has their names between @ signs."""
    text = (HERE / name).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text
