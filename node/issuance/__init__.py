"""Read models of what precedes certificates: applications and certified exporters."""
