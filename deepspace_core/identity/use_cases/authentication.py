"""From a secret to a principal: what runs before everything else, in one query."""

from dataclasses import dataclass, field

from deepspace_core.identity.admission import admit_key, admit_session, admit_system
from deepspace_core.identity.errors import KeyUnknown, SessionUnknown
from deepspace_core.identity.ports import Credentials, KeyUses
from deepspace_core.identity.principal import Principal
from deepspace_core.identity.secret import ACCESS_HEAD, API_KEY_HEAD, Secret
from deepspace_core.identity.strangers import Strangers
from deepspace_core.kernel.errors import NotFound, Unauthenticated
from deepspace_core.kernel.ids import OrgId, ProjectId
from deepspace_core.kernel.ports.clock import Clock
from deepspace_core.kernel.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AuthenticateApiKey:
    """The principal of an API key."""

    unit_of_work: UnitOfWork
    credentials: Credentials
    key_uses: KeyUses
    clock: Clock
    strangers: Strangers = field(default_factory=Strangers)

    async def __call__(self, *, secret: Secret, address: str | None = None) -> Principal:
        """`address`: who shows it, as far as is known.

        Raises KeyUnknown, KeyRevoked, KeyExpired, UserDisabled, OrganizationSuspended, ProjectArchived, and
        TooManyFailures for an address that has shown too many wrong keys.
        """
        if not secret.is_shaped(API_KEY_HEAD):
            raise KeyUnknown(f"this is no API key of ours; they begin with {API_KEY_HEAD}")
        digest, now = secret.sha256(), self.clock.now()
        if address is not None:
            self.strangers.require(digest, address=address, now=now)
        try:
            principal = await self._admitted(digest)
        except Unauthenticated:
            if address is not None:
                self.strangers.failed(digest, address=address, now=now)
            raise
        self.strangers.knew(digest, now=now)
        return principal

    async def _admitted(self, digest: bytes) -> Principal:
        async with self.unit_of_work() as tx:
            facts = await self.credentials.find_key(tx, digest)
        if facts is None:
            raise KeyUnknown("no API key has this secret; check that it was copied whole")
        now = self.clock.now()
        principal = admit_key(facts, now=now)
        self.key_uses.note(facts, now=now)
        return principal


@dataclass(frozen=True, slots=True)
class AuthenticateSession:
    """The principal of an access token, in the organization and project that the caller chose for this call."""

    unit_of_work: UnitOfWork
    credentials: Credentials
    clock: Clock

    async def __call__(
        self, *, token: Secret, org_id: OrgId | None = None, project_id: ProjectId | None = None
    ) -> Principal:
        """Without `org_id`: the personal organization; without `project_id`: the default project.

        Raises SessionUnknown, SessionRevoked, SessionExpired, UserDisabled, NotFound, OrganizationSuspended.
        """
        if not token.is_shaped(ACCESS_HEAD):
            raise SessionUnknown("this is no access token; log in again")
        async with self.unit_of_work() as tx:
            facts = await self.credentials.find_session(tx, token.sha256(), org_id=org_id, project_id=project_id)
        if facts is None:
            raise SessionUnknown("no session has this access token; log in again")
        return admit_session(facts, project_id=project_id, now=self.clock.now())


@dataclass(frozen=True, slots=True)
class AuthenticateSystem:
    """The principal of the installation's own command line, which has the database and so needs no secret."""

    unit_of_work: UnitOfWork
    credentials: Credentials

    async def __call__(self, *, name: str, org_id: OrgId, project_id: ProjectId | None = None) -> Principal:
        """`name` is what the audit trail calls it ("cli"). Raises NotFound."""
        async with self.unit_of_work() as tx:
            facts = await self.credentials.find_organization(tx, org_id, project_id=project_id)
        if facts is None:
            raise NotFound("there is no such organization", param="org_id")
        return admit_system(facts, name=name, project_id=project_id)
