"""What `kubectl kustomize` makes of a folder, as far as deploy/kubernetes/ uses it.

kubectl is not on every machine; a test compares the two where it is. Names of ConfigMaps and
Secrets stay without the sum of their content, and secrets have no content.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Document = dict[str, Any]
KNOWN = {
    "apiVersion",
    "kind",
    "namespace",
    "resources",
    "labels",
    "images",
    "replicas",
    "configMapGenerator",
    "secretGenerator",
}


def rendered(folder: Path) -> list[Document]:
    """Every resource of an overlay or a base."""
    asked = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert asked["kind"] == "Kustomization"
    assert set(asked) <= KNOWN, "what is new here must be taught"
    found = [one for name in asked["resources"] for one in _resources(folder / name)]
    found += [_config_map(one) for one in asked.get("configMapGenerator", [])]
    found += [_secret(one) for one in asked.get("secretGenerator", [])]
    pairs = {k: v for labels in asked.get("labels", []) for k, v in labels["pairs"].items()}
    counts = {one["name"]: one["count"] for one in asked.get("replicas", [])}
    images = {one["name"]: f"{one['newName']}:{one['newTag']}" for one in asked.get("images", [])}
    for one in found:
        about = one["metadata"]
        if pairs:
            about["labels"] = {**about.get("labels", {}), **pairs}
        if "namespace" in asked and one["kind"] != "Namespace":
            about["namespace"] = asked["namespace"]
        if one["kind"] == "Deployment" and about["name"] in counts:
            one["spec"]["replicas"] = counts[about["name"]]
        for container in containers(one):
            container["image"] = images.get(container["image"], container["image"])
    return found


def pod(resource: Document) -> Document | None:
    """The pod that a Deployment or CronJob makes, with its metadata; None for anything else."""
    spec = resource.get("spec", {})
    if resource["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: Document | None = spec.get("template")
    return template


def containers(resource: Document) -> list[Document]:
    """All containers of its pod, those that run first included."""
    template = pod(resource)
    if template is None:
        return []
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


def _resources(path: Path) -> Iterator[Document]:
    if path.is_dir():
        yield from rendered(path)
    else:
        yield from yaml.safe_load_all(path.read_text())


def _config_map(asked: Document) -> Document:
    data = dict(line.split("=", 1) for line in asked["literals"])
    about = {"name": asked["name"]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": data}


def _secret(asked: Document) -> Document:
    data = {Path(file).name: "" for file in asked["files"]}
    made = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": asked["name"]}, "data": data}
    return {**made, "type": asked.get("type", "Opaque")}
