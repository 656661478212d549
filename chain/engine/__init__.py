"""Who orders transactions: one sealing key (solo), or a network of validators."""
