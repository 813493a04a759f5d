"""The generated parts of docs/, and the tables that the proxy reads of MLflow's protocol."""
