"""The Helm chart makes what kustomize makes, of the same files, and more where a value says so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from kustomize import Document, containers, pod, rendered
from ops.studio import app
from uac_api.version import __version__

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "kubernetes" / "chart"
EXAMPLE = ROOT / "deploy" / "kubernetes" / "overlays" / "example"
RECIPES = ("restore", "restore-drill")
# `make test` puts it there; elsewhere it is the machine's own.
PLACES = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
HELM = shutil.which("helm", path=PLACES)
needs_helm = pytest.mark.skipif(HELM is None, reason="there is no helm here")
# Kubernetes has no schema of what others have added to it.
ADDED = {"ServiceMonitor", "Certificate"}
Key = tuple[str, str]


def chart(*settings: str) -> dict[Key, Document]:
    """What a release is made of with these values, by kind and name."""
    words = [word for setting in settings for word in ("--set-json", setting)]
    command = [str(HELM), "template", "ml-studio", str(CHART), "--namespace", "ml-studio", *words]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    made = [one for one in yaml.safe_load_all(said) if one]
    found = {(one["kind"], one["metadata"]["name"]): one for one in made}
    assert len(found) == len(made), "two resources have one name"
    return found


def values() -> Document:
    """The values that a release has by default."""
    found: Document = yaml.safe_load((CHART / "values.yaml").read_text())
    return found


def example() -> dict[Key, Document]:
    """What kustomize makes of the example, but for what the chart leaves to others."""
    made = {(one["kind"], one["metadata"]["name"]): one for one in rendered(EXAMPLE)}
    return {key: one for key, one in made.items() if key[0] not in ("Namespace", "Secret")}


def without_marks(resource: Document) -> Document:
    """The resource without what each of the two tools says about itself."""
    about = dict(resource["metadata"])
    labels = about.pop("labels", {})
    ours = {k: v for k, v in labels.items() if k.startswith("app.kubernetes.io/")}
    ours = {k: v for k, v in ours.items() if not k.endswith(("managed-by", "part-of"))}
    template = pod(resource)
    if template is not None:
        template["metadata"].pop("annotations", None)
    return {**resource, "metadata": {**about, "labels": ours}}


@needs_helm
def test_a_release_is_what_kustomize_makes_of_the_example() -> None:
    made, wanted = chart(), example()
    assert set(made) == set(wanted)
    for key, resource in wanted.items():
        assert without_marks(made[key]) == without_marks(resource), key


@needs_helm
@pytest.mark.parametrize("release", ["1.27", kubernetes_validate.latest_version()])
def test_every_resource_is_what_kubernetes_takes(release: str) -> None:
    on = [f"{name}.enabled=true" for name in ("restoreDrill", "serviceMonitor", "certificate")]
    for (kind, _), one in [*chart(*on).items(), *chart("restore.enabled=true").items()]:
        if kind not in ADDED:
            kubernetes_validate.validate(one, release, strict=True)


@needs_helm
def test_a_changed_setting_rolls_out() -> None:
    def sums(made: dict[Key, Document]) -> set[str]:
        found = [pod(one) for one in made.values()]
        return {one["metadata"]["annotations"]["checksum/settings"] for one in found if one}

    before = sums(chart())
    after = sums(chart('settings={"uac-settings":{"UAC_WORKERS":"4"}}'))
    assert len(before) == len(after) == 1
    assert before != after


@needs_helm
def test_values_reach_what_they_are_about() -> None:
    made = chart(
        'image={"repository":"r.example.org/s","tag":"9","pullSecrets":[{"name":"pull"}]}',
        'replicas={"uac-api":7}',
        'resources={"migrate":{"limits":{"memory":"3Gi"}}}',
        'pod={"priorityClassName":"high"}',
        'service={"annotations":{"a":"b"},"spec":{"loadBalancerClass":"c"}}',
        'backup={"schedule":"1 2 3 4 5"}',
        'egress={"also":[{"cidr":"10.1.0.0/16","port":9000}],"closed":["203.0.113.7/32"]}',
    )
    api = made["Deployment", "uac-api"]
    assert api["spec"]["replicas"] == 7
    migrate, container = containers(api)
    assert container["image"] == migrate["image"] == "r.example.org/s:9"
    assert migrate["resources"] == {"limits": {"memory": "3Gi"}}
    assert (
        made["Deployment", "nginx"]["spec"]["template"]["spec"]["containers"][0]["image"]
        == "r.example.org/s-nginx:9"
    )
    for one in made.values():
        if template := pod(one):
            assert template["spec"]["priorityClassName"] == "high"
            assert template["spec"]["imagePullSecrets"] == [{"name": "pull"}]
    front = made["Service", "nginx"]
    assert front["metadata"]["annotations"] == {"a": "b"}
    assert front["spec"]["loadBalancerClass"] == "c"
    assert front["spec"]["type"] == "LoadBalancer"
    assert made["CronJob", "backup"]["spec"]["schedule"] == "1 2 3 4 5"
    first, last = made["NetworkPolicy", "outside"]["spec"]["egress"]
    assert "203.0.113.7/32" in first["to"][0]["ipBlock"]["except"]
    assert last["to"] == [{"ipBlock": {"cidr": "10.1.0.0/16"}}]
    assert last["ports"] == [{"protocol": "TCP", "port": 9000}]


@needs_helm
def test_prometheus_and_cert_manager_are_asked_only_where_somebody_says_so() -> None:
    assert not {kind for kind, _ in chart()} & ADDED
    made = chart("serviceMonitor.enabled=true", "certificate.enabled=true")
    monitor = made["ServiceMonitor", "ml-studio"]["spec"]
    chosen = [
        name
        for (kind, name), one in made.items()
        if kind == "Service"
        and monitor["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()
    ]
    assert chosen == ["uac-api-each"]
    [endpoint] = monitor["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("http", "/metrics")
    assert endpoint["authorization"]["credentials"] == {
        "name": "uac-secrets",
        "key": "metrics-token",
    }
    alerts = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
    assert f'job="{endpoint["relabelings"][0]["replacement"]}"' in alerts
    policy = made["NetworkPolicy", "metrics"]["spec"]
    assert policy["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "uac-api"}
    certificate = made["Certificate", "tls"]["spec"]
    assert (certificate["secretName"], certificate["dnsNames"]) == ("tls", ["studio.example.org"])


@needs_helm
def test_a_restore_runs_alone() -> None:
    made = chart("restore.enabled=true", "restoreDrill.enabled=true")
    assert [name for (_, name), one in made.items() if pod(one)] == ["restore"]
    assert ("Job", "restore") not in chart()
    assert ("CronJob", "restore-drill") in chart("restoreDrill.enabled=true")


def recipe(name: str) -> Document:
    """A recipe as kustomize makes it."""
    [found] = rendered(CHART / "recipes" / name)
    return found


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_valid_and_runs_a_command_that_exists(name: str) -> None:
    kubernetes_validate.validate(recipe(name), "1.27", strict=True)
    [container] = containers(recipe(name))
    program, *words = container["command"]
    assert program == "studio"
    options = [word for word in words if word.startswith("--")]
    said = CliRunner().invoke(
        app, [*(word for word in words if word not in options), "--help"], env={"COLUMNS": "200"}
    )
    assert said.exit_code == 0
    assert set(options) <= set(re.findall(r"--[a-z-]+", said.output))


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_gets_the_secrets_that_it_reads_and_may_go_where_it_must(name: str) -> None:
    template = pod(recipe(name))
    assert template is not None
    [container] = containers(recipe(name))
    read_here = {
        Path(one["value"]).name for one in container["env"] if one["name"].endswith("_FILE")
    }
    secrets = {
        one["metadata"]["name"]: one["data"] for one in rendered(EXAMPLE) if one["kind"] == "Secret"
    }
    given: set[str] = set()
    volumes: dict[str, Any] = {one["name"]: one for one in template["spec"]["volumes"]}
    for source in volumes["secrets"]["projected"]["sources"]:
        said = source["secret"]
        given |= (
            {item["path"] for item in said["items"]}
            if "items" in said
            else set(secrets[said["name"]])
        )
    assert given == read_here
    assert volumes["tmp"]["emptyDir"]["sizeLimit"]
    policies = {
        one["metadata"]["name"]: one for one in rendered(EXAMPLE) if one["kind"] == "NetworkPolicy"
    }
    for policy in ("outside", "databases"):
        [chosen] = policies[policy]["spec"]["podSelector"]["matchExpressions"]
        assert template["metadata"]["labels"]["app.kubernetes.io/name"] in chosen["values"]


def test_the_secrets_alone_are_those_of_the_example() -> None:
    alone = yaml.safe_load((EXAMPLE.parent / "secrets" / "kustomization.yaml").read_text())
    whole = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text())
    assert alone["secretGenerator"] == whole["secretGenerator"]
    assert alone["generatorOptions"] == {"disableNameSuffixHash": True}


def test_the_chart_is_of_this_version_and_its_values_are_those_of_the_example() -> None:
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert {about["version"], about["appVersion"]} == {__version__}
    maps = {
        one["metadata"]["name"]: one["data"]
        for one in rendered(EXAMPLE)
        if one["kind"] == "ConfigMap"
    }
    for name, data in values()["settings"].items():
        assert data == maps[name], name
    counts = {
        one["metadata"]["name"]: one["spec"]["replicas"]
        for one in rendered(EXAMPLE)
        if one["kind"] == "Deployment"
    }
    assert values()["replicas"].items() <= counts.items()
