"""Random beacon: draws that everybody can recompute and nobody can steer."""
