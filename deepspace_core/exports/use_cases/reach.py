"""Whose rows somebody may export."""

from deepspace_core.exports.export import KINDS_OF_THE_INSTALLATION, PERMISSION_FOR, ExportFilters, ExportKind
from deepspace_core.identity import Principal, require_administrator


def require_reach(principal: Principal, kind: ExportKind, filters: ExportFilters) -> None:
    """Raises AdministratorRequired for rows of everybody, PermissionMissing for the organization's own."""
    if filters.everybody:
        require_administrator(principal)
    elif kind not in KINDS_OF_THE_INSTALLATION:
        principal.require(PERMISSION_FOR[kind])
