"""Write the configuration to start from: the few things asked for, and all else as comments with their defaults."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tui.toml_text import quoted

USUAL_URLS: Final[Mapping[str, str]] = {
    "prometheus": "http://localhost:9090",
    "prometheus_scrape": "http://localhost:8000/metrics",
    "mlflow": "http://localhost:5000",
    "phoenix": "http://localhost:6006",
    "langsmith": "https://api.smith.langchain.com",
    "opik": "http://localhost:5173/api",
    "http_json": "http://localhost:8080/api/metrics",
    "github": "https://api.github.com",
    "gitlab": "https://gitlab.com",
    "servicenow": "https://example.service-now.com",
    "jira_service_management": "https://example.atlassian.net",
    "alertmanager": "http://localhost:9093",
    "pagerduty": "https://api.pagerduty.com",
    "azure_monitor": "https://management.azure.com",
    "bedrock": "https://monitoring.us-east-1.amazonaws.com",
}
USUAL_PATHS: Final[Mapping[str, str]] = {
    "promptfoo": "/var/lib/llmops/promptfoo/*.json",
    "inspect_ai": "/var/lib/llmops/inspect/*.eval",
    "focus": "/var/lib/llmops/focus/*.csv",
}

_HEADER: Final = """\
# The configuration of llmops-tui. Look at it with: llmops-tui config check
# Every key that is commented out shows its default. "llmops-tui sources example KIND" shows how to add other sources.
# Lengths of time are written "90s", "5m", "1h30m", "90d". Secrets are never written here, only where they are:
#   token = "env:NAME"   "file:/path"   'cmd:["pass", "show", "entry"]'   "keyring:service/user"
"""

_STORE: Final = """\
# [store]
# folder = "~/.local/share/llmops-tui/..."   # by portfolio name
# mode = "single"                            # or "group": shared with a Unix group on this host
# keep_samples = "90d"
# keep_rollups = "1095d"

# [interface]
# refresh = "5s"
# theme = ""
"""

_THRESHOLDS: Final = """\
# Limits by tier; one of the same name that names systems = ["..."] replaces it there. What no limit judges is unknown.
[[thresholds]]
name = "latency-p95"
metric = "gen_ai.client.operation.duration"
stat = "p95"
direction = "above"
warning = 20.0    # seconds
critical = 40.0
# tiers = [1, 2]          # default: every tier
# window = "1h"
# min_n = 1
# confirm = "2 of 3"      # consecutive windows
# no_data = "unknown"     # missing data is never ok
rationale = "people give up on an answer after about 20 seconds"
owner = {owner}

[[thresholds]]
name = "monthly-cost"
metric = "cost"
stat = "sum"
domain = "costs"
direction = "above"
window = "1d"
warning = 100     # of the portfolio's currency, a day
critical = 200
confirm = "1 of 1"
rationale = "twice the usual day is a runaway loop until shown otherwise"
owner = {owner}
"""

_OPTIONS: Final[Mapping[str, str]] = {
    "prometheus": """\
url = {url}
presets = ["vllm"]        # also: litellm, llama_cpp, otel, sglang, tgi
by = []                   # labels to keep apart; with [sources.route] the label that names the system
""",
    "prometheus_scrape": "url = {url}\n",
    "mlflow": "url = {url}\n",
    "phoenix": "url = {url}\n",
    "langsmith": 'url = {url}                # access wants token_header = "x-api-key" and token_scheme = ""\n',
    "opik": 'url = {url}                # in the cloud: workspace, and token_scheme = "" in access\n',
    "promptfoo": "path = {path}\n",
    "inspect_ai": "path = {path}\n",
    "focus": "path = {path}\n",
    "github": """\
repositories = ["owner/name"]
# url = {url}

[sources.options.access]
token = "env:GITHUB_TOKEN"
""",
    "gitlab": """\
projects = ["group/name"]
# url = {url}

[sources.options.access]
token = "env:GITLAB_TOKEN"
""",
    "servicenow": """\
url = {url}

[sources.options.access]
username = "collector"
password = "env:SERVICENOW_PASSWORD"
""",
    "jira_service_management": """\
url = {url}

[sources.options.access]
username = "collector@example.com"
password = "env:JIRA_API_TOKEN"
""",
    "alertmanager": "url = {url}\n",
    "pagerduty": """\
url = {url}               # in the EU: https://api.eu.pagerduty.com

[sources.options.access]
token = "env:PAGERDUTY_KEY"
token_scheme = "Token token="
""",
    "azure_monitor": """\
url = {url}
resources = ["/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.CognitiveServices/accounts/NAME"]

[sources.options.access]
token = 'cmd:["az", "account", "get-access-token", "--query", "accessToken", "--output", "tsv"]'
""",
    "bedrock": """\
region = "us-east-1"
url = {url}

[sources.options.access.aws]
process = 'cmd:["aws", "configure", "export-credentials"]'
""",
    "http_json": """\
url = {url}
rows = "data"             # the path of the list in the answer
params = { from = "$start", to = "$end" }

[sources.options.map]
record = "sample"         # or "cost", "evaluation", "change"
metric = "llmops.requests"
stat = "sum"
period = "1h"
fields = { time = "time", value = "requests" }
""",
}


@dataclass(frozen=True, slots=True)
class Start:
    """The answers that a configuration begins with."""

    portfolio: str
    owner: str
    account: str
    system: str
    kind: str
    url: str
    path: str


def text(start: Start) -> str:
    """Write the file."""
    return "\n".join(_blocks(start))


def _blocks(start: Start) -> Iterator[str]:
    owner = quoted(start.owner)
    yield _HEADER
    yield f'[portfolio]\nname = {quoted(start.portfolio)}\n# timezone = "UTC"\n# currency = "USD"\n'
    yield f'[[people]]\nname = {owner}\nos_user = {quoted(start.account)}\n# title = ""\n# email = ""\n# roles = []\n'
    yield _system(start.system, owner)
    yield _source(start)
    yield _THRESHOLDS.replace("{owner}", owner)
    yield _STORE


def _system(name: str, owner: str) -> str:
    return f"""\
[[systems]]
name = {quoted(name)}
owner = {owner}
# title = ""
# deputy = ""
tier = 2                  # 1 harms people, money or law; 2 customer-facing; 3 internal
# environment = "production"
# stage = "live"          # or "pre-launch", "retiring"
# data_class = ""
# depends_on = []
# cost_basis = "gateway_estimate"
# monthly_budget = 1000
# headline = ""           # the evaluation scorer shown as quality
"""


def _source(start: Start) -> str:
    options = _OPTIONS[start.kind].replace("{url}", quoted(start.url)).replace("{path}", quoted(start.path))
    return f"""\
[[sources]]
name = {quoted(start.kind.replace("_", "-"))}
kind = {quoted(start.kind)}
system = {quoted(start.system)}
# schedule = "*/15 * * * *"
# timezone = "UTC"

[sources.options]
{options}
# [sources.options.access]
# token = "env:NAME"
"""
