"""Which decisions may leave: one's own, on the content as it is, once everybody needed has approved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from operations.deliveries import (
    Deliverable,
    NotDeliverableError,
    attempts,
    beside,
    deliverable,
    order_of,
    rollback_of,
)
from store.change_records import ChangeStanding, Decision, LedgerState
from store.deliveries import DeliveryRecord
from store.records import Change
from tests.operations.stores import NOW, Store

ME, OTHER = 1000, 1001
Said = Callable[..., None]


@pytest.fixture
def change(store: Store) -> Deliverable:
    """Collect two changes of one source and give the first."""
    for number in (1, 2):
        name = f"prompt bot {number}"
        store.collected(
            Change("bot", name, "prompt", name, content_hash=f"h{number}", from_ref="0"), source=f"s{number}"
        )
    (found,) = [each for each in deliverable(store.session, "") if each.external_id == "prompt bot 1"]
    return found


@pytest.fixture
def said(store: Store, change: Deliverable) -> Said:
    """Give a maker of decisions of the change."""
    made: list[str] = []

    def say(decision: str, uid: int = ME, content_hash: str = "h1", state: str = "counted") -> None:
        made.append(decision)
        store.session.append("decisions", [Decision(
            f"e{len(made)}", change.change_id, decision, content_hash, "ada", "owner", f"reason {len(made)}", "", "",  # type: ignore[arg-type]  # tests name decisions and states as text
            state, "", None, NOW, NOW + timedelta(seconds=len(made)), None, "ada", uid, uid, "",  # type: ignore[arg-type]
        )])  # fmt: skip

    return say


def stands(
    store: Store, change: Deliverable, state: LedgerState, needed: str = "", missing: str = "", frozen: str = ""
) -> Any:
    store.session.execute("delete from change_states")
    store.session.append("change_states", [ChangeStanding(
        change.change_id, state, "", 0, needed, missing, "", frozen, False, 0, None, None, None, NOW,  # noqa: FBT003
    )])  # fmt: skip
    return deliverable(store.session, change.change_id)[0]


def test_a_change_is_found_by_the_beginning_of_its_id(store: Store, change: Deliverable) -> None:
    assert deliverable(store.session, change.change_id[:4]) == (change,)
    assert (change.external_id, change.source, change.content_hash, change.from_ref) == (
        "prompt bot 1",
        "s1",
        "h1",
        "0",
    )


def test_others_that_wait_at_the_same_source_are_beside_it(store: Store, change: Deliverable) -> None:
    assert beside(store.session, change) == ()
    store.collected(Change("bot", "prompt bot 3", "prompt", "third"), source="s1")
    store.collected(Change("bot", "prompt bot 4", "prompt", "over", state="applied"), source="s1")
    assert [each.external_id for each in beside(store.session, change)] == ["prompt bot 3"]


def test_who_has_not_decided_delivers_nothing(store: Store, change: Deliverable, said: Said) -> None:
    for words in (("approve", OTHER), ("approve", ME, "h0"), ("approve", ME, "h1", "refused"), ("ask", ME)):
        said(*words)
    with pytest.raises(NotDeliverableError, match="no decision of yours"):
        order_of(store.session, stands(store, change, "approved"), ME)


@pytest.mark.parametrize("state", ["approved", "applied", "watching", "verified"])
def test_an_approval_leaves_when_everybody_needed_has_approved(
    store: Store, change: Deliverable, said: Said, state: LedgerState
) -> None:
    said("approve")
    order = order_of(store.session, stands(store, change, state), ME)
    assert (order.decision_id, order.verdict, order.reason) == ("e1", "approve", "reason 1")


@pytest.mark.parametrize(
    ("state", "needed", "missing", "words"),
    [
        ("evidence missing", "one more approver", "golden set", "one more approver; golden set"),
        ("expired", "", "", "it is expired"),
        (None, "", "", "it is not judged yet"),
    ],
)
def test_an_approval_stays_here_until_then(
    store: Store, change: Deliverable, said: Said, state: LedgerState | None, needed: str, missing: str, words: str
) -> None:
    said("approve")
    stood = stands(store, change, state, needed, missing) if state else change
    with pytest.raises(NotDeliverableError, match=words) as caught:
        order_of(store.session, stood, ME)
    assert caught.value.exit_code == 2


def test_nothing_is_approved_at_the_source_of_a_frozen_system(store: Store, change: Deliverable, said: Said) -> None:
    said("approve")
    with pytest.raises(NotDeliverableError, match="takes no change now: the budget is spent"):
        order_of(store.session, stands(store, change, "approved", frozen="the budget is spent"), ME)


def test_a_rejection_leaves_at_once_and_the_last_word_counts(store: Store, change: Deliverable, said: Said) -> None:
    said("approve")
    said("reject")
    assert order_of(store.session, stands(store, change, "rejected"), ME).verdict == "reject"


def tried(store: Store, change: Deliverable, verdict: str, state: str, second: int) -> None:
    store.session.append("deliveries", [DeliveryRecord(
        f"a{second}", change.change_id, "h1", "e1", verdict, "mlflow alias", state, "said", "2", "ada",  # type: ignore[arg-type]  # tests name states as text
        NOW + timedelta(seconds=second),
    )])  # fmt: skip


def test_only_what_was_delivered_last_and_approved_by_oneself_is_rolled_back(
    store: Store, change: Deliverable, said: Said
) -> None:
    with pytest.raises(NotDeliverableError, match="only who approved it"):
        rollback_of(store.session, change, ME)
    said("approve", ME, "h0", "counted")
    with pytest.raises(NotDeliverableError, match="nothing of it is delivered"):
        rollback_of(store.session, change, ME)
    tried(store, change, "approve", "delivered", 1)
    tried(store, change, "approve", "unconfirmed", 2)
    order = rollback_of(store.session, change, ME)
    assert (order.verdict, order.decision_id) == ("roll back", "e1")
    tried(store, change, "roll back", "delivered", 3)
    with pytest.raises(NotDeliverableError, match="nothing of it is delivered"):
        rollback_of(store.session, change, ME)
    assert [(row.verdict, row.state, row.is_last) for row in attempts(store.session, change.change_id)] == [
        ("roll back", "delivered", True), ("approve", "unconfirmed", False), ("approve", "delivered", False)
    ]  # fmt: skip
