"""Writes of this app: publications, and what is kept back of them."""

from reports.services.publication_choices import choose_publication
from reports.services.publishing import (
    AmendmentUnexplained,
    ContentChanged,
    NothingToPublish,
    NothingToWithdraw,
    WithdrawalUnexplained,
    publish_round,
    withdraw_publication,
)

__all__ = [
    "AmendmentUnexplained",
    "ContentChanged",
    "NothingToPublish",
    "NothingToWithdraw",
    "WithdrawalUnexplained",
    "choose_publication",
    "publish_round",
    "withdraw_publication",
]
