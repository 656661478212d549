"""Documents held in the organisation's folder."""
