"""What each type of happening says: when it is told, and the fields of its `data`.

What is told comes from many contexts; here stands what receivers may rely on, and nothing else is promised. The
documents, `deepspace webhook events` and the OpenAPI document are made of this list, and a test holds what is really
told against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from deepspace_core.webhooks.happening import HappeningType


@dataclass(frozen=True, slots=True)
class DataField:
    """One field of `data`: its name, its JSON types, what it means, and an example."""

    name: str
    types: tuple[str, ...]
    meaning: str
    example: object
    always: bool = True

    @property
    def schema(self) -> dict[str, object]:
        """As JSON Schema."""
        told: object = self.types[0] if len(self.types) == 1 else list(self.types)
        return {"type": told, "description": self.meaning, "examples": [self.example]}


@dataclass(frozen=True, slots=True)
class HappeningKind:
    """A type of happening: when it is told, and what its `data` holds."""

    type: HappeningType
    when: str
    fields: tuple[DataField, ...]

    @property
    def schema(self) -> dict[str, object]:
        """Of `data`, as JSON Schema. Fields may join it: receivers pass over what they don't know."""
        return {
            "type": "object",
            "required": [field.name for field in self.fields if field.always],
            "properties": {field.name: field.schema for field in self.fields},
        }

    @property
    def example(self) -> dict[str, object]:
        """Of a whole message."""
        data = {field.name: field.example for field in self.fields}
        return {"type": self.type.value, "timestamp": "2030-01-01T12:00:00Z", "data": data}


TEXT, NUMBER = ("string",), ("integer",)
_ID = "0198c0ffee007abc8def0123456789ab"

OF_ALL = (
    DataField("org_id", TEXT, "the organization", f"org_{_ID}"),
    DataField("trace_id", TEXT, "finds the whole story of what caused it", "4bf92f3577b34da6a3ce929d0e0e4736"),
)
_ACTOR = DataField(
    "actor", TEXT, "who did it: `user:…`, `key:…` or `system:…`", "user:0198c0ff-ee00-7abc-8def-0123456789ab"
)


def _subject(meaning: str, prefix: str) -> tuple[DataField, ...]:
    return (*OF_ALL, _ACTOR, DataField("subject", TEXT, meaning, f"{prefix}_{_ID}"))


_WALLET = _subject("the wallet", "wallet")
_KEY = (
    *_subject("the key", "key"),
    DataField("name", TEXT, "what the key is called", "laptop"),
    DataField("prefix", TEXT, "the beginning of its secret, by which people know it", "sk-ds-abc123"),
    DataField("scopes", ("array",), "what the key may do", ["gateway:call"]),
)
_JOB = (
    *_subject("the job", "job"),
    DataField("job_id", TEXT, "the job", f"job_{_ID}"),
    DataField("name", TEXT, "what kind of job it is", "exports.write"),
    DataField("attempts", NUMBER, "how many attempts were begun, this one among them", 1),
    DataField("attempts_max", ("integer", "null"), "how many there may be; null before the first", 5),
    DataField("error_code", ("string", "null"), "why its last failed attempt failed; null if none did", None),
)


def _kinds(*kinds: HappeningKind) -> Mapping[HappeningType, HappeningKind]:
    return MappingProxyType({kind.type: kind for kind in kinds})


KINDS = _kinds(
    HappeningKind(
        HappeningType.WALLET_TOPPED_UP,
        "money came in",
        (
            *_WALLET,
            DataField("ref", TEXT, "the reference of the payment", "payment-1"),
            DataField("amount_nanos", NUMBER, "how much, in billionths of the currency", 10_000_000_000),
        ),
    ),
    HappeningKind(
        HappeningType.WALLET_BALANCE_LOW,
        "what is available fell below the webhook's `balance_low_nanos`; again after it has risen above it",
        (
            *_WALLET,
            DataField("threshold_nanos", NUMBER, "below what", 5_000_000_000),
            DataField("available_nanos", NUMBER, "what is left, without what is held", 4_800_000_000),
            DataField("currency", TEXT, "of both", "USD"),
        ),
    ),
    HappeningKind(
        HappeningType.WALLET_CAP_REACHED,
        "a budget passed 50, 80 or 100 % of its cap, once a period and level",
        (
            *_WALLET,
            DataField("percent", NUMBER, "50, 80 or 100: the highest level that is new", 80),
            DataField("scope", TEXT, "whose budget: org, project, key, user, app or run", "project"),
            DataField("scope_id", TEXT, "which of them", _ID),
            DataField("window", TEXT, "day, month or total", "month"),
            DataField("starts_on", TEXT, "the first day of the period", "2030-01-01"),
            DataField("cap_nanos", NUMBER, "the cap", 10_000_000_000),
            DataField("used_nanos", NUMBER, "what was spent of it", 8_000_000_000),
            DataField("reserved_nanos", NUMBER, "what running calls hold of it", 100_000_000),
            DataField("currency", TEXT, "of all three", "USD"),
        ),
    ),
    HappeningKind(HappeningType.API_KEY_CREATED, "a key was made", _KEY),
    HappeningKind(
        HappeningType.API_KEY_UPDATED,
        "a key's name, scopes, models or expiry were changed",
        (
            *_KEY,
            DataField("model_allow_list", ("array", "null"), "the models it may call; null: all", None),
            DataField("expires_at", ("string", "null"), "when it ends by itself", None),
            DataField("before", ("object",), "the same fields as they were", {"name": "old laptop"}),
        ),
    ),
    HappeningKind(HappeningType.API_KEY_ROTATED, "a key got another secret", _KEY),
    HappeningKind(
        HappeningType.API_KEY_REVOKED,
        "a key was ended for good",
        (*_KEY, DataField("reason", TEXT, "why, where that was told", "lost", always=False)),
    ),
    HappeningKind(HappeningType.JOB_STARTED, "a worker began an attempt at a job of the organization", _JOB),
    HappeningKind(HappeningType.JOB_ATTEMPT_FAILED, "an attempt failed, and another will follow", _JOB),
    HappeningKind(HappeningType.JOB_SUCCEEDED, "a job was done", _JOB),
    HappeningKind(
        HappeningType.JOB_FAILED, "a job's last attempt failed, or none would help: it is a dead letter now", _JOB
    ),
    HappeningKind(HappeningType.JOB_CANCELLED, "a job ended because somebody had asked for it", _JOB),
    HappeningKind(HappeningType.JOB_REPLAYED, "somebody queued a dead letter, or a cancelled job, again", _JOB),
    HappeningKind(
        HappeningType.EXPORT_READY,
        "an export can be downloaded",
        (
            *_subject("the export", "export"),
            DataField("kind", TEXT, "what it holds", "usage"),
            DataField("format", TEXT, "csv, jsonl, md or parquet", "csv"),
            DataField("rows", NUMBER, "how many", 1_234),
        ),
    ),
    HappeningKind(
        HappeningType.WEBHOOK_DISABLED,
        "another webhook was disabled, because it had refused everything for long or asked for it",
        (
            *_subject("that webhook", "webhook"),
            DataField("url", TEXT, "where it led to", "https://hooks.example.com/deepspace"),
            DataField("failures", NUMBER, "how many attempts failed since its last success", 48),
            DataField("reason", TEXT, "what the receiver said last", "the receiver answered 503, not 2xx"),
        ),
    ),
    HappeningKind(
        HappeningType.WEBHOOK_PING,
        "somebody tried the webhook out",
        (*OF_ALL, DataField("note", TEXT, "that nothing has happened", "A test message; nothing has happened.")),
    ),
)
"""Of every type, in the order in which people read them."""
