"""What the company decides besides the design: rest, transition, protection, buffer, quota."""

from __future__ import annotations

from dataclasses import dataclass

PROTECTIONS = ("none", "prospecting", "qualified", "proposal", "relationships")
QUOTA_SPLITS = ("even", "by_capacity")


@dataclass(frozen=True)
class Policy:
    """The company's rules. The defaults and their sources stand in ``conf/policy/default.yaml``.

    ``protect``: accounts with an open deal at this stage or later never move; ``relationships``: no account ever worked by its owner
    moves. ``transition_gap_days``: a moved account is not worked for so long. ``buffer_share``: share of every seat's hours that a planner
    leaves free. ``quota_stretch``: the team's target over what the incumbent design books; ``quota_split``: among the seats of a team.
    """

    rest_after_loss_days: float
    rest_after_win_days: float
    transition_gap_days: float
    protect: str
    buffer_share: float
    quota_stretch: float
    quota_split: str

    def __post_init__(self) -> None:
        if self.protect not in PROTECTIONS:
            raise ValueError(f"policy.protect: {self.protect!r} is not one of {', '.join(PROTECTIONS)}")
        if self.quota_split not in QUOTA_SPLITS:
            raise ValueError(f"policy.quota_split: {self.quota_split!r} is not one of {', '.join(QUOTA_SPLITS)}")
        if not 0 <= self.buffer_share < 1:
            raise ValueError(f"policy.buffer_share: {self.buffer_share} must be at least 0 and below 1")
        if self.quota_stretch <= 0:
            raise ValueError(f"policy.quota_stretch: {self.quota_stretch} must be positive")
        for name in ("rest_after_loss_days", "rest_after_win_days", "transition_gap_days"):
            if getattr(self, name) < 0:
                raise ValueError(f"policy.{name}: {getattr(self, name)} must not be negative")
