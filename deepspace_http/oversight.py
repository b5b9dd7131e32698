"""Use cases of administrators, across organizations. A part of deepspace_http/application.py.

What they do in one organization is done by the use cases that its members call; `act_for_organization` lets them in.
"""

from dataclasses import dataclass
from typing import TypeAlias

from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from deepspace_core.audit.use_cases import FindTraces, TotalAllRequests
from deepspace_core.exports.use_cases import ListAllExports
from deepspace_core.identity import Principal
from deepspace_core.identity.use_cases.acting import ActForOrganization, ListAllApiKeys, LookUpNames
from deepspace_core.kernel.ids import OrgId, read_id
from deepspace_core.ledger.oversight_use_cases import (
    ListAllBudgets,
    ListAllTransactions,
    ListWallets,
    TotalTransactions,
    TotalWallets,
)
from deepspace_core.policy.oversight_use_cases import ListAllIpRules, ListAllLimits
from deepspace_core.usage.use_cases import TotalAllUsage
from deepspace_core.webhooks.use_cases import ListAllDeliveries, ListAllWebhooks
from deepspace_core.work import ReportRetention
from deepspace_http.parameters import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightUseCases:
    """What administrators see of everybody, and the key to each organization."""

    act_for_organization: ActForOrganization
    look_up_names: LookUpNames
    list_wallets: ListWallets
    total_wallets: TotalWallets
    list_all_transactions: ListAllTransactions
    total_transactions: TotalTransactions
    list_all_budgets: ListAllBudgets
    total_all_usage: TotalAllUsage
    total_all_requests: TotalAllRequests
    find_traces: FindTraces
    list_all_limits: ListAllLimits
    list_all_ip_rules: ListAllIpRules
    list_all_api_keys: ListAllApiKeys
    list_all_webhooks: ListAllWebhooks
    list_all_deliveries: ListAllDeliveries
    list_all_exports: ListAllExports
    report_retention: ReportRetention


Oversight: TypeAlias = NamedDependency[SkipValidation[OversightUseCases]]
Acting: TypeAlias = NamedDependency[SkipValidation[Principal]]
"""The administrator, in the organization that the path names."""


async def provide_acting(caller: Caller, oversight: Oversight, org_id: FromPath[str]) -> Principal:
    """Raises AdministratorRequired, InvalidInput or NotFound."""
    wanted = OrgId(read_id("org", org_id, param="org_id"))
    return await oversight.act_for_organization(administrator=caller, org_id=wanted)
