// The objects of a simulated cluster: the tutorial's three workloads, with their budgets.

import Core

enum SimulatedWorkloads {
    /// Namespace, Deployments and, when asked for, a PodDisruptionBudget for the repeater.
    static func objects(
        namespace: String, replicas: [(name: String, count: Int)], budget: Bool
    ) -> [JSON] {
        var objects: [JSON] = [
            ["apiVersion": "v1", "kind": "Namespace", "metadata": ["name": .string(namespace)]]
        ]
        for (name, count) in replicas {
            objects.append(deployment(name, count, namespace))
        }
        if budget {
            objects.append([
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": ["name": "repeater", "namespace": .string(namespace)],
                "spec": [
                    "minAvailable": 1, "selector": ["matchLabels": ["app": "repeater"]],
                ],
            ])
        }
        return objects
    }

    private static func deployment(_ name: String, _ count: Int, _ namespace: String) -> JSON {
        let labels: JSON = ["app": .string(name)]
        let probe: JSON = [
            "httpGet": ["path": "/", "port": 8080], "periodSeconds": 2,
        ]
        return [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "labels": labels,
            ],
            "spec": [
                "replicas": .integer(Int64(count)), "selector": ["matchLabels": labels],
                "template": [
                    "metadata": [
                        "labels": labels,
                        "annotations": [
                            "prometheus.io/scrape": "true", "prometheus.io/port": "15020",
                            "prometheus.io/path": "/stats/prometheus",
                        ],
                    ],
                    "spec": [
                        "terminationGracePeriodSeconds": 2,
                        "containers": [
                            [
                                "name": "app", "image": "demo",
                                "ports": [["containerPort": 8080]], "readinessProbe": probe,
                            ]
                        ],
                    ],
                ],
            ],
        ]
    }
}
