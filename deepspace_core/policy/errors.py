"""What can be wrong with limits and address rules, and how a request is refused by one."""

from deepspace_core.kernel.errors import Conflict, DeepSpaceError, Forbidden, NotFound


class LimitNotFound(NotFound):
    """No such limit here."""

    code = "limit_not_found"


class IpRuleNotFound(NotFound):
    """No such address rule here."""

    code = "ip_rule_not_found"


class LimitExists(Conflict):
    """That scope already has a limit of that metric and window; change it instead."""

    code = "limit_exists"


class RateLimited(DeepSpaceError):
    """A limit is used up; `fields` tell which, and `retry_after_seconds`."""

    code = "rate_limited"
    retryable = True


class LargerThanLimit(RateLimited):
    """This request alone is larger than a limit allows: it never fits, however long one waits."""

    code = "larger_than_limit"
    retryable = False


class AddressForbidden(Forbidden):
    """The client's address is not one the organization or the key admits."""

    code = "address_forbidden"
