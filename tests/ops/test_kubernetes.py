"""deploy/kubernetes holds what docs/how-to/kubernetes.md says, and docker-compose.yml has, too."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from kustomize import Document, containers, pod, rendered
from mlflow_server.environment import DEFAULTS, FROM_FILES, mistakes, with_defaults
from ops.server.secrets import CERTIFICATE, KEY, MADE, make_missing
from ops.studio import app
from uac_api.settings import PREFIX, SECRETS, Settings

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "deploy" / "kubernetes" / "overlays" / "example"
NAME = "app.kubernetes.io/name"
# What serves, and by which port.
PORTS = {"nginx": 8443, "studio-app": 8501, "uac-api": 5001, "mlflow-server": 5000}
SERVICES = {"nginx", "studio_app", "uac_api", "mlflow_server", "jobs"}
WORLD = "the world"
# To what is public, and to the databases wherever they are.
OUT = {443}
DATABASE_PORTS = {3306, 5432}
CLOUD = "169.254.0.0/16"
PRIVATE = {"10.0.0.0/8", "100.64.0.0/10", CLOUD, "172.16.0.0/12", "192.168.0.0/16"}
NODE_LOCAL_DNS = "169.254.20.10/32"
# Who may speak to whom; everything else is shut.
ARROWS = {
    (WORLD, "nginx"),
    ("nginx", "studio-app"),
    ("nginx", "uac-api"),
    ("studio-app", "uac-api"),
    ("uac-api", "mlflow-server"),
    ("jobs", "mlflow-server"),
}
GOES_OUT = {"uac-api", "mlflow-server", "jobs", "backup"}

resources = rendered(EXAMPLE)
compose: Document = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
# Grafana comes with docker-compose.monitoring.yml; a cluster has its own.
OF_COMPOSE_ALONE = {"grafana-password"}


def of(kind: str) -> dict[str, Document]:
    """All resources of a kind, by name."""
    return {one["metadata"]["name"]: one for one in resources if one["kind"] == kind}


def pods() -> dict[str, Document]:
    """The pods of everything that runs, by name."""
    found = [(one["metadata"]["name"], pod(one)) for one in resources]
    return {name: one for name, one in found if one is not None}


def everything_that_runs() -> Iterator[tuple[str, Document]]:
    for one in resources:
        for container in containers(one):
            yield f"{one['metadata']['name']}/{container['name']}", container


def main_container(service: str) -> Document:
    """The container that is a service of the compose files."""
    name = service.replace("_", "-")
    (found,) = [one for where, one in everything_that_runs() if where == f"{name}/{name}"]
    return found


def own_settings(container: Document) -> dict[str, str]:
    """What its resource itself says."""
    return {one["name"]: one["value"] for one in container.get("env", [])}


def all_settings(container: Document) -> dict[str, str]:
    """What it is given, ConfigMaps included."""
    maps = [of("ConfigMap")[one["configMapRef"]["name"]] for one in container.get("envFrom", [])]
    return {k: v for one in maps for k, v in one["data"].items()} | own_settings(container)


def secret_files(name: str, container: Document) -> set[str]:
    """The files that a container finds under /run/secrets."""
    volumes = {one["name"]: one for one in pods()[name]["spec"]["volumes"]}
    found = set()
    for mount in container["volumeMounts"]:
        volume = volumes[mount["name"]]
        place = "/run/secrets" if "projected" in volume else "/tmp"  # noqa: S108
        assert mount["mountPath"] == place, name
        for source in volume.get("projected", {}).get("sources", []):
            secret = source["secret"]
            keys = of("Secret")[secret["name"]]["data"]
            items = secret.get("items", [{"key": key, "path": key} for key in keys])
            assert {item["key"] for item in items} <= set(keys), name
            found |= {item["path"] for item in items}
    return found


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="there is no kubectl here")
def test_kubectl_makes_the_same_of_it(tmp_path: Path) -> None:
    copy = tmp_path / "kubernetes"
    shutil.copytree(ROOT / "deploy" / "kubernetes", copy, ignore=shutil.ignore_patterns("secrets"))
    make_missing(copy / "overlays" / "example" / "secrets", "studio.example.org")
    command = ["kubectl", "kustomize", str(copy / "overlays" / "example")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in (*of("ConfigMap"), *of("Secret")):
        said = re.sub(rf"\b{name}-[a-z0-9]{{10}}\b", name, said)
    made = list(yaml.safe_load_all(said))
    for one in made:
        if one["kind"] == "Secret":
            one["data"] = dict.fromkeys(one["data"], "")

    def by_name(documents: list[Document]) -> dict[tuple[str, str], Document]:
        return {(one["kind"], one["metadata"]["name"]): one for one in documents}

    assert by_name(made) == by_name(resources)


@pytest.mark.parametrize("version", ["1.27", kubernetes_validate.latest_version()])
def test_every_resource_is_what_kubernetes_takes(version: str) -> None:
    for one in resources:
        kubernetes_validate.validate(one, version, strict=True)


def test_a_misspelt_field_would_be_seen() -> None:
    (one, *_) = of("Deployment").values()
    wrong = {**one, "spec": {**one["spec"], "replica": 3}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.27", strict=True)


def test_this_runs_and_nothing_needs_a_shared_volume() -> None:
    replicas = {name: one["spec"]["replicas"] for name, one in of("Deployment").items()}
    assert replicas == {"nginx": 2, "studio-app": 2, "uac-api": 3, "mlflow-server": 2, "jobs": 1}
    assert set(of("CronJob")) == {"backup"}
    for name, one in pods().items():
        kinds = {kind for volume in one["spec"]["volumes"] for kind in set(volume) - {"name"}}
        assert kinds <= {"emptyDir", "projected"}, name
        assert all("sizeLimit" in v["emptyDir"] for v in one["spec"]["volumes"] if "emptyDir" in v)


def test_every_program_is_the_one_of_the_compose_file() -> None:
    more = {"uac_api": ["--graceful-timeout=300"]}
    for service in SERVICES - {"nginx"}:
        here = [str(word) for word in main_container(service)["command"]]
        there = compose[service]["command"].replace('"', "").split()
        added = [word for word in here if word not in there]
        assert added[:1] == more.get(service, []), service
        assert [word for word in here if word not in added] == there, service
    (migrate,) = pods()["uac-api"]["spec"]["initContainers"]
    assert migrate["command"] == compose["migrate"]["command"].split()
    words = " ".join(" ".join(one.get("command", [])) for _, one in everything_that_runs())
    for module in re.findall(r"-m ([\w.]+)", words):
        assert find_spec(module) is not None


def test_the_backup_is_a_command_that_exists() -> None:
    (backup,) = pods()["backup"]["spec"]["containers"]
    settings = all_settings(backup)
    words = [settings.get(word.strip("$()"), word) for word in backup["command"]]
    assert words == ["studio", "backup", "--to", settings["STUDIO_BACKUP_TO"], "--keep", "14"]
    said = CliRunner().invoke(app, [*words[1:2], "--help"], env={"COLUMNS": "200"}).output
    assert {"--to", "--keep"} <= set(re.findall(r"--[a-z]+", said))
    assert settings["STUDIO_BACKUP_TO"].startswith("s3://")
    assert of("CronJob")["backup"]["spec"]["concurrencyPolicy"] == "Forbid"
    assert "STUDIO_BACKUP_TO" not in all_settings(main_container("jobs")), "one of the two"


def test_a_start_is_judged_by_the_health_check_of_the_compose_file() -> None:
    for service in SERVICES:
        test = compose[service]["healthcheck"]["test"]
        assert ["CMD", *main_container(service)["startupProbe"]["exec"]["command"]] == test, service


def test_no_process_is_killed_because_something_else_is_away() -> None:
    deep = {"readyz", "mlflow_server.health", "https://", "healthy"}
    for name in of("Deployment"):
        container = main_container(name.replace("-", "_"))
        assert container["livenessProbe"], name
        said = str(container["livenessProbe"])
        assert not [word for word in deep if word in said], name
    for name in ("uac_api", "nginx"):
        assert "readyz" not in str(main_container(name)["readinessProbe"])
        assert "https://" not in str(main_container(name)["readinessProbe"])


def test_an_open_gate_gets_no_calls() -> None:
    assert "mlflow_server.health" in str(main_container("mlflow_server")["readinessProbe"])


def test_secrets_are_the_files_that_server_secrets_makes_and_all_are_used() -> None:
    made = {key for one in of("Secret").values() for key in one["data"]}
    assert made == {*MADE, CERTIFICATE, KEY} - OF_COMPOSE_ALONE
    for asked in yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text())["secretGenerator"]:
        assert all(file.startswith("secrets/") for file in asked["files"])
    used = {
        source["secret"]["name"]
        for one in pods().values()
        for volume in one["spec"]["volumes"]
        for source in volume.get("projected", {}).get("sources", [])
    }
    assert used == set(of("Secret"))
    assert (
        "/deploy/kubernetes/overlays/*/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    )


def test_each_container_gets_the_secrets_it_reads_and_no_other() -> None:
    for where, container in everything_that_runs():
        settings = all_settings(container)
        paths = [value for name, value in settings.items() if name.endswith("_FILE")]
        read_here = {Path(path).name for path in paths}
        assert all(path.startswith("/run/secrets/") for path in paths), where
        given = secret_files(where.split("/")[0], container)
        assert given == ({CERTIFICATE, KEY} if where == "nginx/nginx" else read_here), where
        secret = re.compile(r"(PASSWORD|SECRET|KEY|PASSPHRASE|TOKEN)(_PREVIOUS)?$")
        assert [name for name in settings if secret.search(name)] == [], where


def test_the_secrets_of_each_service_are_those_of_the_compose_file() -> None:
    migrate = pods()["uac-api"]["spec"]["initContainers"][0]
    for service in (*SERVICES, "migrate"):
        container = migrate if service == "migrate" else main_container(service)
        here, there = all_settings(container), compose[service].get("environment", {})
        files = [{k: v for k, v in one.items() if k.endswith("_FILE")} for one in (here, there)]
        assert files[0] == files[1], service


def test_every_setting_exists() -> None:
    known = set(Settings.variables())
    known |= {f"{name}_FILE" for name in SECRETS} | {"UAC_HOST", "UAC_WORKERS"}
    assert sorted(set(all_settings(main_container("uac_api"))) - known) == []
    for service in ("studio_app", "mlflow_server", "nginx", "jobs"):
        there = set(compose[service]["environment"])
        of_uac = known if service == "jobs" else set()
        of_mlflow = set(_defaults()) if service == "mlflow_server" else set()
        here = set(all_settings(main_container(service)))
        assert sorted(here - there - of_uac - of_mlflow) == [], service


def _defaults() -> dict[str, str]:
    return dict(re.findall(r'^([A-Z_]+)="?(.*?)"?$', DEFAULTS.read_text(), re.MULTILINE))


def test_mlflow_would_start_with_these_settings(tmp_path: Path) -> None:
    make_missing(tmp_path, "studio.example.org")
    given = {
        name: value.replace("/run/secrets", str(tmp_path))
        for name, value in all_settings(main_container("mlflow_server")).items()
    }
    assert {name.removesuffix("_FILE") for name in given} >= set(FROM_FILES[2:])
    assert mistakes(with_defaults(given)) == []


def test_the_limits_are_the_defaults_of_the_api() -> None:
    maps = of("ConfigMap")
    for name, value in (maps["limits"]["data"] | maps["waiting"]["data"]).items():
        default = Settings.model_fields[name.removeprefix(PREFIX).lower()].default
        assert float(value) == float(default), name


def test_mlflows_server_has_our_options_and_more_patience() -> None:
    ours = _defaults()["MLFLOW_UVICORN_OPTS"]
    here = all_settings(main_container("mlflow_server"))["MLFLOW_UVICORN_OPTS"]
    assert here == re.sub(r"(graceful-shutdown) \d+$", r"\1 300", ours)


def test_every_configmap_that_is_named_exists_and_is_used() -> None:
    named = {
        one["configMapRef"]["name"]
        for _, container in everything_that_runs()
        for one in container.get("envFrom", [])
    }
    assert named == set(of("ConfigMap"))


def test_services_and_budgets_find_their_pods_and_ports() -> None:
    for name, service in of("Service").items():
        target = service["spec"]["selector"][NAME]
        assert pods()[target]["metadata"]["labels"][NAME] == target
        ports = {one["name"]: one["containerPort"] for one in _container(target)["ports"]}
        for one in service["spec"]["ports"]:
            assert ports[one["targetPort"]] == PORTS[target], name
    for name, budget in of("PodDisruptionBudget").items():
        assert budget["spec"]["selector"]["matchLabels"] == {NAME: name}
        assert budget["spec"]["maxUnavailable"] == 1
    for name, deployment in of("Deployment").items():
        assert deployment["spec"]["selector"]["matchLabels"] == {NAME: name}
    assert set(of("PodDisruptionBudget")) == set(PORTS)


def _container(name: str) -> Document:
    return main_container(name.replace("-", "_"))


def test_addresses_inside_lead_to_services() -> None:
    found = set()
    for _, container in everything_that_runs():
        for name, value in own_settings(container).items():
            address = re.fullmatch(r"(?:http://)?([a-z-]+):(\d+)", value)
            if address and name != "MLFLOW_SERVER_ALLOWED_HOSTS":
                found.add((address[1], int(address[2])))
    known = {(name, one["port"]) for name, s in of("Service").items() for one in s["spec"]["ports"]}
    assert found == known - {("nginx", 443)}
    hosts = all_settings(main_container("mlflow_server"))["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    upstream = all_settings(main_container("uac_api"))["STUDIO_UPSTREAM_URL"]
    assert upstream.removeprefix("http://") in hosts


def test_nginx_sees_every_replica_and_the_browsers_address() -> None:
    for name in ("studio-app-each", "uac-api-each"):
        assert of("Service")[name]["spec"]["clusterIP"] == "None"
    front = of("Service")["nginx"]["spec"]
    assert (front["type"], front["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    outside = [
        n for n, s in of("Service").items() if s["spec"].get("type", "ClusterIP") != "ClusterIP"
    ]
    assert outside == ["nginx"]


def _chosen(policy: Document, name: str) -> bool:
    return _matches(policy["spec"]["podSelector"], name)


def _matches(selector: Document, name: str) -> bool:
    if any(value != name for value in selector.get("matchLabels", {}).values()):
        return False
    return all(name in one["values"] for one in selector.get("matchExpressions", []))


def _lets(name: str, other: str, port: int, direction: str) -> bool:
    """Whether some policy lets a pod speak to (Egress) or hear (Ingress) another one."""
    side = {"Ingress": "from", "Egress": "to"}[direction]
    policies = [one for one in of("NetworkPolicy").values() if _chosen(one, name)]
    asked = [one for one in policies if direction in one["spec"]["policyTypes"]]
    assert asked, "without one, everything is open"
    for policy in asked:
        for rule in policy["spec"].get(direction.lower(), []):
            peers = rule.get(side)
            pods_named = [one["podSelector"] for one in peers or [] if "podSelector" in one]
            if port in {one["port"] for one in rule["ports"]} and (
                peers is None or any(_matches(selector, other) for selector in pods_named)
            ):
                return True
    return False


def test_nobody_reaches_anybody_but_along_the_arrows() -> None:
    names = set(pods())
    found = set()
    for here, there in product({WORLD, *names}, names):
        for port in {*PORTS.values(), 443}:
            speaks = here == WORLD or _lets(here, there, port, "Egress")
            if speaks and _lets(there, here, port, "Ingress"):
                assert port == PORTS[there]
                found.add((here, there))
    # The cluster lets nothing of itself to the front door but what comes from outside.
    assert found - {(name, "nginx") for name in names} == ARROWS


def test_only_who_must_goes_out_and_never_to_the_cloud_or_into_the_cluster() -> None:
    going: dict[str, set[int]] = {}
    for name, policy in of("NetworkPolicy").items():
        for rule in policy["spec"].get("egress", []):
            blocks = [peer["ipBlock"] for peer in rule["to"] if "ipBlock" in peer]
            if not blocks or name == "names":
                continue
            ports = {one["port"] for one in rule["ports"]}
            [block] = blocks
            # The API server of a cluster is asked at 443, or at 6443 of a node.
            assert (ports == OUT) == (set(block["except"]) == PRIVATE)
            assert ports <= OUT | DATABASE_PORTS
            assert CLOUD in block["except"]
            for one in pods():
                if _chosen(policy, one):
                    going.setdefault(one, set()).update(ports)
    assert going == dict.fromkeys(GOES_OUT, OUT | DATABASE_PORTS)


def test_names_are_asked_of_the_cluster_or_of_the_node_and_of_nobody_else() -> None:
    [rule] = of("NetworkPolicy")["names"]["spec"]["egress"]
    assert {one["port"] for one in rule["ports"]} == {53}
    cluster, node = rule["to"]
    assert cluster["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "kube-system"
    }
    assert node == {"ipBlock": {"cidr": NODE_LOCAL_DNS}}


def test_no_container_is_root_or_can_become_it_or_speaks_to_the_cluster() -> None:
    for name, one in pods().items():
        spec = one["spec"]
        assert spec["automountServiceAccountToken"] is False, name
        assert spec["enableServiceLinks"] is False, name
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["runAsUser"] > 0, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & set(spec), name
    for where, container in everything_that_runs():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, where
    labels = of("Namespace")["ml-studio"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_memory_of_each_is_that_of_the_compose_file() -> None:
    def megabytes(text: str) -> int:
        number, unit = re.fullmatch(r"(\d+)([mg])", text.lower().removesuffix("i")).groups()  # type: ignore[union-attr]
        return int(number) * (1024 if unit == "g" else 1)

    for service in SERVICES:
        limits = main_container(service)["resources"]["limits"]
        there = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", compose[service]["mem_limit"])
        assert megabytes(limits["memory"]) == megabytes(there), service
    for where, container in everything_that_runs():
        assert {"cpu", "memory"} <= set(container["resources"]["requests"]), where


def test_an_update_takes_nobody_away_before_another_one_is_ready() -> None:
    for name, deployment in of("Deployment").items():
        rolling = deployment["spec"]["strategy"]["rollingUpdate"]
        assert rolling == {"maxUnavailable": 0, "maxSurge": 1}, name
    for name in PORTS:
        keys = {one["topologyKey"] for one in pods()[name]["spec"]["topologySpreadConstraints"]}
        assert keys == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}, name
        for one in pods()[name]["spec"]["topologySpreadConstraints"]:
            assert one["labelSelector"]["matchLabels"] == {NAME: name}


def test_what_is_under_way_has_time_to_end() -> None:
    after = {"nginx": 30, "studio-app": 5, "uac-api": 300, "mlflow-server": 300}
    for name, seconds in after.items():
        container = _container(name)
        (_, waits) = container["lifecycle"]["preStop"]["exec"]["command"]
        grace = pods()[name]["spec"]["terminationGracePeriodSeconds"]
        assert grace >= int(waits) + seconds + 10, name
        said = " ".join(str(word) for word in container.get("command", []))
        settings: dict[str, Any] = all_settings(container)
        if name == "nginx":
            template = (ROOT / "deploy" / "nginx" / "nginx.conf.template").read_text()
            assert f"worker_shutdown_timeout {seconds}s;" in template
        else:
            said += str(settings.get("MLFLOW_UVICORN_OPTS", ""))
            assert re.search(rf"graceful-(timeout=|shutdown ){seconds}\b", said), name


def test_proxies_are_believed_in_one_network_by_both() -> None:
    believed = all_settings(main_container("uac_api"))["STUDIO_TRUSTED_PROXIES"]
    assert all_settings(main_container("studio_app"))["FORWARDED_ALLOW_IPS"] == believed
