"""Origin: certificates of origin from issue through draw-down to cancellation."""
