"""The words of a statement, in each language the product speaks. What people wrote themselves is not among them.

A project that nobody has named is one of ours to name: every organization's default project is stored under the same
word.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from deepspace_core.identity import DEFAULT_PROJECT_NAME, Language


@dataclass(frozen=True, slots=True)
class StatementWords:
    """One language. Texts with braces are filled in."""

    csv_columns: tuple[str, ...]
    csv_head: str
    """Before a table: without a byte order mark, spreadsheets take Chinese for the machine's old code page."""
    kinds: Mapping[str, str]
    unnamed: str
    default_project: str
    more_entries: str
    title: str
    whose: str
    amount: str
    summary: tuple[str, ...]
    spending_title: str
    spending_columns: tuple[str, ...]
    entries_title: str
    entries_columns: tuple[str, ...]
    sealed: str

    def project(self, name: str, *, is_default: bool) -> str:
        """What the project is called: as somebody named it, else in this language."""
        return self.default_project if is_default and name == DEFAULT_PROJECT_NAME else name


_KINDS = ("opening", "top_up", "refund", "adjust", "other", "calls", "closing")

_ENGLISH = StatementWords(
    csv_columns=("line", "at", "ref", "project", "model", "calls", "description", "amount", "currency"),
    csv_head="",
    # Programs read these, so they are the names of the API.
    kinds={kind: kind for kind in _KINDS},
    unnamed="(no usage record)",
    default_project=DEFAULT_PROJECT_NAME,
    more_entries="{count} more payments and corrections",
    title="Statement {month}",
    whose="Organization `{org}`, wallet `{wallet}`, amounts in {currency}, month in {time_zone}.",
    amount="amount",
    summary=(
        "opening",
        "payments",
        "calls",
        "refunds",
        "corrections",
        "**closing**",
        "of which set aside for running calls",
        "of which owed",
    ),
    spending_title="Calls by project and model",
    spending_columns=("project", "model", "calls", "charged", "refunded", "net"),
    entries_title="Payments, refunds and corrections",
    entries_columns=("at", "kind", "ref", "description", "amount"),
    sealed="Sealed by root `{root}` at row {seq}.",
)

_CHINESE = StatementWords(
    csv_columns=("类型", "时间", "参考号", "项目", "模型", "调用次数", "说明", "金额", "币种"),
    csv_head="\ufeff",
    kinds=dict(zip(_KINDS, ("期初", "充值", "退款", "更正", "其他", "调用", "期末"), strict=True)),
    unnamed="（无用量记录）",
    default_project="默认项目",
    more_entries="另有 {count} 笔充值与更正",
    title="{month} 对账单",
    whose="组织 `{org}`，钱包 `{wallet}`，金额单位 {currency}，月份按 {time_zone} 时区计。",
    amount="金额",
    summary=(
        "期初",
        "充值",
        "调用",
        "退款",
        "更正",
        "**期末**",
        "其中为进行中的调用预留",
        "其中欠款",
    ),
    spending_title="按项目和模型的调用",
    spending_columns=("项目", "模型", "调用次数", "扣费", "退款", "净额"),
    entries_title="充值、退款与更正",
    entries_columns=("时间", "类型", "参考号", "说明", "金额"),
    sealed="由第 {seq} 行的链根 `{root}` 封存。",
)

WORDS: Mapping[Language, StatementWords] = {"en": _ENGLISH, "zh-CN": _CHINESE}
