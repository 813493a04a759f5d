"""What the trash needs of MLflow's database: the only code behind the gate that writes into it."""
