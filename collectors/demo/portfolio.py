"""Name the twelve systems of the demonstration, who answers for them and how they behave while nothing is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

PORTFOLIO: Final = "acme"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody who owns or stands in for systems."""

    name: str
    title: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoSystem:
    """One system: how it is configured, and its levels on an ordinary day.

    ``requests`` is the mean per hour; ``levels`` replaces entries of ``LEVELS``; ``suites`` says where its quality is
    evaluated, ``knowledge`` whether it retrieves, ``tools`` whether it acts through tools.
    """

    name: str
    title: str
    owner: str
    deputy: str
    tier: Literal[1, 2, 3]
    model: str
    provider: str
    requests: float
    tokens_in: float
    tokens_out: float
    latency: float
    budget: int
    data_class: str = "internal"
    suites: Literal["mlflow", "promptfoo", "inspect_ai", ""] = "mlflow"
    knowledge: bool = False
    tools: bool = False
    traces: bool = False
    depends_on: tuple[str, ...] = ()
    levels: Mapping[str, float] = field(default_factory=dict)


# Shares on an ordinary day unless a system says otherwise.
LEVELS: Final[Mapping[str, float]] = {
    "errors": 0.004,
    "other_model": 0.0,
    "uncovered": 0.028,
    "truncated": 0.006,
    "schema_valid": 0.989,
    "thumbs_down": 0.035,
    "retrieval_empty": 0.021,
    "blocked": 0.022,
    "tool_empty": 0.034,
    "confirmed": 0.984,
    "correctness": 0.93,
    "groundedness": 0.94,
    "schema": 0.97,
    "refused_attacks": 1.0,
    "benign_answered": 0.985,
}

# US dollars per million tokens, in and out; the vendors and their models are invented.
PRICES: Final[Mapping[str, tuple[float, float]]] = {
    "meridian-large": (2.50, 10.00),
    "meridian-mini": (0.15, 0.60),
    "halcyon-pro": (3.00, 15.00),
    "halcyon-swift": (0.80, 4.00),
    "coder-33b": (0.35, 1.10),
}

# The dated model that answers when the name on the left is asked for.
ANSWERED: Final[Mapping[str, str]] = {
    "meridian-large": "meridian-large-2026-02",
    "meridian-mini": "meridian-mini-2026-04",
    "halcyon-pro": "halcyon-pro-4.1",
    "halcyon-swift": "halcyon-swift-4.0",
    "coder-33b": "coder-33b-awq",
}
REPLACED: Final[Mapping[str, str]] = {"meridian-large": "meridian-large-2026-08"}

PEOPLE: Final = (
    DemoPerson("Amara Okafor", "operations lead", ("lead", "approver")),
    DemoPerson("Lena Brandt", "customer service systems", ("owner", "approver")),
    DemoPerson("Tomas Reyes", "claims and payments systems", ("owner", "approver")),
    DemoPerson("Ji-woo Han", "legal and people systems", ("owner",)),
    DemoPerson("Priya Nair", "engineering systems", ("owner",)),
    DemoPerson("Oskar Lind", "finance partner", ("finance",)),
)
_AMARA, _LENA, _TOMAS, _JI_WOO, _PRIYA = (person.name for person in PEOPLE[:5])

SYSTEMS: Final = (
    DemoSystem(
        "support-bot", "Customer support chat", _LENA, _AMARA, 2, "meridian-large", "meridian",
        1450, 1180, 210, 1.6, 6400, "customer", depends_on=("policy-qa",), traces=True,
    ),
    DemoSystem(
        "claims-triage", "Claims triage and reserve notes", _TOMAS, _LENA, 1, "halcyon-pro", "halcyon",
        420, 1900, 260, 2.4, 3400, "personal", knowledge=True, levels={"thumbs_down": 0.03},
    ),
    DemoSystem(
        "legal-search", "Search in case law and contracts", _JI_WOO, _AMARA, 1, "halcyon-pro", "halcyon",
        310, 2600, 310, 2.9, 3200, "confidential", knowledge=True,
    ),
    DemoSystem(
        "contract-summary", "Contract summaries as JSON", _JI_WOO, _TOMAS, 2, "meridian-large", "meridian",
        260, 5200, 640, 5.2, 4200, "confidential", "promptfoo", levels={"schema_valid": 0.991},
    ),
    DemoSystem(
        "hr-assistant", "Questions about leave, pay and benefits", _JI_WOO, _LENA, 2, "meridian-mini", "meridian",
        380, 900, 180, 1.1, 90, "personal", "inspect_ai", knowledge=True,
    ),
    DemoSystem(
        "code-assist", "Code review and repair agent", _PRIYA, _AMARA, 3, "coder-33b", "self-hosted",
        900, 3100, 420, 3.4, 1300, "internal", tools=True,
    ),
    DemoSystem(
        "travel-concierge", "Trip planning and rebooking", _LENA, _TOMAS, 2, "halcyon-swift", "halcyon",
        520, 1400, 330, 1.9, 1100, "customer", tools=True, traces=True,
    ),
    DemoSystem(
        "refund-agent", "Refund decisions and payment orders", _TOMAS, _AMARA, 1, "halcyon-swift", "halcyon",
        340, 1600, 190, 2.2, 620, "payment", tools=True, traces=True, depends_on=("support-bot",),
    ),
    DemoSystem(
        "marketing-copy", "Campaign copy in nine languages", _LENA, _PRIYA, 3, "meridian-large", "meridian",
        210, 800, 540, 4.1, 1900, "public",
    ),
    DemoSystem(
        "sales-email", "First drafts of sales mail", _LENA, _TOMAS, 3, "meridian-mini", "meridian",
        300, 700, 240, 1.3, 75, "customer", "promptfoo",
    ),
    DemoSystem(
        "policy-qa", "Answers from insurance policies", _TOMAS, _JI_WOO, 2, "halcyon-swift", "halcyon",
        460, 1700, 170, 1.5, 820, "customer", knowledge=True,
    ),
    DemoSystem(
        "meeting-notes", "Minutes and action items", _PRIYA, _AMARA, 3, "meridian-mini", "meridian",
        240, 6200, 520, 3.8, 260, "internal", "",
    ),
)  # fmt: skip
BY_NAME: Final[Mapping[str, DemoSystem]] = {system.name: system for system in SYSTEMS}


def cost_per_request(system: DemoSystem) -> float:
    """Price an ordinary request in US dollars."""
    price_in, price_out = PRICES[system.model]
    return (system.tokens_in * price_in + system.tokens_out * price_out) / 1e6
