"""What a process tells its operator: log lines, one correlation id, and metrics."""
