// What the judge lets go when fewer namespaces or signals are watched than before.

extension Judge {
    /// Forgets the services of all namespaces but these, and all signals in PromQL but these: what
    /// is not read any more would look like traffic that is gone. What was learned of them is laid
    /// aside, stays in the sketch, and is in force again when they are watched again.
    ///
    /// Hosts outside the cluster belong to no namespace. When one is dropped they are forgotten
    /// too, and learned anew if others call them; those that are anomalous stay.
    package mutating func keep(namespaces: Set<String>, queries: Set<ServiceRef>) {
        let isDropped: (ServiceRef) -> Bool = { service in
            service.isQuery
                ? !queries.contains(service)
                : !service.namespace.isEmpty && !namespaces.contains(service.namespace)
        }
        armed = armed.filter { namespaces.contains($0.key) }
        sights = sights.filter { namespaces.contains($0.key) }
        var gone = Set(services.keys.filter(isDropped))
        if gone.contains(where: { !$0.isQuery }) {
            for (name, judge) in services where name.namespace.isEmpty && judge.open.isEmpty {
                gone.insert(name)
            }
        }
        ledger.forget(
            where: { isDropped($0.service) || gone.contains($0.service) }, group: Self.group)
        builder.forget { isDropped($0) || gone.contains($0) }
        for name in gone {
            if let judge = services[name], judge.isMeasured { shelf[name] = judge.sketch }
            services[name] = nil
            workloads[name] = nil
            suspects[name] = nil
        }
        for (name, entry) in shelf where !isDropped(name) && !gone.contains(name) {
            shelf[name] = nil
            if services[name] == nil {
                services[name] = ServiceJudge(restoring: entry, settings: settings)
            }
        }
    }

    /// The place of a series in the limits of the ledger: histograms have their own.
    static func group(_ series: RequestSeries) -> Int {
        if case .duration = series.kind { 1 } else { 0 }
    }
}
