"""What Swarm is told about each service, and which keys of Compose mean what there."""

# These three answer several at a time: the next one is well before the one before ends.
ROLLING = ("studio_app", "uac_api", "mlflow_server")
KEPT = {
    *("cap_drop", "command", "entrypoint", "environment", "healthcheck", "image", "init"),
    *("logging", "read_only", "stop_grace_period", "user"),
}
CONVERTED = {
    *("cpus", "deploy", "mem_limit", "networks", "pids_limit", "ports", "restart", "scale"),
    *("secrets", "shm_size", "tmpfs", "volumes"),
}
DROPPED = {
    "cpu_shares": "Swarm knows no weight: limit STUDIO_APP_CPUS where pages slow scripts down",
    "build": "images are built, or pulled, before",
    "labels": "Swarm replaces who reads a changed secret: it has another name",
    "depends_on": "every service waits for the others by itself",
    "security_opt": "for the whole engine: docs/how-to/swarm.md",
    "profiles": "a service with one is left out",
}

# Swarm ends what is unhealthy. Compose's checks ask for everything that a service needs; here that
# counts until a replica was well once, so that none is ended because another one is away.
HEALTH = {
    "nginx": ["CMD", "curl", "-fsSk", "-o", "/dev/null", "https://127.0.0.1:8443/projects/"],
    "uac_api": [
        *("CMD", "python", "-m", "ops.server.health"),
        *("http://127.0.0.1:5001/readyz", "http://127.0.0.1:5001/healthz"),
    ],
    "mlflow_server": [
        *("CMD", "python", "-m", "mlflow_server.health", "http://127.0.0.1:5000", "--once")
    ],
    "jobs": ["CMD", "python", "-m", "ops.jobs", "alive"],
}
# The first start waits for the job, and for its database before.
START_PERIOD = "10m"

ROLLING_UPDATE = {
    "parallelism": 1,
    "order": "start-first",
    "failure_action": "rollback",
    "monitor": "20s",
}
ROLLBACK = {"parallelism": 1, "order": "start-first"}
# Two of a database must never have the same files open.
OTHER_UPDATE = {"parallelism": 1, "order": "stop-first", "failure_action": "pause"}
ALWAYS = {"condition": "any", "delay": "1s"}
# A job that has ended well stays ended.
ONCE = {"condition": "on-failure", "delay": "5s"}

# Every name means the addresses of all that are well. nginx and the API choose among them and try
# the next one; a virtual address in between would hide that one is gone.
ENDPOINT_MODE = "dnsrr"
