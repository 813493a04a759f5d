"""What leaves: MLflow's answers, our own, their headers, and what the audit trail tells."""
