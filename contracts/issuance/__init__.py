"""What comes before a certificate of origin: applications, and certified exporters."""
