"""Applications, certified exporters and export lines."""
