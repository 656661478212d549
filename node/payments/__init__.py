"""What customs holds and does about payments: orders, credits, guarantees, assessments."""
