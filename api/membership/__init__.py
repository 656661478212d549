"""Who may do what, as Membership has it."""
