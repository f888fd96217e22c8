"""The start file passes its own check, is private, and never replaces another one unasked."""

import io
import os
import pwd
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.errors import EXIT_CONFIG
from tests.tui.test_settings import GOOD
from tui import cli
from tui.commands import init
from tui.settings import load
from tui.starting import USUAL_PATHS, USUAL_URLS, Start, text
from tui.toml_text import quoted, section_lines


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("LLMOPS_TUI_CONFIG", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path / ".config" / "llmops-tui" / "config.toml"


@pytest.mark.parametrize("kind", [*USUAL_URLS, *USUAL_PATHS])
def test_the_start_file_of_every_kind_passes_the_check(
    path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", "--yes", "--source-kind", kind]) == 0
    assert cli.main(["config", "check"]) == 0
    assert "ok: 1 system, 1 source, 2 thresholds, 1 person" in capsys.readouterr().out
    config = load(path, os.environ)
    assert config.people[0].os_user == pwd.getpwuid(os.getuid()).pw_name
    assert config.sources[0].kind == kind


def test_every_kind_that_exists_can_be_started_with() -> None:
    from collectors.settings import kinds

    assert set(kinds()) >= {*USUAL_URLS, *USUAL_PATHS}


def test_the_file_is_private_and_lies_in_the_usual_place(path: Path) -> None:
    assert cli.main(["init", "--yes"]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_an_existing_file_is_kept_unless_forced(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    assert cli.main(["init", "--yes"]) == EXIT_CONFIG
    assert "--force replaces it" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert cli.main(["init", "--yes", "--force"]) == 0
    assert "[portfolio]" in path.read_text()


def test_flags_are_the_answers(tmp_path: Path, path: Path) -> None:
    arguments = [
        "--portfolio",
        'Say "hi" \\ 東京',
        "--owner",
        "Ada O'Neil",
        "--system",
        "bot-1",
        "--source-kind",
        "mlflow",
    ]
    target = tmp_path / "deep" / "a.toml"
    assert cli.main(["--config", str(target), "init", *arguments, "--url", "https://ml.example:5000"]) == 0
    config = load(target, os.environ)
    assert config.portfolio.name == 'Say "hi" \\ 東京'
    assert (config.systems[0].name, config.systems[0].owner) == ("bot-1", "Ada O'Neil")
    assert config.sources[0].options.url == "https://ml.example:5000"
    assert not path.exists()


def test_the_variable_names_the_file_too(tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLMOPS_TUI_CONFIG", str(tmp_path / "b.toml"))
    assert cli.main(["init", "--yes"]) == 0
    assert (tmp_path / "b.toml").exists()


def test_questions_are_asked_until_the_answer_fits(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = "Shop\n\nbad name!\nbot\npromethues\nprometheus\nlocalhost\nhttp://me:pw@host\nhttp://prom:9090\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(answers))
    assert cli.main(["init"]) == 0
    config = load(path, os.environ)
    assert (config.portfolio.name, config.systems[0].name) == ("Shop", "bot")
    assert config.sources[0].options.url == "http://prom:9090"
    shown = capsys.readouterr()
    assert shown.out == f"{path}\n"
    assert "did you mean 'prometheus'?" in shown.err
    assert "a password in a URL would be seen" in shown.err


def test_no_answer_writes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Shop\n"))
    assert cli.main(["init"]) == EXIT_CONFIG
    assert "no answer came; nothing was written" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--system", "a b"], "--system: expected 1 to 64 letters"),
        (["--portfolio", ""], "--portfolio: expected 1 to 64 printable"),
        (["--source-kind", "promethues"], "--source-kind: unknown kind; did you mean 'prometheus'?"),
        (["--url", "http://["], "--url: expected a URL such as"),
        (["--source-kind", "focus", "--path", "relative"], "--path: expected an absolute path"),
    ],
)
def test_a_flag_that_does_not_fit_is_refused(
    path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["init", "--yes", *arguments]) == EXIT_CONFIG
    assert words in capsys.readouterr().err
    assert not path.exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert cli.main(["--config", str(tmp_path / "file" / "a.toml"), "init", "--yes"]) == EXIT_CONFIG
    assert "cannot be written (File exists)" in capsys.readouterr().err


def test_an_account_the_system_does_not_know_has_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 1_999_999_999)
    assert init._account() == ("", "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_any_text_is_written_so_that_it_is_read_back(tmp_path: Path, portfolio: str, owner: str) -> None:
    import tomllib

    start = Start(portfolio, owner, "me", "bot", "prometheus", "http://x", "")
    try:
        table = tomllib.loads(text(start).encode().decode())
    except UnicodeEncodeError:  # a lone surrogate is no text
        return
    assert (table["portfolio"]["name"], table["people"][0]["name"]) == (portfolio, owner)


def test_what_config_show_prints_is_the_same_configuration(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    first.write_text(GOOD)
    assert cli.main(["config", "show", str(first)]) == 0
    printed = capsys.readouterr().out
    assert 'token = "env:PROM_TOKEN"' in printed
    second.write_text(printed)
    one, two = load(first, {}), load(second, {})
    for name in ("portfolio", "people", "systems", "sources", "thresholds", "store", "interface", "collection"):
        assert getattr(one, name) == getattr(two, name)


def test_the_check_notes_what_is_missing_without_failing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.toml"
    path.write_text('[portfolio]\nname = "x"\n[[people]]\nname = "A"\n[[systems]]\nname = "a"\nowner = "A"\n')
    assert cli.main(["config", "check", str(path)]) == 0
    shown = capsys.readouterr()
    assert "ok: 1 system, 0 sources, 0 thresholds, 1 person" in shown.out
    assert "note: no [[sources]]" in shown.err
    assert "note: no [[thresholds]]" in shown.err
    path.write_text(GOOD.replace(', "search v2" = "search"', ""))
    assert cli.main(["config", "check", str(path)]) == 0
    assert "no enabled source leads to: search" in capsys.readouterr().err


def test_keys_and_texts_are_quoted_where_they_must_be() -> None:
    assert quoted('a"\\\n\x1b') == '"a\\"\\\\\\n\\U0000001B"'
    start = Start("p", "o", "a", "s", "k", "u", "")
    assert next(section_lines("x", start)) == "[x]"
