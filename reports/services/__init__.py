"""Writes of this app: publications, and what is kept back of them."""

from reports.services.publication_choices import choose_publication
from reports.services.publishing import AmendmentUnexplained, NothingToPublish, publish_round

__all__ = ["AmendmentUnexplained", "NothingToPublish", "choose_publication", "publish_round"]
