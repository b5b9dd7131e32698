"""What can be wrong with a price."""

from deepspace_core.kernel.errors import Conflict, InvalidInput, NotFound


class PriceNotFound(NotFound):
    """The model has no rate card that is in effect at that time, so it can't be sold then."""

    code = "price_not_found"


class BackDatedPrice(InvalidInput):
    """A rate card may take effect now or later, never in the past: what was sold stays sold at its price."""

    code = "back_dated_price"


class PriceChangedMeanwhile(Conflict):
    """Somebody else set a price of this model at the same moment; look at it and set yours again."""

    code = "price_changed_meanwhile"
