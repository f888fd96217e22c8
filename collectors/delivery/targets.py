"""Know which target carries out a change: by the kind of its source and what its external id names."""

from collections.abc import Mapping
from typing import Final

from collectors.delivery import (
    github_deployment,
    github_review,
    gitlab_deployment,
    gitlab_merge,
    mlflow_alias,
    servicenow,
)
from collectors.delivery.base import Subject, Target

TARGETS: Final[Mapping[str, tuple[Target, ...]]] = {
    "github": (github_deployment, github_review),
    "gitlab": (gitlab_deployment, gitlab_merge),
    "servicenow": (servicenow,),
    "mlflow": (mlflow_alias,),
}


def target_of(kind: str, subject: Subject) -> Target | None:
    """Give what carries out a change of a source of this kind; ``None``: its decisions stay here."""
    return next((each for each in TARGETS.get(kind, ()) if each.fits(subject)), None)


def shares(target: Target, subject: Subject, other: Subject) -> bool:
    """Tell whether one call would decide another change too: parts of one pull request."""
    found, also = target.fits(subject), target.fits(other)
    is_same = found is not None and also is not None and found.groupdict() == also.groupdict()
    return target.WHOLE and is_same and subject.source == other.source
