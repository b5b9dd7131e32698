"""Why a call did not go through. Each names the stage that said no, in `fields["stage"]` where one did."""

from deepspace_core.kernel.errors import Conflict, DeepSpaceError, Forbidden, Unavailable


class ModelNotPriced(Unavailable):
    """The model has no price in effect; nothing may be sold without one."""

    code = "model_not_priced"
    retryable = False


class ModelNotAllowed(Forbidden):
    """The key's allow-list does not name the model."""

    code = "model_not_allowed"


class RouteNotServed(DeepSpaceError):
    """The model exists, but not for this kind of call."""

    code = "route_not_served"


class InsufficientQuota(DeepSpaceError):
    """The wallet does not cover the estimate; `fields`: needed_nanos, available_nanos, reason.

    Where it is a budget that does not, the ledger's `BudgetExceeded` is raised: topping up would not help.
    """

    code = "insufficient_quota"


class UpstreamUnreachable(Unavailable):
    """No connection to the upstream could be made."""

    code = "upstream_unreachable"


class UpstreamSilent(Unavailable):
    """The upstream took longer than its timeout to answer, or to go on."""

    code = "upstream_timeout"


class UpstreamFailed(Unavailable):
    """The upstream answered with an error of its own."""

    code = "upstream_error"


class UpstreamCut(UpstreamFailed):
    """The upstream broke off in the middle of an answer."""

    code = "upstream_cut"


class UpstreamMisconfigured(Unavailable):
    """The upstream refused OUR credentials or quota: an alert for the operator, never the customer's fault."""

    code = "upstream_misconfigured"


class UpstreamRefused(DeepSpaceError):
    """The upstream says the request itself is at fault; its own message, code and param are passed on."""

    code = "upstream_refused"


class IdempotencyKeyReused(Conflict):
    """The key stands for a call with another body."""

    code = "idempotency_key_reused"


class IdempotentCallRunning(Conflict):
    """The call that claimed the key has not ended; its answer will be there later."""

    code = "idempotent_call_running"
    retryable = True


class IdempotentAnswerGone(Conflict):
    """The call was made and charged, and its answer is not kept: it was too large, or others pushed it out."""

    code = "idempotent_answer_gone"


class Answered(Exception):
    """A stage has answered the call by itself: the way in ends there, and nothing is wrong. Never shown to anybody."""


class ClientGone(Exception):
    """The client has hung up. Never shown to anybody."""


class ClientStopped(ClientGone):
    """The client has said that it wants no more, so nothing is read on, whatever the organization's `on_abort`."""
