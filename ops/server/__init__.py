"""What `make up` and `make stack` need of Python: secrets, certificates, databases, health."""
