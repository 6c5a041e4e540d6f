// What the API says about itself: versions, health, groups and resources, and the small part of
// OpenAPI that kubectl asks for.

import Core
import Platform

extension ClusterState {
    /// The answer of a path that names no objects; nil for all others.
    func plainResponse(
        _ request: Request, _ segments: [String], _ query: [String: String]
    ) -> Response? {
        guard request.method == "GET" || request.method == "HEAD" else { return nil }
        let aggregated = (request.headers["Accept"] ?? "").contains("as=APIGroupDiscoveryList")
        switch segments {
        case []:
            return Self.response([
                "paths": [
                    "/api", "/apis", "/healthz", "/livez", "/openapi/v3",
                    "/readyz", "/version",
                ]
            ])
        case ["version"]: return Self.response(Self.version)
        case ["livez"], ["readyz"], ["healthz"]:
            let text =
                query["verbose"] == nil
                ? "ok" : "[+]ping ok\n[+]etcd ok\n\(segments[0]) check passed\n"
            return Response(status: 200, contentType: "text/plain; charset=utf-8", text: text)
        case ["api"]: return aggregated ? aggregatedDiscovery(core: true) : coreVersions
        case ["apis"]: return aggregated ? aggregatedDiscovery(core: false) : groupList
        case ["openapi", "v3"]: return openAPIPaths
        default: break
        }
        if segments.first == "api", segments.count == 2 { return resourceList(segments[1]) }
        if segments.first == "apis", segments.count == 2 { return group(segments[1]) }
        if segments.first == "apis", segments.count == 3 {
            return resourceList("\(segments[1])/\(segments[2])")
        }
        if segments.starts(with: ["openapi", "v3"]), segments.count > 3 {
            return openAPI(segments.dropFirst(2).joined(separator: "/"))
        }
        return nil
    }

    private static let version: JSON = [
        "major": "1", "minor": "36", "emulationMajor": "1", "emulationMinor": "36",
        "minCompatibilityMajor": "1", "minCompatibilityMinor": "35", "gitVersion": "v1.36.2",
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "2026-06-10T00:00:00Z",
        "goVersion": "", "compiler": "", "platform": "linux/amd64",
    ]

    private var coreVersions: Response {
        Self.response([
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [
                [
                    "clientCIDR": "0.0.0.0/0", "serverAddress": .string(settings.serverAddress),
                ]
            ],
        ])
    }

    private var groupNames: [String] {
        var names: [String] = []
        for resource in Catalog.all where !resource.group.isEmpty && !names.contains(resource.group)
        {
            names.append(resource.group)
        }
        return names
    }

    private func groupJSON(_ name: String) -> JSON {
        let versions: [JSON] = Catalog.groupVersions.filter { $0.hasPrefix("\(name)/") }.map {
            [
                "groupVersion": .string($0),
                "version": .string(String($0.dropFirst(name.count + 1))),
            ]
        }
        return [
            "name": .string(name), "versions": .array(versions),
            "preferredVersion": versions.first ?? .null,
        ]
    }

    private var groupList: Response {
        Self.response([
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(groupNames.map(groupJSON)),
        ])
    }

    private func group(_ name: String) -> Response {
        guard groupNames.contains(name) else { return Self.pageNotFound }
        var json: JSON = ["kind": "APIGroup", "apiVersion": "v1"]
        for (key, value) in groupJSON(name).object?.members ?? [] { json[key] = value }
        return Self.response(json)
    }

    private func resourceList(_ groupVersion: String) -> Response {
        let resources = Catalog.all.filter { $0.groupVersion == groupVersion }
        guard !resources.isEmpty else { return Self.pageNotFound }
        var lines: [JSON] = []
        for resource in resources {
            var line: JSON = [
                "name": .string(resource.plural), "singularName": .string(resource.singular),
                "namespaced": .bool(resource.namespaced), "kind": .string(resource.kind),
                "verbs": Self.strings(resource.verbs),
            ]
            if !resource.shortNames.isEmpty {
                line["shortNames"] = Self.strings(resource.shortNames)
            }
            if !resource.categories.isEmpty {
                line["categories"] = Self.strings(resource.categories)
            }
            lines.append(line)
            for sub in resource.subresources {
                var line: JSON = [
                    "name": .string("\(resource.plural)/\(sub.name)"), "singularName": "",
                    "namespaced": .bool(resource.namespaced),
                ]
                if !sub.group.isEmpty {
                    line["group"] = .string(sub.group)
                    line["version"] = .string(sub.version)
                }
                line["kind"] = .string(sub.kind)
                line["verbs"] = Self.strings(sub.verbs)
                lines.append(line)
            }
        }
        var json: JSON = ["kind": "APIResourceList"]
        if groupVersion != "v1" { json["apiVersion"] = "v1" }
        json["groupVersion"] = .string(groupVersion)
        json["resources"] = .array(lines)
        return Self.response(json)
    }

    private static func strings(_ list: [String]) -> JSON { .array(list.map { .string($0) }) }

    private func aggregatedDiscovery(core: Bool) -> Response {
        let names = core ? [""] : groupNames
        let items: [JSON] = names.map { name in
            let versions = Catalog.groupVersions.filter {
                name.isEmpty ? !$0.contains("/") : $0.hasPrefix("\(name)/")
            }
            return [
                "metadata": name.isEmpty ? [:] : ["name": .string(name)],
                "versions": .array(versions.map(discovery)),
            ]
        }
        var response = Self.response([
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
            "metadata": [:], "items": .array(items),
        ])
        response.headers["Content-Type"] =
            "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        response.headers["Vary"] = "Accept"
        return response
    }

    private func discovery(_ groupVersion: String) -> JSON {
        let resources = Catalog.all.filter { $0.groupVersion == groupVersion }
        let lines: [JSON] = resources.map { resource in
            var line: JSON = [
                "resource": .string(resource.plural),
                "responseKind": ["group": "", "version": "", "kind": .string(resource.kind)],
                "scope": resource.namespaced ? "Namespaced" : "Cluster",
                "singularResource": .string(resource.singular),
                "verbs": Self.strings(resource.verbs),
            ]
            if !resource.shortNames.isEmpty {
                line["shortNames"] = Self.strings(resource.shortNames)
            }
            if !resource.categories.isEmpty {
                line["categories"] = Self.strings(resource.categories)
            }
            if !resource.subresources.isEmpty {
                line["subresources"] = .array(
                    resource.subresources.map { sub in
                        [
                            "subresource": .string(sub.name),
                            "responseKind": [
                                "group": .string(sub.group), "version": .string(sub.version),
                                "kind": .string(sub.kind),
                            ],
                            "verbs": Self.strings(sub.verbs),
                        ]
                    })
            }
            return line
        }
        let version = groupVersion.split(separator: "/").last.map(String.init) ?? groupVersion
        return [
            "version": .string(version), "resources": .array(lines), "freshness": "Current",
        ]
    }

    // MARK: OpenAPI, as far as kubectl reads it

    private static func openAPIPath(_ groupVersion: String) -> String {
        groupVersion.contains("/") ? "apis/\(groupVersion)" : "api/\(groupVersion)"
    }

    private var openAPIPaths: Response {
        var paths: JSON = [:]
        for groupVersion in Catalog.groupVersions {
            let path = Self.openAPIPath(groupVersion)
            paths[path] = ["serverRelativeURL": .string("/openapi/v3/\(path)?hash=1")]
        }
        return Self.response(["paths": paths])
    }

    /// Paths with their verbs and the parameters kubectl looks for; schemas are left out.
    private func openAPI(_ path: String) -> Response {
        let resources = Catalog.all.filter { Self.openAPIPath($0.groupVersion) == path }
        guard !resources.isEmpty else { return Self.pageNotFound }
        let parameters: JSON = .array(
            ["dryRun", "fieldManager", "fieldValidation", "force"].map {
                ["name": .string($0), "in": "query", "schema": ["type": "string"]]
            })
        var paths: JSON = [:]
        for resource in resources where resource.isStored {
            let place = resource.namespaced ? "/namespaces/{namespace}" : ""
            let kind: JSON = [
                "group": .string(resource.group), "version": .string(resource.version),
                "kind": .string(resource.kind),
            ]
            func operation(_ action: String) -> JSON {
                [
                    "parameters": parameters, "responses": [:],
                    "x-kubernetes-action": .string(action),
                    "x-kubernetes-group-version-kind": kind,
                ]
            }
            paths["/\(path)\(place)/\(resource.plural)"] = ["post": operation("post")]
            paths["/\(path)\(place)/\(resource.plural)/{name}"] = [
                "put": operation("put"), "patch": operation("patch"),
            ]
        }
        return Self.response([
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": "v1.36.2"],
            "paths": paths, "components": ["schemas": [:]],
        ])
    }
}
