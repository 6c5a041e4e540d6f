// The objects of the demo's ingress gateway: the pod through which users come in, and which plays
// the users itself. The rest of the demo's objects are manifests that people may read and change.

package import Core

/// The gateway as Kubernetes objects, for `LocalCluster.apply`.
package enum DemoGateway {
    /// The name that users call the repeater by.
    package static let host = "repeater.acme.com"

    /// Namespace, Deployment and Service. `rate` is in requests a second; `seed` decides the
    /// instants of the requests. `namespace` is the application's.
    package static func objects(
        rate: Double, namespace: String = "go-app", seed: UInt64 = 0
    ) -> [JSON] {
        let name: JSON = "istio-ingressgateway"
        let labels: JSON = ["app": name, "istio": "ingressgateway"]
        let home: JSON = "istio-system"
        func variable(_ name: String, _ value: String) -> JSON {
            ["name": .string(name), "value": .string(value)]
        }
        let container: JSON = [
            "name": "istio-proxy", "image": "hazard/demo:1",
            "command": ["hazard", "demo-process", "gateway"],
            "env": [
                variable("WORKLOAD", "istio-ingressgateway"), variable("VERSION", ""),
                variable("MESH_NAMESPACES", namespace),
                variable("ALIASES", "\(host)=repeater.\(namespace)"),
                variable("LOAD_RATE", String(rate)), variable("LOAD_HOST", host),
                variable("SEED", String(seed & 0x7fff_ffff)),
            ],
            "ports": [
                ["name": "http2", "containerPort": 8080],
                ["name": "http-envoy-prom", "containerPort": 15020],
            ],
            "readinessProbe": [
                "httpGet": ["path": "/healthz/ready", "port": 15021], "periodSeconds": 1,
            ],
        ]
        let annotations: JSON = [
            "prometheus.io/scrape": "true", "prometheus.io/port": "15020",
            "prometheus.io/path": "/stats/prometheus",
        ]
        return [
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": home]],
            [
                "apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": ["name": name, "namespace": home, "labels": labels],
                "spec": [
                    "replicas": 1, "selector": ["matchLabels": labels],
                    "template": [
                        "metadata": ["labels": labels, "annotations": annotations],
                        "spec": [
                            "terminationGracePeriodSeconds": 5, "containers": [container],
                        ],
                    ],
                ],
            ],
            [
                "apiVersion": "v1", "kind": "Service",
                "metadata": ["name": name, "namespace": home, "labels": labels],
                "spec": [
                    "selector": labels,
                    "ports": [["name": "http2", "port": 80, "targetPort": 8080]],
                ],
            ],
        ]
    }
}
