"""What the company decides besides the design: rest, transition, protection, buffer, quota."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.ranges import BELOW_ONE, DAYS, HOURS_A_WEEK, USD, Range, check_ranges

PROTECTIONS = ("none", "prospecting", "qualified", "proposal", "relationships")
QUOTA_SPLITS = ("even", "by_capacity")
FOCUSES = ("value", "nearest", "comfort", "random")
TRANSITIONS = ("abrupt", "warm")
REVIEWS = ("never", "quarterly", "semiannual")
ROUTINGS = ("least_potential", "nearest", "pool")
MERGER_KEEPERS = ("larger", "relationship")


@dataclass(frozen=True)
class Money:
    """What things bring and cost: ``margin_share`` of a sale; a seat a year; an hour on the road; an hour of handing over; the data
    on an account that are bought on day 0.
    """

    margin_share: float = 0.8
    seat_usd_per_year: float = 290e3
    travel_usd_per_h: float = 60.0
    hand_over_usd_per_h: float = 100.0
    data_usd_per_account: float = 0.0

    def __post_init__(self) -> None:
        check_ranges("policy.money", self, _MONEY_RANGES)


_MONEY_RANGES: dict[str, Range] = {
    "margin_share": (0.001, 1),
    "seat_usd_per_year": USD,
    "travel_usd_per_h": USD,
    "hand_over_usd_per_h": USD,
    "data_usd_per_account": USD,
}
_WORDS = {
    "protect": PROTECTIONS,
    "quota_split": QUOTA_SPLITS,
    "focus": FOCUSES,
    "transition": TRANSITIONS,
    "review": REVIEWS,
    "routing": ROUTINGS,
    "merger_keeps": MERGER_KEEPERS,
}
_RANGES: dict[str, Range] = {
    "rest_after_loss_days": DAYS,
    "rest_after_win_days": DAYS,
    "transition_gap_days": DAYS,
    "buffer_share": BELOW_ONE,
    "quota_stretch": (0.001, 1000),
    "hand_over_h_per_week": HOURS_A_WEEK,
    "review_trigger_cv": (0, 1000),
    "idle_days": DAYS,
}


@dataclass(frozen=True)
class Policy:
    """The company's rules. The defaults and their sources stand in ``conf/policy/default.yaml``.

    ``protect``: accounts with an open deal at this stage or later never move; ``relationships``: no account ever worked by its owner
    moves. ``transition_gap_days``: a moved account is not worked for so long; ``transition``: ``warm`` takes ``hand_over_h_per_week`` of
    both reps for each moved account with a relationship during the gap, and keeps a share of the relationship.
    ``buffer_share``: share of every seat's hours that a planner leaves free; ``leave_none``: every account has an owner all the same, else
    what does not fit into the hours is left to nobody. ``quota_stretch``: the team's target over what the incumbent
    design books; ``quota_split``: among the seats of a team. ``focus``: what a rep works first.
    ``review``: how often balance is looked at after roll-out; from ``review_trigger_cv`` on (coefficient of variation of potential per
    capacity hour; 0: at every review) the strategy is called again. ``idle_days``: accounts not worked for so long return to the pool each
    quarter and are dealt out again (0: never). ``routing``: who gets an account that nobody owns; ``merger_keeps``: whose owner keeps two
    merged accounts.
    """

    rest_after_loss_days: float
    rest_after_win_days: float
    transition_gap_days: float
    protect: str
    buffer_share: float
    quota_stretch: float
    quota_split: str
    leave_none: bool = True
    focus: str = "value"
    transition: str = "abrupt"
    hand_over_h_per_week: float = 0.25
    review: str = "never"
    review_trigger_cv: float = 0.0
    idle_days: float = 0.0
    routing: str = "least_potential"
    merger_keeps: str = "larger"
    money: Money = field(default_factory=Money)

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                raise ValueError(f"policy.{name}: {getattr(self, name)!r} is not one of {', '.join(words)}")
        check_ranges("policy", self, _RANGES)
