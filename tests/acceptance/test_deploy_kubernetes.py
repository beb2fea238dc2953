"""The manifests for Kubernetes are confined and complete, and both shipped configurations pass the check."""

from __future__ import annotations

import pytest
from deploying import DEPLOY, needs, ran, read
from ruamel.yaml import YAML

from crisiswatch import channels, settings, sources

SECRETS = ("people_token_hash", "prometheus_token_hash", "smtp_url")

MANIFESTS = {
    manifest["kind"]: manifest
    for name in read(DEPLOY / "kubernetes/kustomization.yml")["resources"]
    for manifest in [read(DEPLOY / "kubernetes" / name)]
}


def test_kubernetes_has_one_writer_with_its_own_disk_and_no_secret_in_the_repository():
    spec = MANIFESTS["StatefulSet"]["spec"]

    assert spec["replicas"] == 1
    assert spec["volumeClaimTemplates"][0]["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert set(MANIFESTS) == {"Namespace", "ConfigMap", "StatefulSet", "Service", "NetworkPolicy"}


def test_the_pod_is_confined():
    pod = MANIFESTS["StatefulSet"]["spec"]["template"]["spec"]
    container = pod["containers"][0]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 65532
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"] == {"memory": "1Gi"}


def test_the_probes_ask_the_daemon_about_itself():
    container = MANIFESTS["StatefulSet"]["spec"]["template"]["spec"]["containers"][0]
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    startup = container["startupProbe"]

    assert paths == {"startup": "/-/healthy", "liveness": "/-/healthy", "readiness": "/-/ready"}
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 120


def test_every_mount_has_a_volume():
    spec = MANIFESTS["StatefulSet"]["spec"]
    pod = spec["template"]["spec"]
    volumes = {claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]}
    volumes |= {volume["name"] for volume in pod["volumes"]}

    assert {mount["name"] for mount in pod["containers"][0]["volumeMounts"]} == volumes


def test_the_network_is_closed_but_for_what_is_needed():
    policy = MANIFESTS["NetworkPolicy"]["spec"]
    private = {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"}

    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {53, 80, 443, 465, 587}
    assert private <= set(policy["egress"][1]["to"][0]["ipBlock"]["except"])


@pytest.mark.acceptance
@needs("kubectl")
def test_kustomize_builds_the_manifests():
    done = ran("kubectl", "kustomize", DEPLOY / "kubernetes")

    built = list(YAML(typ="safe").load_all(done.stdout))
    assert done.returncode == 0, done.stderr
    assert {manifest["kind"] for manifest in built} == set(MANIFESTS)
    assert all(manifest["metadata"].get("namespace", "crisiswatch") == "crisiswatch" for manifest in built)


def in_the_map() -> str:
    return str(read(DEPLOY / "kubernetes/config.yml")["data"]["crisiswatch.yml"])


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        pytest.param((DEPLOY / "config/crisiswatch.yml").read_text(encoding="utf-8"), "/run/secrets", id="compose"),
        pytest.param(in_the_map(), "/run/secrets/crisiswatch", id="kubernetes"),
    ],
)
def test_the_configurations_pass_the_check(text, folder, tmp_path):
    for name in SECRETS:
        (tmp_path / name).write_text("smtp://mail.example.org" if name == "smtp_url" else f"sha256:{'0' * 64}\n")
        (tmp_path / name).chmod(0o600)  # no folder of /run, where it may be readable for all
    file = tmp_path / "crisiswatch.yml"
    file.write_text(text.replace(f"{folder}/", f"{tmp_path}/"), encoding="utf-8")

    problems = settings.check(
        file, {"SMTP_URL": "smtp://mailpit:1025"}, settings.Catalogues(sources.CATALOGUE, channels.CATALOGUE)
    )

    assert problems == ()
