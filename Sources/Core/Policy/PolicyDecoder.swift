// Documents to checked policies, with every mistake of every document. Decides what a policy
// document may say; it reads no files and knows faults only by their parameter specs.

/// Decodes `ChaosPolicy` documents (`hazard.dev/v1alpha1`).
package struct PolicyDecoder {
    package static let apiVersion = "hazard.dev/v1alpha1"
    package static let kind = "ChaosPolicy"
    /// Namespaces that a policy may only name together with `systemNamespaceAnnotation`.
    package static let systemNamespaces = [
        "kube-system", "kube-public", "kube-node-lease", "istio-system",
    ]
    package static let systemNamespaceAnnotation = "hazard.dev/allow-system-namespace"

    /// The parameters of each kind of fault.
    let faults: [String: [ParameterSpec]]
    /// The zone of an IANA name; its error needs no position.
    let zone: (String) throws(ConfigError) -> Zone

    package init(
        faults: [String: [ParameterSpec]], zone: @escaping (String) throws(ConfigError) -> Zone
    ) {
        self.faults = faults
        self.zone = zone
    }

    /// Decodes all sources together, because names must be unique among them.
    package func decode(_ sources: [PolicySource]) -> DecodedPolicies {
        var result = DecodedPolicies(policies: [], errors: [])
        var seen: [String: String] = [:]
        for source in sources {
            let errors = ConfigErrors(file: source.file)
            source.errors.forEach(errors.add)
            for document in source.documents {
                let before = errors.count
                let policy = policy(document, source: source, errors: errors)
                if let policy { checkUnique(policy, document, &seen, errors) }
                if let policy, errors.count == before { result.policies.append(policy) }
            }
            result.errors += errors.sorted
        }
        return result
    }

    private func checkUnique(
        _ policy: Policy, _ document: ConfigNode, _ seen: inout [String: String],
        _ errors: ConfigErrors
    ) {
        guard let name = document["metadata"]?["name"], !policy.name.isEmpty else { return }
        if let first = seen[policy.id] {
            errors.add(
                at: name, "metadata.name", "the policy \(policy.id) is already defined at \(first)",
                fix: "rename one of the two, or remove it")
        } else {
            let place = errors.file.isEmpty ? "" : errors.file + ":"
            seen[policy.id] = "\(place)\(name.line):\(name.column)"
        }
    }

    /// Nil when the document is no policy at all, or lacks what even a faulty policy needs.
    private func policy(
        _ document: ConfigNode, source: PolicySource, errors: ConfigErrors
    ) -> Policy? {
        guard isPolicy(document, errors) else { return nil }
        let top = ConfigFields(
            document, path: "", known: ["apiVersion", "kind", "metadata", "spec"],
            ignored: ["status"], errors: errors)
        let identity = identity(top)
        guard let node = top.required("spec", fix: "write spec: with a schedule and faults") else {
            return nil
        }
        let spec = ConfigFields(
            node, path: "spec",
            known: [
                "mode", "schedule", "targets", "faults", "sham", "blastRadius", "signals", "judge",
                "gate",
            ], errors: errors)
        let mode = spec.read("mode", .choice) ?? Policy.Mode.observe
        let schedule = self.schedule(spec)
        let faults = self.faults(spec, mode: mode)
        let policy = Policy(
            name: identity?.name ?? "", namespace: identity?.namespace ?? "", mode: mode,
            schedule: schedule ?? Schedule(cadence: .every(.seconds(3600))),
            targets: targets(spec), faults: faults, sham: spec.read("sham", .percentage) ?? 0.2,
            blastRadius: blastRadius(spec),
            signals: signals(spec, namespace: identity?.namespace ?? ""),
            judge: judge(spec),
            gate: gate(spec), source: source.file, digest: source.digest)
        // The placeholders above never get out: whatever is nil was reported.
        return identity == nil ? nil : policy
    }

    private func isPolicy(_ document: ConfigNode, _ errors: ConfigErrors) -> Bool {
        guard case .mapping = document.content else {
            errors.add(
                at: document, "", "expected a policy, found \(document.kindText)",
                fix: "begin with apiVersion: \(Self.apiVersion) and kind: \(Self.kind)")
            return false
        }
        return DocumentHead.check(
            document, kind: Self.kind, errors: errors,
            others: [
                "ClusterChaosPolicy":
                    "it is not supported in this version: write a ChaosPolicy for each namespace",
                "HazardConfiguration":
                    "it configures the daemon: give it with --config, not as a policy",
            ])
    }

    private func identity(_ top: ConfigFields) -> (name: String, namespace: String)? {
        guard let node = top.required("metadata", fix: "write metadata: {name: …, namespace: …}")
        else { return nil }
        let metadata = ConfigFields(
            node, path: "metadata", known: ["name", "namespace", "labels", "annotations"],
            // What the API server adds to an object.
            ignored: [
                "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
                "deletionGracePeriodSeconds", "managedFields", "ownerReferences", "finalizers",
                "selfLink",
            ], errors: top.errors)
        let name = metadata.require(
            "name", ObjectName.subdomain, fix: "name the policy, e.g. name: staging")
        let namespace = metadata.require(
            "namespace", ObjectName.label,
            fix: "name the namespace the policy is for; it can never touch another")
        let annotations = metadata["annotations"]
        let permission = annotations?[Self.systemNamespaceAnnotation]?.content
        if let namespace, let at = metadata["namespace"], Self.systemNamespaces.contains(namespace),
            permission != .scalar("true", quoted: true)
        {
            top.errors.add(
                at: at, "metadata.namespace",
                "\"\(namespace)\" is a system namespace: "
                    + "chaos there can take the whole cluster down",
                fix: "name another, or write the annotation "
                    + "\(Self.systemNamespaceAnnotation): \"true\"")
        }
        guard let name, let namespace else { return nil }
        return (name, namespace)
    }
}
