"""Common mistakes in manifests, each with the check that must find it and a part of its message."""

import json
from collections.abc import Callable, Mapping

from deploy.manifests import Broken

Mistake = Callable[[Broken], object]

ORDER = "order-service"
PEER = {"podSelector": {"matchLabels": {"app": "menu-service"}}}
EVERY_CLIENT = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}


def service(broken: Broken) -> dict[str, object]:
    found: dict[str, object] = broken.get("Service", ORDER)["spec"]
    return found


def sideways(broken: Broken) -> None:
    rule = {"to": [PEER], "ports": [{"port": 8000}]}
    pods = {"matchLabels": {"app": ORDER, "component": "server"}}
    way = policy("sideways", {"podSelector": pods, "policyTypes": ["Egress"], "egress": [rule]})
    broken.manifests.resources.append(way)
    broken.get("NetworkPolicy", "to-services")["spec"].update(ingress=[{"ports": [{"port": "http"}]}])


def policy(name: str, spec: Mapping[str, object]) -> dict[str, object]:
    metadata = {"name": name, "namespace": "foodapp-dev"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def route(backend: Mapping[str, object]) -> dict[str, object]:
    metadata = {"name": "api-gateway", "namespace": "foodapp-prod"}
    rules = [{"backendRefs": [backend]}]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata,
        "spec": {"rules": rules},
    }


IN_DEV: dict[str, tuple[str, str, Mistake]] = {
    "a field with a typing error": (
        "schemas",
        "readinesProbe",
        lambda b: b.container(ORDER).update(readinesProbe=b.container(ORDER).pop("readinessProbe")),
    ),
    "a container without readiness": ("probes", "readinessProbe", lambda b: b.container(ORDER).pop("readinessProbe")),
    "a number as a string": (
        "schemas",
        "is not of type",
        lambda b: b.get("Deployment", ORDER)["spec"].update(minReadySeconds="5"),
    ),
    "a Service without pods": ("selectors", "no workload", lambda b: service(b).update(selector={"app": "orders"})),
    "a Service that also sends requests to migrations": (
        "selectors",
        "Job/order-service-migrations",
        lambda b: service(b).update(selector={"app": ORDER}),
    ),
    "a target port that no container has": (
        "ports",
        "no port web",
        lambda b: b.get("Service", ORDER)["spec"]["ports"][0].update(targetPort="web"),
    ),
    "a port above all ports": ("ports", "99999", lambda b: b.container(ORDER)["ports"][0].update(containerPort=99999)),
    "an Ingress to a missing Service": (
        "ports",
        "no Service gateway",
        lambda b: b.get("Ingress", "api-gateway")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"].update(
            name="gateway"
        ),
    ),
    "liveness that calls the database": (
        "probes",
        "livenessProbe calls /health/ready",
        lambda b: b.container(ORDER)["livenessProbe"]["httpGet"].update(path="/health/ready"),
    ),
    "liveness that kills a busy process": (
        "probes",
        "kills a busy process",
        lambda b: b.container(ORDER)["livenessProbe"].update(failureThreshold=3),
    ),
    "readiness that starts a program each time": (
        "probes",
        "starts a program each time",
        lambda b: b.pod("rabbitmq", "StatefulSet")["containers"][0].update(
            readinessProbe={"exec": {"command": ["rabbitmq-diagnostics", "ping"]}}
        ),
    ),
    "a CPU request that is not a quantity": (
        "quantities",
        "cpu is abc",
        lambda b: b.container(ORDER)["resources"]["requests"].update(cpu="abc"),
    ),
    "a request above its limit": (
        "quantities",
        "requests 1Gi",
        lambda b: b.container(ORDER)["resources"]["requests"].update(memory="1Gi"),
    ),
    "no limit of memory": ("quantities", "no limits.memory", lambda b: b.container(ORDER)["resources"].pop("limits")),
    "an autoscaler with a minimum above its maximum": (
        "scaling",
        "from 5 to 2",
        lambda b: b.get("HorizontalPodAutoscaler", ORDER)["spec"].update(minReplicas=5),
    ),
    "an autoscaler without a target": (
        "scaling",
        "no Deployment orders",
        lambda b: b.get("HorizontalPodAutoscaler", ORDER)["spec"]["scaleTargetRef"].update(name="orders"),
    ),
    "replicas beside an autoscaler": (
        "scaling",
        "would undo its autoscaler",
        lambda b: b.get("Deployment", ORDER)["spec"].update(replicas=3),
    ),
    "a budget that blocks every drain": (
        "scaling",
        "prevents draining a node",
        lambda b: b.get("PodDisruptionBudget", ORDER)["spec"].update(maxUnavailable=0),
    ),
    "a connection between two services": ("network", "order-service → menu-service:8000", sideways),
    "a service open to every client": (
        "network",
        "anywhere → ",
        lambda b: b.manifests.resources.append(policy("open", EVERY_CLIENT)),
    ),
    "a connection that is allowed only at its source": (
        "network",
        "allowed only at its source",
        lambda b: b.remove("NetworkPolicy", "to-redis"),
    ),
    "no access to DNS": ("network", "kube-dns", lambda b: b.remove("NetworkPolicy", "names")),
    "nothing denied": ("network", "anywhere → grafana:any", lambda b: b.remove("NetworkPolicy", "deny-all")),
    "a variable that no service reads": (
        "settings",
        "LOGLEVEL is not a setting",
        lambda b: b.get("ConfigMap", "settings")["data"].update(LOGLEVEL="INFO"),
    ),
    "a setting that cannot be read": (
        "settings",
        "do not load",
        lambda b: b.get("ConfigMap", "settings")["data"].update(DRAIN_SECONDS="three"),
    ),
    "a database URL in the gateway": (
        "settings",
        "DATABASE_URL is set but not used",
        lambda b: b.get("Secret", "api-gateway")["data"].update(DATABASE_URL="cG9zdGdyZXM6Ly8="),
    ),
    "an upstream under another name": (
        "addresses",
        "has the address orders:80",
        lambda b: b.get("ConfigMap", "api-gateway")["data"].update(UPSTREAMS=json.dumps({"order": "http://orders"})),
    ),
    "a missing ConfigMap": (
        "references",
        "no ConfigMap seetings",
        lambda b: b.container(ORDER)["envFrom"][0]["configMapRef"].update(name="seetings"),
    ),
    "a missing Secret": (
        "references",
        "no Secret orders",
        lambda b: b.pod(ORDER)["volumes"].append({"name": "more", "secret": {"secretName": "orders"}}),
    ),
    "an image of another service": (
        "images",
        "not the image of order-service",
        lambda b: b.container(ORDER).update(image="ghcr.io/foodapp/menu-service:dev"),
    ),
    "an image without a fixed version": (
        "images",
        "has no fixed version",
        lambda b: b.container(ORDER).update(image="ghcr.io/foodapp/order-service:latest"),
    ),
    "an image from another registry": (
        "images",
        "docker.io",
        lambda b: b.container(ORDER).update(image="docker.io/foodapp/order-service:dev"),
    ),
    "pods stopped before others are ready": (
        "rollout",
        "before a new one is ready",
        lambda b: b.get("Deployment", ORDER)["spec"]["strategy"]["rollingUpdate"].update(maxUnavailable=1),
    ),
    "a grace period that is too short": (
        "rollout",
        "is killed after 15 s",
        lambda b: b.pod(ORDER).update(terminationGracePeriodSeconds=15),
    ),
    "code before its migrations": (
        "rollout",
        "does not wait for its migrations",
        lambda b: b.pod(ORDER).pop("initContainers"),
    ),
    "a resource in another namespace": (
        "placement",
        "in namespace default",
        lambda b: b.get("Service", ORDER)["metadata"].update(namespace="default"),
    ),
    "a placeholder that was not replaced": (
        "placement",
        "the placeholder DOMAIN was not replaced",
        lambda b: b.get("Ingress", "api-gateway")["spec"]["rules"][0].update(host="DOMAIN"),
    ),
    "a field that only development has": (
        "parity",
        "minReadySeconds",
        lambda b: b.get("Deployment", ORDER)["spec"].update(minReadySeconds=0),
    ),
}

IN_PROD: dict[str, tuple[str, str, Mistake]] = {
    "a version by its tag": (
        "images",
        "has no digest",
        lambda b: b.container(ORDER).update(image="ghcr.io/foodapp/order-service:v1.0.0"),
    ),
    "migrations of another version": (
        "rollout",
        "has another image",
        lambda b: b.pod("order-service-migrations", "Job")["containers"][0].update(
            image="ghcr.io/foodapp/order-service@sha256:" + "1" * 64
        ),
    ),
    "a database with an unverified certificate": (
        "addresses",
        "does not verify the certificate of its server",
        lambda b: b.get("ExternalSecret", ORDER)["spec"]["target"]["template"]["data"].update(
            DATABASE_URL="postgresql://order_service:x@database.example/order_service?sslmode=require"
        ),
    ),
    "a secret of the vault that is not fetched": (
        "references",
        "no Secret order-service",
        lambda b: b.remove("ExternalSecret", ORDER),
    ),
    "a quota below the maximum of the autoscalers": (
        "scaling",
        "may request",
        lambda b: b.get("ResourceQuota", "foodapp")["spec"]["hard"].update(pods="20"),
    ),
    "two autoscalers for one service": (
        "scaling",
        "has 2 autoscalers",
        lambda b: b.manifests.resources.append(
            {**b.get("HorizontalPodAutoscaler", ORDER), "metadata": {"name": "again", "namespace": "foodapp-prod"}}
        ),
    ),
    "a route to a missing port": (
        "ports",
        "has no port 8080",
        lambda b: b.manifests.resources.append(route({"name": "api-gateway", "port": 8080})),
    ),
    "a custom resource that its operator refuses": (
        "schemas",
        "ClusterSecretStor",
        lambda b: b.get("ExternalSecret", ORDER)["spec"]["secretStoreRef"].update(kind="ClusterSecretStor"),
    ),
    "an alert that was changed by hand": (
        "rules",
        "differs from the rules",
        lambda b: b.get("PrometheusRule", "foodapp")["spec"]["groups"].pop(),
    ),
    "a monitor of the wrong port": (
        "ports",
        "no port web",
        lambda b: b.get("PodMonitor", "services")["spec"]["podMetricsEndpoints"][0].update(port="web"),
    ),
    "pods without restrictions in the namespace": (
        "placement",
        "does not enforce",
        lambda b: b.get("Namespace", "foodapp-prod")["metadata"]["labels"].update(
            {"pod-security.kubernetes.io/enforce": "baseline"}
        ),
    ),
}
