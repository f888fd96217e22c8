"""A wrong configuration stops at start: one message for each mistake, with its place, its line and what to do."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from collectors.settings import Watch
from operations.settings import Threshold
from store.decode import Mistakes
from store.errors import ConfigError
from store.values import Confirm, Duration
from tests.tui.configured import loaded, mistakes
from tui.naming import free_name_mistake, safe_name_mistake
from tui.settings import find, load
from tui.viewing import load_view

GOOD = """\
[portfolio]
name = "Shop assistants"
timezone = "Europe/Berlin"
currency = "EUR"

[[people]]
name = "Ada Lovelace"
os_user = "ada"
roles = ["owner"]

[[people]]
name = "Grace Hopper"
os_user = "grace"

[[systems]]
name = "checkout-bot"
owner = "Ada Lovelace"
deputy = "Grace Hopper"
tier = 1
monthly_budget = 1200.50

[[systems]]
name = "search"
owner = "Grace Hopper"

[[sources]]
name = "prom"
kind = "prometheus"
schedule = "*/5 * * * *"
timezone = "Europe/Berlin"
[sources.route]
label = "app"
systems = { checkout = "checkout-bot", "search v2" = "search" }
[sources.options]
url = "http://localhost:9090"
presets = ["vllm"]
[sources.options.access]
token = "env:PROM_TOKEN"
[sources.limits]
total = "10s"

[[thresholds]]
name = "latency"
metric = "gen_ai.server.request.duration"
stat = "p95"
direction = "above"
warning = 5
critical = 10.0
recover = 4
tiers = [1, 2]
confirm = "3 of 4"
owner = "Ada Lovelace"
review_by = 2027-01-31

[[thresholds]]
name = "latency"
metric = "gen_ai.server.request.duration"
stat = "p95"
direction = "above"
warning = 7
systems = ["search"]
source = "prom"

[store]
folder = "store"
keep_samples = "30d"

[interface]
refresh = "10s"
keymap = { "app.quit" = "ctrl+q" }

[collection]
concurrency = 4
"""

# id, what is replaced, by what, where the mistake is, what it says
WRONG: list[tuple[str, str, str, str, str]] = [
    ("section misspelt", '[[people]]\nname = "Grace', '[[peopel]]\nname = "Grace', "peopel (line 11)", "did you mean 'people'?"),
    ("section of another name", '[[systems]]\nname = "search"', '[systems2]\nname = "search"', "systems2 (line 22)", "did you mean 'systems'?"),
    ("list instead of one", "[store]", "[[store]]", "store (line 64)", "write [store] with single brackets"),
    ("portfolio without a name", 'name = "Shop assistants"\n', "", "portfolio.name (line 1)", "missing; expected text"),
    ("name of no text", 'name = "Shop assistants"', "name = 3", "portfolio.name (line 2)", "expected text, found 3; put it in quotes"),
    ("name with an escape", 'name = "Shop assistants"', 'name = "a\\u001B[2J"', "portfolio.name (line 2)", "printable characters"),
    ("zone misspelt", 'timezone = "Europe/Berlin"\ncurrency', 'timezone = "Europe/Berln"\ncurrency', "portfolio.timezone (line 3)", "did you mean 'Europe/Berlin'?"),
    ("zone unlike any", 'timezone = "Europe/Berlin"\ncurrency', 'timezone = "/etc/passwd"\ncurrency', "portfolio.timezone (line 3)", 'write it as in "Europe/Berlin"'),
    ("currency in words", '"EUR"', '"euro"', "portfolio.currency (line 4)", "three capital letters"),
    ("person twice", 'name = "Grace Hopper"', 'name = "Ada Lovelace"', "people[1].name (line 12)", "duplicate name 'Ada Lovelace', first given in line 6"),
    ("account twice", 'os_user = "grace"', 'os_user = "ada"', "people[1].os_user (line 13)", "an account stands for one person"),
    ("roles of no list", 'roles = ["owner"]', 'roles = "owner"', "people[0].roles (line 9)", "put [ ] around it"),
    ("owner unknown", 'owner = "Ada Lovelace"\ndeputy', 'owner = "Ada Lovelce"\ndeputy', "systems[0].owner (line 17)", "no person is named 'Ada Lovelce'; did you mean 'Ada Lovelace'?"),
    ("deputy unknown", 'deputy = "Grace Hopper"', 'deputy = "Nobody"', "systems[0].deputy (line 18)", "known: Ada Lovelace, Grace Hopper"),
    ("owner missing", 'owner = "Grace Hopper"\n', "", "systems[1].owner (line 22)", "missing; expected text"),
    ("tier outside", "tier = 1", "tier = 4", "systems[0].tier (line 19)", "expected 1, 2 or 3, found 4"),
    ("tier in quotes", "tier = 1", 'tier = "1"', "systems[0].tier (line 19)", "expected 1, 2 or 3, found '1'"),
    ("budget of zero", "1200.50", "0", "systems[0].monthly_budget (line 20)", "leave the key out when there is no budget"),
    ("budget that is none", "1200.50", "nan", "systems[0].monthly_budget (line 20)", "expected an amount, found NaN"),
    ("system with a hostile name", 'name = "checkout-bot"', 'name = "[/] @click"', "systems[0].name (line 16)", "expected 1 to 64 letters, digits and - _ ."),
    ("system twice", 'name = "search"', 'name = "checkout-bot"', "systems[1].name (line 23)", "first given in line 15"),
    ("key misspelt", "monthly_budget", "montly_budget", "systems[0].montly_budget (line 20)", "did you mean 'monthly_budget'?"),
    ("kind misspelt", 'kind = "prometheus"', 'kind = "promethues"', "sources[0].kind (line 28)", "did you mean 'prometheus'?"),
    ("kind with a way out", 'kind = "prometheus"', 'kind = "../os"', "sources[0].kind (line 28)", "unknown kind; known:"),
    ("schedule of four fields", '"*/5 * * * *"', '"*/5 * * *"', "sources[0].schedule (line 29)", "five fields"),
    ("schedule that never comes", '"*/5 * * * *"', '"0 0 31 2 *"', "sources[0].schedule (line 29)", "never"),
    ("zone of a source", 'timezone = "Europe/Berlin"\n[sources', 'timezone = "Mars"\n[sources', "sources[0].timezone (line 30)", "unknown time zone 'Mars'"),
    ("system and route", 'kind = "prometheus"', 'kind = "prometheus"\nsystem = "search"', "sources[0].system (line 29)", "found both"),
    ("neither system nor route", '[sources.route]\nlabel = "app"\nsystems = { checkout = "checkout-bot", "search v2" = "search" }\n', "", "sources[0].system (line 26)", "found neither"),
    ("route to nobody", '"search v2" = "search"', '"search v2" = "serch"', "sources[0].route.systems.'search v2' (line 33)", "did you mean 'search'?"),
    ("route without systems", '{ checkout = "checkout-bot", "search v2" = "search" }', "{}", "sources[0].route.systems (line 33)", "at least one"),
    ("route without a label", 'label = "app"', 'label = ""', "sources[0].route.label (line 32)", "the name of a label"),
    ("option misspelt", 'url = "http', 'ulr = "http', "sources[0].options.ulr (line 35)", "did you mean 'url'?"),
    ("option of another type", 'presets = ["vllm"]', "presets = [3]", "sources[0].options.presets[0] (line 36)", "expected 'litellm'"),
    ("currency of a question", 'presets = ["vllm"]', 'queries = [{ record = "cost", query = "x[$window]", currency = "euro" }]', "sources[0].options.queries[0].currency (line 36)", "three capital letters"),
    ("options of no table", '[sources.options]\nurl = "http://localhost:9090"\npresets = ["vllm"]\n[sources.options.access]\ntoken = "env:PROM_TOKEN"\n', "options = 3\n", "sources[0].route.options (line 34)", "unknown key"),
    ("literal secret", '"env:PROM_TOKEN"', '"sk-live-canary"', "sources[0].options.access.token (line 38)", "expected a reference"),
    ("limit without a unit", 'total = "10s"', "total = 10", "sources[0].limits.total (line 40)", 'such as "90s"'),
    ("limit of nothing", 'total = "10s"', 'total = "0s"', "sources[0].limits.total (line 40)", "expected more than 0, found 0s"),
    ("direction misspelt", 'direction = "above"\nwarning = 5', 'direction = "abov"\nwarning = 5', "thresholds[0].direction (line 46)", "did you mean 'above'?"),
    ("critical before warning", "critical = 10.0", "critical = 1", "thresholds[0].critical (line 48)", "not below the warning limit 5 (direction is 'above'), found 1"),
    ("critical before warning, below", 'direction = "above"\nwarning = 5', 'direction = "below"\nwarning = 5', "thresholds[0].critical (line 48)", "not above the warning limit 5"),
    ("recovery past the limit", "recover = 4", "recover = 6", "thresholds[0].recover (line 49)", "not above 5"),
    ("no limit at all", "warning = 7\n", "", "thresholds[1].warning (line 55)", "a warning limit, a critical limit or both"),
    ("more hits than windows", '"3 of 4"', '"4 of 3"', "thresholds[0].confirm (line 51)", "n between 1 and m"),
    ("raw reading judged", 'stat = "p95"\ndirection = "above"\nwarning = 5', 'stat = "bucket"\ndirection = "above"\nwarning = 5', "thresholds[0].stat (line 45)", "never judged"),
    ("metric of nothing", 'metric = "gen_ai.server.request.duration"\nstat = "p95"\ndirection = "above"\nwarning = 5', 'metric = "evaluation:"\ndirection = "above"\nwarning = 5', "thresholds[0].metric (line 44)", "evaluation:suite/scorer"),
    ("rule for an unknown system", 'systems = ["search"]', 'systems = ["serch"]', "thresholds[1].systems[0] (line 61)", "did you mean 'search'?"),
    ("rule for an unknown source", 'source = "prom"', 'source = "prm"', "thresholds[1].source (line 62)", "did you mean 'prom'?"),
    ("rule of an unknown owner", 'owner = "Ada Lovelace"\nreview', 'owner = "Ada"\nreview', "thresholds[0].owner (line 52)", "no person is named 'Ada'"),
    ("review day in quotes", "2027-01-31", '"2027-01-31"', "thresholds[0].review_by (line 53)", "remove the quotes"),
    ("same rule twice", 'systems = ["search"]', "tiers = [2]", "thresholds[1].name (line 56)", "twice for tier 2 (first in line 42)"),
    ("retention without a unit", 'keep_samples = "30d"', "keep_samples = 30", "store.keep_samples (line 66)", 'such as "90s"'),
    ("group mode without a group", 'folder = "store"', 'mode = "group"', "store.group (line 64)", "needs the name of the Unix group"),
    ("group without group mode", 'folder = "store"', 'group = "ops"', "store.group (line 65)", 'only used with mode = "group"'),
    ("refresh too fast", 'refresh = "10s"', 'refresh = "0s"', "interface.refresh (line 69)", 'expected "1s" or more, found 0s'),
    ("metrics that no exporter reads", "[collection]", '[watch]\ntextfile = "llmops.txt"\n[collection]', "watch.textfile (line 73)", "ends in .prom"),
    ("ping that is no reference", "[collection]", '[watch]\nping = "https://hc.example/canary"\n[collection]', "watch.ping (line 73)", "expected a reference"),
    ("nobody collects", "concurrency = 4", "concurrency = 0", "collection.concurrency (line 73)", "expected more than 0, found 0"),
]  # fmt: skip


def test_a_good_configuration_is_read_in_full(tmp_path: Path) -> None:
    config = loaded(tmp_path, GOOD)
    assert config.portfolio.currency == "EUR"
    assert config.systems[0].monthly_budget == Decimal("1200.50")
    assert config.sources[0].limits.total == Duration(10)
    assert str(config.sources[0].options.access.token) == "env:PROM_TOKEN"
    assert config.sources[0].route is not None
    assert config.sources[0].route.systems == {"checkout": "checkout-bot", "search v2": "search"}
    assert config.thresholds[0] == Threshold(
        name="latency",
        metric="gen_ai.server.request.duration",
        stat="p95",
        direction="above",
        warning=5.0,
        critical=10.0,
        recover=4.0,
        tiers=(1, 2),
        confirm=Confirm(3, 4),
        owner="Ada Lovelace",
        review_by=date(2027, 1, 31),
    )
    assert config.store.folder == tmp_path / "store"
    assert config.interface.keymap == {"app.quit": "ctrl+q"}
    assert config.collection.concurrency == 4
    assert config.watch == Watch()


def test_a_metrics_file_lies_beside_the_configuration_unless_it_says_where(tmp_path: Path) -> None:
    text = GOOD + '[watch]\nping = "file:/run/ping"\ntextfile = "PATH"\n'
    assert loaded(tmp_path, text.replace("PATH", "llmops.prom")).watch.textfile == tmp_path / "llmops.prom"
    assert loaded(tmp_path, text.replace("PATH", "/srv/llmops.prom")).watch.textfile == Path("/srv/llmops.prom")


@pytest.mark.parametrize(
    ("old", "new", "where", "words"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_a_wrong_configuration_names_the_place_and_the_remedy(
    tmp_path: Path, old: str, new: str, where: str, words: str
) -> None:
    assert old in GOOD
    found = mistakes(tmp_path, GOOD.replace(old, new, 1))
    assert any(each.startswith(f"{where}: ") and words in each for each in found), found


def test_thirty_kinds_of_mistake_are_covered() -> None:
    assert len({case[0] for case in WRONG}) >= 30


def test_a_literal_secret_is_refused_and_never_repeated(tmp_path: Path) -> None:
    assert "canary" not in "\n".join(mistakes(tmp_path, GOOD.replace("env:PROM_TOKEN", "sk-live-canary")))


def test_every_mistake_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD.replace('"EUR"', '"euro"').replace("tier = 1", "tier = 9").replace('"*/5 * * * *"', '"never"')
    text = (
        text.replace('url = "http', 'ulr = "http')
        .replace("critical = 10.0", "critical = 1")
        .replace('"10s"\nkeymap', "3\nkeymap")
    )
    places = [mistake.split(" (line")[0] for mistake in mistakes(tmp_path, text)]
    assert places == [
        "portfolio.currency",
        "systems[0].tier",
        "sources[0].schedule",
        "sources[0].options.url",
        "sources[0].options.ulr",
        "thresholds[0].critical",
        "interface.refresh",
    ]


def test_a_system_with_another_mistake_is_still_known_by_name(tmp_path: Path) -> None:
    found = mistakes(tmp_path, GOOD.replace("tier = 1", "tier = 9"))
    assert len(found) == 1


def test_an_empty_file_says_how_to_begin(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "")
    assert 'portfolio: missing; begin the file with [portfolio] and a name, or run "llmops-tui init"' in found
    assert "systems: missing; expected at least one [[systems]] with a name and an owner" in found


def test_entries_of_the_wrong_shape_are_told_each(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path, 'people = 3\nsystems = ["a"]\nsources = { name = "x" }\nthresholds = []\nportfolio = "x"\n'
    )
    assert list(found) == [
        "people (line 1): expected a list of tables; write [[people]] with double brackets for each",
        "systems[0] (line 2): expected a table, found text",
        "sources (line 3): expected a list of tables; write [[sources]] with double brackets for each",
        "portfolio (line 5): expected a table, found text",
    ]


def test_an_owner_in_a_file_without_people_is_told_where_to_add_them(tmp_path: Path) -> None:
    found = mistakes(tmp_path, '[portfolio]\nname = "x"\n[[systems]]\nname = "a"\nowner = "Ada"\n')
    assert list(found) == ["systems[0].owner (line 5): no person is named 'Ada'; add it under [[people]]"]


def test_the_file_is_named_above_itsmistakes(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: 2 mistakes\n"):
        loaded(tmp_path, "")


def test_the_store_lies_in_the_data_folder_by_portfolio_when_none_is_named(tmp_path: Path) -> None:
    text = GOOD.replace('folder = "store"\n', "")
    assert loaded(tmp_path, text).store.folder == tmp_path / ".local/share/llmops-tui/shop-assistants"
    (tmp_path / "config.toml").write_text(text.replace("Shop assistants", "東京"), encoding="utf-8")
    config = load(tmp_path / "config.toml", {"HOME": "/x", "XDG_DATA_HOME": "/data"})
    assert config.store.folder == Path("/data/llmops-tui/portfolio")


def test_a_relative_xdg_folder_is_ignored_as_its_specification_says(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(GOOD.replace('folder = "store"\n', ""), encoding="utf-8")
    config = load(tmp_path / "config.toml", {"HOME": "/x", "XDG_DATA_HOME": "data"})
    assert config.store.folder == Path("/x/.local/share/llmops-tui/shop-assistants")


def test_the_flag_comes_before_the_variable_and_the_variable_before_the_usual_place(tmp_path: Path) -> None:
    usual = tmp_path / "llmops-tui" / "config.toml"
    usual.parent.mkdir()
    usual.write_text(GOOD)
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": "/nowhere"}
    assert find(None, environ) == usual
    assert find(None, {**environ, "LLMOPS_TUI_CONFIG": "/b.toml"}) == Path("/b.toml")
    assert find(Path("/a.toml"), {**environ, "LLMOPS_TUI_CONFIG": "/b.toml"}) == Path("/a.toml")


def test_without_any_file_all_places_and_the_way_out_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find(None, {"HOME": str(tmp_path)})
    words = str(caught.value)
    assert "--config FILE: not given" in words
    assert "LLMOPS_TUI_CONFIG: not set" in words
    assert f"{tmp_path}/.config/llmops-tui/config.toml: no such file" in words
    assert '"llmops-tui init" writes one' in words


def test_a_usual_place_that_may_not_be_looked_at_is_read_and_refused(tmp_path: Path) -> None:
    (tmp_path / "llmops-tui").write_text("a file where a folder should be")
    with pytest.raises(ConfigError, match=r"cannot be read \(Not a directory\)"):
        load(None, {"XDG_CONFIG_HOME": str(tmp_path)})


def test_without_a_home_in_the_environment_the_account_gives_it() -> None:
    with pytest.raises(ConfigError, match=r"/\.config/llmops-tui/config\.toml: no such file"):
        find(None, {"XDG_CONFIG_HOME": "relative"})


def test_a_viewer_reads_only_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD.replace("tier = 1", "tier = 9"))
    view = load_view(path, {})
    assert (view.portfolio, view.folder) == ("Shop assistants", tmp_path / "store")
    assert view.interface.refresh == Duration(10)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "portfolio.name: missing; begin the file with [portfolio]"),
        ("portfolio = 3", "portfolio.name (line 1): missing; begin the file with [portfolio]"),
        ("[portfolio]\nname = 3", "portfolio.name (line 2): expected text, found 3; put it in quotes"),
        ("[[store]]\n[portfolio]\nname = 'x'", "store (line 1): expected one table"),
        ("[portfolio]\nname = 'x'\n[interface]\nrefresh = '0s'", 'interface.refresh (line 4): expected "1s" or more'),
        ("[portfolio]\nname = 'x'\n[interface]\nmouse = 1", "interface.mouse (line 4): expected true or false"),
    ],
)
def test_a_viewer_refuses_what_is_wrong_in_its_part(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_view(path, {})
    assert caught.value.mistakes[0].startswith(words)


@pytest.mark.shared
def test_no_hostile_name_becomes_an_identity(tmp_path: Path) -> None:
    corpus = Path(__file__).parents[2].parent / "shared" / "corpora" / "hostile_names.jsonl"
    names = [json.loads(line)["name"] for line in corpus.read_text(encoding="utf-8").splitlines()]
    refused = 0
    for name in names:
        mistakes = Mistakes()
        words = safe_name_mistake(name)
        assert bool(words) != bool(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name))
        assert words.isprintable()
        refused += bool(words)
        mistakes.add(("systems", 0, "name"), free_name_mistake(name))
        assert all(line.isprintable() for line in mistakes.listed())
    assert refused > len(names) // 2
