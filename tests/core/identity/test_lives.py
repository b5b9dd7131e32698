"""The life of a session and of a key, against models of a few lines."""

from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from deepspace_core.identity import ApiKey, Permission, Secret, Session, Tokens
from deepspace_core.identity.api_key import api_key_secret, rotate_api_key
from deepspace_core.identity.errors import RefreshReused, SessionExpired, SessionRevoked
from deepspace_core.identity.session import (
    REFRESH_LIFETIME,
    SESSION_LIFETIME_MAX,
    RefreshToken,
    SessionEnd,
    check_refresh,
    end_session,
    open_session,
    rotate_session,
)
from deepspace_core.kernel.ids import ApiKeyId, OrgId, SessionId, UserId
from tests.fakes import NOON, CountingIds


class SessionLife(RuleBasedStateMachine):
    """The model: the list of refresh tokens given out, of which the last alone is good, until time or theft."""

    def __init__(self) -> None:
        super().__init__()
        self.ids, self.now = CountingIds(), NOON
        self.session, tokens = self._opened()
        self.given = [tokens.refresh]
        self.last_refresh = self.now
        self.is_stolen = False

    def _opened(self) -> tuple[Session, Tokens]:
        return open_session(
            session_id=SessionId(self.ids.uuid()),
            user_id=UserId(self.ids.uuid()),
            access=self.ids.secret(),
            family=self.ids.secret(),
            generation=self.ids.secret(),
            now=self.now,
        )

    @property
    def ends_at(self) -> datetime:
        return min(self.last_refresh + REFRESH_LIFETIME, NOON + SESSION_LIFETIME_MAX)

    @rule(days=st.integers(0, 40))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)

    def _expected(self, which: int) -> type[Exception] | None:
        if self.is_stolen:
            return SessionRevoked
        if self.now >= self.ends_at:
            return SessionExpired
        return None if which == len(self.given) - 1 else RefreshReused

    @rule(which=st.integers(0, 20))
    def somebody_refreshes(self, which: int) -> None:
        which %= len(self.given)
        token = RefreshToken.read(self.given[which])
        assert token is not None
        expected = self._expected(which)
        if expected is not None:
            with pytest.raises(expected):
                check_refresh(self.session, token, now=self.now)
            if expected is RefreshReused:
                self.session = end_session(self.session, end=SessionEnd.REFRESH_REUSED, now=self.now)
                self.is_stolen = True
            return
        check_refresh(self.session, token, now=self.now)
        self.session, tokens = rotate_session(
            self.session, family=token.family, access=self.ids.secret(), generation=self.ids.secret(), now=self.now
        )
        self.given.append(tokens.refresh)
        self.last_refresh = self.now

    @invariant()
    def no_token_outlives_the_session(self) -> None:
        assert self.session.expires_at == self.ends_at
        assert self.session.access_expires_at <= self.session.expires_at

    @precondition(lambda self: self.is_stolen)
    @invariant()
    def a_stolen_session_stays_ended_for_its_first_reason(self) -> None:
        again = end_session(self.session, end=SessionEnd.LOGGED_OUT, now=self.now)
        assert again.end is SessionEnd.REFRESH_REUSED


class KeyLife(RuleBasedStateMachine):
    """The model: from each secret to the time it stops working; at most the last two are known."""

    def __init__(self) -> None:
        super().__init__()
        self.ids, self.now = CountingIds(), NOON
        secret, prefix = api_key_secret(self.ids.secret())
        self.key = ApiKey(
            id=ApiKeyId(self.ids.uuid()),
            org_id=OrgId(self.ids.uuid()),
            name="ci",
            prefix=prefix,
            sha256=secret.sha256(),
            scopes=frozenset({Permission.USE_MODELS}),
            created_by=UserId(self.ids.uuid()),
            created_at=self.now,
        )
        self.ends: list[tuple[Secret, datetime | None]] = [(secret, None)]

    @rule(seconds=st.integers(0, 100))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(seconds=st.integers(0, 100))
    def somebody_rotates(self, seconds: int) -> None:
        secret, prefix = api_key_secret(self.ids.secret())
        overlap = timedelta(seconds=seconds)
        self.key = rotate_api_key(self.key, secret=secret, prefix=prefix, overlap=overlap, now=self.now)
        self.ends = [(self.ends[-1][0], self.now + overlap), (secret, None)]

    @invariant()
    def the_key_knows_what_the_model_knows(self) -> None:
        known = {secret.sha256(): until for secret, until in self.ends}
        kept: dict[bytes, datetime | None] = {self.key.sha256: None}
        if self.key.previous_sha256 is not None:
            kept[self.key.previous_sha256] = self.key.previous_expires_at
        assert kept == known


TestSessionLife = SessionLife.TestCase
TestSessionLife.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestKeyLife = KeyLife.TestCase
TestKeyLife.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)
