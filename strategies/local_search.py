"""From the rounded LP to a plan: take out what is too much, fill the hours that are left, exchange accounts while the plan gains."""

from __future__ import annotations

import numpy as np

from sim.snapshot import UNASSIGNED, FloatArray, IntArray

SWAP_WIDTH_N = 64  # accounts looked at on each side of an exchange: those whose place is the least clear at the LP's prices
STEPS_N = 4000  # exchanges at most; some hundred are usual at 3,000 x 20


class LocalSearch:
    """A feasible plan that only gets better. Pairs are flat arrays, ordered by account; ``worked_at`` has shape (accounts,).

    ``off_usd`` (seats,) is how far each book is above its target; accounts without a home count there once they are worked, and the rest
    of them as if dealt out by share.
    """

    def __init__(
        self,
        pair_account: IntArray,
        pair_seat: IntArray,
        pair_value_usd: FloatArray,
        pair_hours: FloatArray,
        budget_h: FloatArray,
        potential_usd: FloatArray,
        home: IntArray,
        share: FloatArray,
        imbalance_weight: float,
        hour_price_usd: FloatArray,
    ) -> None:
        self.account, self.seat, self.value, self.hours = pair_account, pair_seat, pair_value_usd, pair_hours
        self.left_h = budget_h * (1 + 1e-12)
        self.potential, self.home, self.weight, self.price = potential_usd, home, imbalance_weight, hour_price_usd
        self.worked = np.full(len(home), UNASSIGNED, dtype=np.int64)  # the pair in use at each account
        self.place = home.copy()  # whose book each account is in
        owned = home != UNASSIGNED
        book = np.bincount(home[owned], potential_usd[owned], len(share)) + share * potential_usd[~owned].sum()
        self.off_usd = book - share * potential_usd.sum()
        self.pairs_at = [np.flatnonzero(pair_seat == r) for r in range(len(share))]
        self.scale = float(np.abs(pair_value_usd).max(initial=0.0)) * 1e-9  # smaller gains are rounding

    def improve(self, start: IntArray) -> IntArray:
        """Begin with the pairs in ``start``, which may ask for more hours than there are, and return ``worked_at``."""
        for pair in start.tolist():
            self.work(pair)
        for r in range(len(self.left_h)):
            self.relieve(r)
        self.fill()
        steps, improved = 0, True
        while improved and steps < STEPS_N:
            improved = False
            for r in range(len(self.left_h)):
                while steps < STEPS_N and self.exchange(r):
                    steps, improved = steps + 1, True
                    self.fill()
        return np.where(self.worked != UNASSIGNED, self.seat[self.worked], UNASSIGNED)

    def work(self, pair: int) -> None:
        """Work an account at the pair's seat, wherever it was before."""
        account, seat = int(self.account[pair]), int(self.seat[pair])
        self.park(account)
        self.left_h[seat] -= self.hours[pair]
        self._carry(account, seat)
        self.worked[account] = pair

    def park(self, account: int) -> None:
        """Take an account out of the plan."""
        pair = self.worked[account]
        if pair != UNASSIGNED:
            self.left_h[self.seat[pair]] += self.hours[pair]
            self._carry(account, int(self.home[account]))
            self.worked[account] = UNASSIGNED

    def _carry(self, account: int, seat: int) -> None:
        for place, sign in ((int(self.place[account]), -1), (seat, 1)):
            if place != UNASSIGNED:
                self.off_usd[place] += sign * self.potential[account]
        self.place[account] = seat

    def relieve(self, seat: int) -> None:
        """Park accounts of an overfull seat, first those that bring the least beyond the price of their hours."""
        pairs = self.pairs_at[seat]
        there = pairs[self.worked[self.account[pairs]] == pairs]
        for pair in there[np.argsort(self.value[there] - self.price[seat] * self.hours[there], kind="stable")].tolist():
            if self.left_h[seat] >= 0:
                return
            self.park(int(self.account[pair]))

    def gain(self, pairs: IntArray) -> FloatArray:
        """How much the objective grows (pairs,) if the account of a pair is worked there instead of where it is now."""
        account, seat = self.account[pairs], self.seat[pairs]
        now = self.worked[account]
        gain = self.value[pairs] - np.where(now != UNASSIGNED, self.value[now], 0.0)
        if self.weight == 0:
            return gain
        place, potential = self.place[account], self.potential[account]
        leaves = np.where(place != UNASSIGNED, np.abs(self.off_usd[place] - potential) - np.abs(self.off_usd[place]), 0.0)
        enters = np.abs(self.off_usd[seat] + potential) - np.abs(self.off_usd[seat])
        balanced: FloatArray = gain - self.weight * np.where(place == seat, 0.0, leaves + enters)
        return balanced

    def fill(self) -> None:
        """Put accounts where hours are left, the largest gain first."""
        while True:
            fits = np.flatnonzero(self.hours <= self.left_h[self.seat])
            fits = fits[self.worked[self.account[fits]] != fits]
            gain = self.gain(fits)
            if not len(fits) or gain.max() <= self.scale:
                return
            self.work(int(fits[np.argmax(gain)]))

    def exchange(self, seat: int) -> bool:
        """Work one more account at the seat in the place of one there, if that gains; the best such exchange."""
        pairs = self.pairs_at[seat]
        inside = self.worked[self.account[pairs]] == pairs
        there, others = pairs[inside], pairs[~inside]
        if not len(there) or not len(others):
            return False
        out = there[np.argsort(self.value[there] - self.price[seat] * self.hours[there], kind="stable")[:SWAP_WIDTH_N]]
        now = self.worked[self.account[others]]
        freed = np.where(now != UNASSIGNED, self.price[self.seat[now]] * self.hours[now], 0.0)
        merit = self.gain(others) - self.price[seat] * self.hours[others] + freed
        into = others[np.argsort(-merit, kind="stable")[:SWAP_WIDTH_N]]
        gain = self.gain(into)[:, None] - self.value[out]
        gain[self.hours[into][:, None] > self.left_h[seat] + self.hours[out]] = -np.inf
        a, b = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if gain[a, b] <= self.scale:
            return False
        return self._exchange(int(into[a]), int(out[b]))

    def _exchange(self, into: int, out: int) -> bool:
        """Exchange, and take it back if the balance of the books makes it a loss after all."""
        account, before = int(self.account[into]), int(self.worked[self.account[into]])
        imbalance = np.abs(self.off_usd).sum()
        value = self.value[into] - self.value[out] - (self.value[before] if before != UNASSIGNED else 0.0)
        self.park(int(self.account[out]))
        self.work(into)
        if value - self.weight * (np.abs(self.off_usd).sum() - imbalance) > self.scale:
            return True
        if before != UNASSIGNED:
            self.work(before)
        else:
            self.park(account)
        self.work(out)
        return False
