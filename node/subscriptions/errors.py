"""What can go wrong with subscriptions.

NodeError
├── caller: ask for something else
│   ├── SubscriptionUnknownError  no such subscription here
│   └── SubscriptionRefusedError  it cannot be registered as it is
└── counterparty: the receiver of a webhook
    └── DeliveryError             it did not take an event
"""

from node.errors import NodeError


class SubscriptionUnknownError(NodeError):
    """There is no such subscription."""

    def __init__(self, subscription: str) -> None:
        super().__init__(subscription)
        self.subscription = subscription

    def __str__(self) -> str:
        return f"there is no subscription {self.subscription}; list the organisation's own"


class SubscriptionRefusedError(NodeError):
    """A subscription cannot be registered as it is."""

    def __init__(self, member: str, problem: str, remedy: str) -> None:
        super().__init__(member, problem, remedy)
        self.member = member
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.member}: {self.problem}; {self.remedy}"


class DeliveryError(NodeError):
    """A receiver did not take an event.

    Attributes:
        reason: What it answered, or why it could not be asked.
        is_final: Whether it wants no more events (HTTP status 410).
    """

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final

    def __str__(self) -> str:
        return f"the receiver did not take the event: {self.reason}"
