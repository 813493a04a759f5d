"""The token bucket: so many at once, then so many a second, and whoever owes waits."""

from studio_app.app.token_bucket import TokenBucket


def test_a_full_bucket_gives_its_burst_at_once_and_then_at_its_rate() -> None:
    bucket = TokenBucket(rate=2, burst=3, filled_at=100)
    waits = []
    for _ in range(5):
        waits.append(bucket.seconds_until(100))
        bucket.take(100)
    assert waits == [0, 0, 0, 0.5, 1]


def test_it_fills_again_up_to_its_burst() -> None:
    bucket = TokenBucket(rate=2, burst=3, filled_at=0)
    for _ in range(3):
        bucket.take(0)
    assert bucket.seconds_until(0.25) == 0.25
    assert not bucket.is_full(1)
    assert bucket.is_full(1.5)
    assert bucket.is_full(1000)
    assert bucket.tokens == 3
