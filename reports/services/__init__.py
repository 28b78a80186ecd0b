"""Writes of this app: publications."""

from reports.services.publishing import AmendmentUnexplained, NothingToPublish, publish_round

__all__ = ["AmendmentUnexplained", "NothingToPublish", "publish_round"]
