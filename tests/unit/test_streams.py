import numpy as np
import pytest
from scipy import stats

from sim.streams import Stream, generator, keyed_normal, keyed_uniform, label_key, stream_key


def test_an_address_always_gives_the_same_numbers_and_another_gives_others() -> None:
    """A generator depends on seed, stream and keys, and on nothing else."""
    once, twice = generator(7, Stream.TRUTH, 3).random(5), generator(7, Stream.TRUTH, 3).random(5)
    assert np.array_equal(once, twice)
    for other in (generator(8, Stream.TRUTH, 3), generator(7, Stream.CRM_NOISE, 3), generator(7, Stream.TRUTH, 4)):
        assert not np.array_equal(once, other.random(5))


def test_a_stream_keeps_its_number_when_streams_are_added() -> None:
    """The numbers behind the names are frozen: a changed one would change every published table."""
    frozen = {"TRUTH": 0, "CRM_NOISE": 1, "INCUMBENT": 2, "HISTORY": 3, "FUTURE": 4, "QUOTA": 5, "REP_VIEW": 6, "DESIGN": 7}
    assert {name: Stream[name].value for name in frozen} == frozen
    assert label_key("optimized") == 3537943985
    assert stream_key(7, Stream.FUTURE, 0, 0) == 13157808018358388752 != stream_key(7, Stream.FUTURE, 0, 1)
    assert keyed_uniform(99, 41, 6) == 0.9503505968791603


def test_a_keyed_number_depends_on_its_own_cell_only() -> None:
    """Asking for more cells, or for one alone, changes no number."""
    whole = keyed_uniform(99, np.arange(50)[:, None], np.arange(8)[None, :])
    assert np.array_equal(whole[17:20, 3], keyed_uniform(99, np.arange(17, 20), 3))
    assert whole[41, 6] == keyed_uniform(99, 41, 6)
    assert not np.array_equal(whole, keyed_uniform(98, np.arange(50)[:, None], np.arange(8)[None, :]))
    assert whole[2, 3] != whole[3, 2]


@pytest.mark.parametrize("axis", [0, 1])
def test_keyed_numbers_are_uniform_normal_and_uncorrelated_with_their_neighbours(axis: int) -> None:
    """Kolmogorov-Smirnov on the margins, lag-one correlation along both indices, at a level of one in a thousand."""
    u = keyed_uniform(5, np.arange(300)[:, None], np.arange(300)[None, :])
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-3
    assert stats.kstest(keyed_normal(6, np.arange(20_000)), "norm").pvalue > 1e-3
    a, b = (u[1:], u[:-1]) if axis == 0 else (u[:, 1:], u[:, :-1])
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 3.3 / np.sqrt(a.size)
    assert 0.0 < u.min() < u.max() < 1.0
