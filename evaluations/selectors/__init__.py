"""What the pages of the yearly round ask for: sheets with all that is known, tasks, boards, gaps."""
