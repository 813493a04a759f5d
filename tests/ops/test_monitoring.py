"""Prometheus and Grafana as files: rules that hold, panels that show, services that are shut."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from compose_files import MONITORING, VARIABLE, read
from monitoring import alerts, expressions, panels
from processes import ROOT

RULES = ROOT / "deploy" / "prometheus" / "alerts.yml"
CONFIG = ROOT / "deploy" / "prometheus" / "prometheus.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "ml-studio.json"
OBSERVE = ROOT / "docs" / "how-to" / "observe.md"
SERVICES = ("prometheus", "grafana")
# The series of a test, the minutes it takes, and which alert must ring.
RINGS = [
    ('up{job="ml-studio",instance="a"}', "0x20", 3, "StudioApiDown"),
    ("studio_database_up", "0x20", 3, "StudioDatabaseDown"),
    ("studio_mlflow_up", "0x20", 3, "StudioMlflowDown"),
    ('studio_upstream_errors_total{reason="mlflow_timeout"}', "0+30x40", 20, "StudioMlflowErrors"),
    ("studio_audit_seals_ok", "0x20", 1, "StudioAuditSealsBroken"),
    ("studio_audit_lag_seconds", "90x20", 5, "StudioAuditLag"),
    ('studio_sign_ins_total{outcome="denied"}', "0+10x40", 15, "StudioSignInsRefused"),
    ('studio_denials_total{reason="role_too_low"}', "0+120x60", 40, "StudioDenials"),
    ("studio_tokens_expiring", "2x90", 70, "StudioTokensExpiring"),
    ('studio_job_ok{name="backup"}', "0x60", 40, "StudioJobFailed"),
    ('studio_job_late_seconds{name="backup"}', "1000x20", 5, "StudioJobLate"),
    ("studio_backup_small", "1x20", 1, "StudioBackupSmall"),
    ('studio_job_succeeded_timestamp_seconds{name="backup"}', "-200000x30", 20, "StudioBackupOld"),
]
# Whose expressions are quiet only where these are there and well.
WELL = {
    'up{job="ml-studio",instance="b"}': "1x100",
    'studio_job_succeeded_timestamp_seconds{name="backup",instance="b"}': "0x100",
}


def promtool(*words: str | Path) -> str:
    """What promtool says; it must be content."""
    program = shutil.which("promtool")
    if program is None:
        sentence = "PROMTOOL IS NOT INSTALLED: the alert rules are not tried"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_prometheus_takes_the_rules_and_the_configuration() -> None:
    assert f"{len(alerts(RULES))} rules found" in promtool("check", "rules", RULES)
    promtool("check", "config", "--syntax-only", CONFIG)


def test_every_expression_of_the_dashboard_is_promql(tmp_path: Path) -> None:
    asked = [text.replace("$__rate_interval", "5m") for text in expressions(DASHBOARD)]
    rules = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(asked)]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


@pytest.mark.parametrize(("series", "values", "minutes", "alert"), RINGS, ids=lambda one: str(one))
def test_an_alert_rings_when_it_should(
    tmp_path: Path, series: str, values: str, minutes: int, alert: str
) -> None:
    def firing(given: dict[str, str]) -> None:
        test = {
            "interval": "1m",
            "input_series": [{"series": name, "values": value} for name, value in given.items()],
            "promql_expr_test": [
                {
                    "expr": f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})',
                    "eval_time": f"{minutes}m",
                    "exp_samples": [{"labels": "{}", "value": 1}] if series in given else [],
                }
            ],
        }
        file = tmp_path / "test.yml"
        file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "tests": [test]}))
        promtool("test", "rules", file)

    well = {name: value for name, value in WELL.items() if series.split("{")[0] not in name}
    firing({**well, series: values})
    firing(WELL)


def test_every_alert_rings_in_a_test_or_is_a_share() -> None:
    names = {str(rule["alert"]) for rule in alerts(RULES)}
    assert names - {alert for *_, alert in RINGS} == {"StudioServerErrors", "StudioSlow"}


def test_every_alert_has_its_line_in_the_documents_and_says_how_urgent_it_is() -> None:
    rows = set(re.findall(r"^\| `(Studio\w+)` \|", OBSERVE.read_text(), re.MULTILINE))
    assert rows == {rule["alert"] for rule in alerts(RULES)}
    assert {rule["labels"]["severity"] for rule in alerts(RULES)} == {"page", "ticket", "note"}
    assert [rule for rule in alerts(RULES) if not rule["annotations"]["summary"]] == []


def test_every_panel_asks_the_data_source_that_is_there() -> None:
    folder = ROOT / "deploy" / "grafana" / "provisioning"
    (source,) = yaml.safe_load((folder / "datasources" / "prometheus.yml").read_text())[
        "datasources"
    ]
    for panel in panels(DASHBOARD):
        assert panel["title"]
        assert panel["targets"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {source["uid"]}
    ids = [panel["id"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    assert len(ids) == len(set(ids))


@pytest.fixture
def watching() -> dict[str, Any]:
    services: dict[str, Any] = read(MONITORING)["services"]
    assert set(services) == set(SERVICES)
    return services


def test_only_grafana_has_a_port_and_only_on_this_machine(watching: dict[str, Any]) -> None:
    assert "ports" not in watching["prometheus"]
    (port,) = watching["grafana"]["ports"]
    assert port.startswith("127.0.0.1:")
    assert port.endswith(":3000")


def test_they_are_as_hardened_as_the_rest(watching: dict[str, Any]) -> None:
    for name, service in watching.items():
        account = VARIABLE.sub(r"\2", str(service["user"])).split(":")
        assert not {"", "0", "root"} & set(account), name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] is True, name
        assert service["mem_limit"], name
        assert service["pids_limit"], name
        assert service["logging"]["driver"] == "json-file", name
        assert service["healthcheck"]["test"][0] == "CMD", name


def test_prometheus_stands_where_the_api_is_and_grafana_does_not(watching: dict[str, Any]) -> None:
    networks = {name: set(service["networks"]) for name, service in watching.items()}
    assert networks == {"prometheus": {"front", "watch"}, "grafana": {"edge", "watch"}}
    assert read(MONITORING)["networks"]["watch"] == {"internal": True}
    (asked,) = yaml.safe_load(CONFIG.read_text())["scrape_configs"]
    (where,) = asked["dns_sd_configs"]
    assert (where["names"], where["port"]) == (["uac_api"], 5001)
    assert Path(asked["authorization"]["credentials_file"]).name == "metrics-token"
    assert watching["prometheus"]["secrets"] == ["metrics-token"]


def test_no_password_stands_in_a_file(watching: dict[str, Any]) -> None:
    environment = watching["grafana"]["environment"]
    secret = environment["GF_SECURITY_ADMIN_PASSWORD__FILE"]
    assert Path(secret).name == "grafana-password"
    assert watching["grafana"]["secrets"] == ["grafana-password"]
    assert "GF_SECURITY_ADMIN_PASSWORD" not in environment
