"""Every write of the yearly round: rounds, sheets, their way to publication, comments, drafts."""
