"""What identity refuses, and why. Each code says one thing, so that a client can act on it without reading prose."""

from deepspace_core.kernel.errors import Conflict, DeepSpaceError, Forbidden, Unauthenticated


class WrongCredentials(Unauthenticated):
    """E-mail or password is wrong; which of the two is never told."""

    code = "wrong_credentials"


class LoginLocked(DeepSpaceError):
    """Too many failed log-ins for this account from this address; `fields["retry_after_seconds"]` says how long."""

    code = "login_locked"


class TooManyFailures(DeepSpaceError):
    """Too many unknown API keys, or registrations, from one network; `fields["retry_after_seconds"]` says how long."""

    code = "too_many_failures"


class UserDisabled(Unauthenticated):
    """An administrator disabled the user."""

    code = "user_disabled"


class SessionUnknown(Unauthenticated):
    """No session has this token."""

    code = "session_unknown"


class SessionExpired(Unauthenticated):
    """The access token, or the whole session, is past its time; refresh or log in again."""

    code = "session_expired"


class SessionRevoked(Unauthenticated):
    """The session was ended: by logging out, by a password change, from the list of sessions."""

    code = "session_revoked"


class RefreshReused(Unauthenticated):
    """A refresh token came a second time, so somebody holds a copy: the session has been revoked."""

    code = "refresh_reused"


class KeyUnknown(Unauthenticated):
    """No API key has this secret."""

    code = "key_unknown"


class KeyExpired(Unauthenticated):
    """The API key is past its expiry, or this secret of it was rotated away and its overlap is over."""

    code = "key_expired"


class KeyRevoked(Unauthenticated):
    """The API key was revoked."""

    code = "key_revoked"


class KeyMakerGone(Unauthenticated):
    """Whoever made the API key is no member of its organization any more."""

    code = "key_maker_gone"


class PermissionMissing(Forbidden):
    """Known, but not allowed; `fields["permission"]` names what is missing."""

    code = "permission_missing"


class SessionRequired(Forbidden):
    """This is done by a person who is logged in; an API key can't."""

    code = "session_required"


class AdministratorRequired(Forbidden):
    """Only an administrator of the installation may do this."""

    code = "administrator_required"


class OrganizationSuspended(Forbidden):
    """The organization was suspended by an administrator."""

    code = "organization_suspended"


class ProjectArchived(Forbidden):
    """The project is archived: it can be read, not worked in."""

    code = "project_archived"


class EmailTaken(Conflict):
    """Another user has this e-mail address."""

    code = "email_taken"


class SlugTaken(Conflict):
    """Another workspace, of any organization, has this slug: it is the first part of a public address."""

    code = "slug_taken"


class NameTaken(Conflict):
    """Another live project of the workspace has this name."""

    code = "name_taken"


class AlreadyMember(Conflict):
    """The user is a member of the organization already."""

    code = "already_member"


class InvitationOver(Conflict):
    """The invitation was accepted, withdrawn or is past its time; `fields["state"]` says which."""

    code = "invitation_over"


class InvitationForAnother(Forbidden):
    """The invitation is for another e-mail address than the caller's."""

    code = "invitation_for_another"


class KeyOver(Conflict):
    """The API key that was to be changed is revoked or expired; it is not the caller's own credential that is."""

    code = "key_over"


class LastOwner(Conflict):
    """An organization keeps at least one owner, and a personal one keeps its person."""

    code = "last_owner"


class LastAdministrator(Conflict):
    """An installation keeps at least one administrator who can log in."""

    code = "last_administrator"


class DefaultKept(Conflict):
    """The default workspace and project of an organization can't be archived: calls that name none go there."""

    code = "default_kept"


class WalletMissing(Conflict):
    """The organization has no wallet; `deepspace doctor` tells how that is mended."""

    code = "wallet_missing"
