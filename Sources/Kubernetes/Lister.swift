// Lists objects page by page. A list that the server can no longer continue consistently (410) is
// started again, once. Also the simplest view: everything is listed anew for each snapshot.

package import Core
package import Platform

/// What part of the cluster is looked at.
package struct ClusterScope: Sendable, Hashable {
    /// Empty means all namespaces.
    package var namespaces: [String]

    package init(namespaces: [String] = []) { self.namespaces = namespaces }

    /// The namespaces to list one by one; nil lists all at once.
    var lists: [String?] { namespaces.isEmpty ? [nil] : Array(Set(namespaces)).sorted() }
}

/// Every pod, node, controller and disruption budget, listed when asked for.
package struct Lister: ClusterView {
    private let client: APIClient
    private let scope: ClusterScope

    package init(client: APIClient, scope: ClusterScope = ClusterScope()) {
        self.client = client
        self.scope = scope
    }

    package func snapshot() async throws(Failure) -> Snapshot {
        var store = ObjectStore()
        // Owners before pods: a pod whose ReplicaSet is unknown would count as changing.
        for namespace in scope.lists {
            try await fill(&store, with: DeploymentObject.self, namespace)
            try await fill(&store, with: ReplicaSetObject.self, namespace)
            try await fill(&store, with: StatefulSetObject.self, namespace)
            try await fill(&store, with: DaemonSetObject.self, namespace)
            try await fill(&store, with: BudgetObject.self, namespace)
        }
        try await fill(&store, with: NodeObject.self, nil)
        for namespace in scope.lists {
            try await fill(&store, with: PodObject.self, namespace)
        }
        return store.snapshot(at: client.clock.now)
    }

    private func fill<Object: StoredObject>(
        _ store: inout ObjectStore, with type: Object.Type, _ namespace: String?
    ) async throws(Failure) {
        var pages = ListPages<Object>(client: client, namespace: namespace)
        var generation = store.beginListing()
        while let page = try await pages.next() {
            if page.isFirst { generation = store.beginListing() }
            for item in page.items { item.put(into: &store, generation: generation) }
        }
        Object.endListing(generation, namespace: namespace, in: &store)
    }
}

/// The pages of one list, in order.
struct ListPages<Object: WatchedObject> {
    private let client: APIClient
    private let namespace: String?
    private let limit: Int
    private var token: String?
    private var ended = false
    private var restarted = false
    /// The version that the whole list is of.
    private(set) var resourceVersion = ""

    init(client: APIClient, namespace: String?, limit: Int = 500) {
        self.client = client
        self.namespace = namespace
        self.limit = limit
    }

    /// The next page; nil after the last. A restarted list gives its pages from the first one on.
    mutating func next() async throws(Failure) -> ListPage<Object>? {
        if ended { return nil }
        var call = APICall(.list, Object.resource, namespace: namespace)
        call.deadline = .seconds(30)
        call.query = [("limit", String(limit))]
        if let token { call.query.append(("continue", token)) }
        let response: Response
        do {
            response = try await client.send(call)
        } catch {
            // The token expired; the one in the answer would give an inconsistent rest.
            guard error.status == 410, token != nil, !restarted else { throw error }
            restarted = true
            token = nil
            return try await next()
        }
        let asked = token
        do {
            var page = try ListPage<Object>(parsing: response.body)
            page.isFirst = asked == nil
            resourceVersion = page.resourceVersion
            token = page.next
            ended = page.next.isEmpty
            if ended || page.next != asked { return page }
        } catch {
            throw Failure(
                .transient, "cannot \(call.description): the answer cannot be read (\(error))")
        }
        throw Failure(
            .transient, "cannot \(call.description): the server gives the same page again")
    }
}
