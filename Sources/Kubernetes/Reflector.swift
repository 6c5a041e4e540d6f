// Keeps a view of the cluster up to date: lists each kind of object once, then follows its changes,
// and lists again when changes were missed. What was not confirmed lately is not shown.

package import Core
package import Platform

/// The state of one kind (in one namespace) that the reflector follows.
package struct FeedStatus: Sendable, Hashable {
    /// E.g. `pods`, `pods in namespace go-app`.
    package var name: String
    /// On the uptime clock; nil before the first list.
    package var confirmed: Duration?
    /// Being listed: what is kept is neither old nor new.
    package var listing = false
    package var lists = 0
    package var watches = 0
    package var events = 0
    package var failures = 0
    package var lastFailure: String?
}

/// A view that follows the API server.
package actor Reflector: ClusterView {
    private nonisolated let client: APIClient
    private var scope: ClusterScope
    private nonisolated let settings: WatchSettings
    private nonisolated let seed: UInt64
    /// Namespaces to follow, for `run` to begin with.
    private nonisolated let (joining, join) = AsyncStream<String?>.makeStream()
    private var store = ObjectStore()
    private var feeds: [String: FeedStatus] = [:]

    /// `seed` draws the jitter of retries.
    package init(
        client: APIClient, scope: ClusterScope = ClusterScope(),
        settings: WatchSettings = WatchSettings(), seed: UInt64
    ) {
        self.client = client
        self.scope = scope
        self.settings = settings
        self.seed = seed
        var names = [Self.name(NodeObject.self, nil)]
        for namespace in scope.lists {
            names += Self.names(of: namespace)
            join.yield(namespace)
        }
        for name in names { feeds[name] = FeedStatus(name: name) }
    }

    private static func names(of namespace: String?) -> [String] {
        [
            name(PodObject.self, namespace), name(DeploymentObject.self, namespace),
            name(ReplicaSetObject.self, namespace), name(StatefulSetObject.self, namespace),
            name(DaemonSetObject.self, namespace), name(BudgetObject.self, namespace),
        ]
    }

    /// Follows these namespaces too. There is no snapshot until they are listed: what one shows
    /// must not depend on which of two namespaces was faster. None is ever given up: a mark of ours
    /// may be in it.
    package func include(_ namespaces: [String]) {
        if scope.namespaces.isEmpty { return }
        for namespace in Set(namespaces).subtracting(scope.namespaces).sorted() {
            scope.namespaces.append(namespace)
            for name in Self.names(of: namespace) { feeds[name] = FeedStatus(name: name) }
            join.yield(namespace)
        }
    }

    /// Follows everything until the task is cancelled. Called once.
    package nonisolated func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.keep(NodeObject.self, nil) }
            for await namespace in joining {
                group.addTask { await self.keep(PodObject.self, namespace) }
                group.addTask { await self.keep(DeploymentObject.self, namespace) }
                group.addTask { await self.keep(ReplicaSetObject.self, namespace) }
                group.addTask { await self.keep(StatefulSetObject.self, namespace) }
                group.addTask { await self.keep(DaemonSetObject.self, namespace) }
                group.addTask { await self.keep(BudgetObject.self, namespace) }
            }
        }
    }

    package func snapshot() async throws(Failure) -> Snapshot {
        let now = client.clock.uptime
        for feed in status() {
            let reason = feed.lastFailure.map { "; last failure: \($0)" } ?? ""
            guard let confirmed = feed.confirmed, !feed.listing else {
                throw Failure(.transient, "\(feed.name): not listed yet\(reason)")
            }
            let age = now - confirmed
            if age > settings.staleAfter {
                throw Failure(
                    .transient, "\(feed.name): not confirmed for \(age.human)\(reason)")
            }
        }
        return store.snapshot(at: client.clock.now)
    }

    /// The state of each kind, by name.
    package func status() -> [FeedStatus] { feeds.values.sorted { $0.name < $1.name } }

    // MARK: One kind of object

    private static func name<Object: WatchedObject>(
        _ type: Object.Type, _ namespace: String?
    ) -> String {
        guard Object.resource.namespaced, let namespace else { return Object.resource.plural }
        return "\(Object.resource.plural) in namespace \(namespace)"
    }

    /// Lists and follows one kind until the task is cancelled.
    private nonisolated func keep<Object: StoredObject>(
        _ type: Object.Type, _ namespace: String?
    ) async {
        let name = Self.name(type, namespace)
        var backoff = Backoff(
            seed: RandomStream.fork(seed, name), first: settings.firstRetry,
            longest: settings.longestRetry)
        while !Task.isCancelled {
            var asked: Duration?
            do throws(Failure) {
                let version = try await list(type, namespace, name)
                try await follow(type, namespace, name, from: version, &backoff)
            } catch {
                if error.kind == .cancelled { return }
                asked = error.retryAfter
                await fail(name, error)
            }
            do throws(Failure) {
                try await client.clock.sleep(for: backoff.next(after: asked))
            } catch {
                return
            }
        }
    }

    /// Lists everything and returns the version to follow from.
    private nonisolated func list<Object: StoredObject>(
        _ type: Object.Type, _ namespace: String?, _ name: String
    ) async throws(Failure) -> String {
        var pages = ListPages<Object>(
            client: client, namespace: namespace, limit: settings.pageLimit)
        var generation: UInt32 = 0
        while let page = try await pages.next() {
            if page.isFirst { generation = await beginListing(name) }
            await put(page.items, generation)
        }
        await endListing(type, generation, namespace, name)
        return pages.resourceVersion
    }

    /// Follows changes; returns when they have to be listed anew.
    private nonisolated func follow<Object: StoredObject>(
        _ type: Object.Type, _ namespace: String?, _ name: String, from start: String,
        _ backoff: inout Backoff
    ) async throws(Failure) {
        var version = start
        var broken = 0
        while !Task.isCancelled {
            let began = client.clock.uptime
            var asked: Duration?
            let last = version
            do throws(Failure) {
                guard try await watch(type, namespace, name, &version) else { return }
            } catch {
                if error.kind != .transient { throw error }
                asked = error.retryAfter
                broken += 1
                await fail(name, error)
            }
            if asked == nil, version != last || client.clock.uptime - began >= .seconds(10) {
                broken = min(broken, 1)
                backoff.reset()
                // A watch that came to its end is followed by the next at once.
                if broken == 0 { continue }
            }
            if broken >= settings.failuresBeforeListing { return }
            try await client.clock.sleep(for: backoff.next(after: asked))
        }
    }

    /// One watch, up to its end. `version` moves with what was applied. False when it is too old.
    private nonisolated func watch<Object: StoredObject>(
        _ type: Object.Type, _ namespace: String?, _ name: String, _ version: inout String
    ) async throws(Failure) -> Bool {
        var call = APICall(.watch, Object.resource, namespace: namespace)
        call.deadline = settings.silence
        call.query = [
            ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", version),
            ("timeoutSeconds", String(max(1, settings.watchTimeout.components.seconds))),
        ]
        let body: BodyStream
        do {
            body = try await client.stream(call)
        } catch {
            if error.status == 410 { return false }
            throw error
        }
        defer { body.cancel() }
        await beginWatch(name)
        var splitter = LineSplitter()
        while let piece = try await body.next() {
            var batch = WatchBatch<Object>(version: version)
            let lines = try splitter.lines(from: piece)
            for line in lines where batch.isOpen { batch.read(line, of: call) }
            version = batch.version
            await apply(batch.changes, lines.count, name)
            if let failure = batch.failure { throw failure }
            if batch.expired { return false }
        }
        if splitter.hasPartialLine {
            throw Failure(.transient, "cannot \(call.description): it broke off inside an event")
        }
        return true
    }

    // MARK: State

    private func beginListing(_ name: String) -> UInt32 {
        feeds[name]?.listing = true
        return store.beginListing()
    }

    private func put<Object: StoredObject>(_ items: [Object], _ generation: UInt32) {
        for item in items { item.put(into: &store, generation: generation) }
    }

    private func endListing<Object: StoredObject>(
        _ type: Object.Type, _ generation: UInt32, _ namespace: String?, _ name: String
    ) {
        type.endListing(generation, namespace: namespace, in: &store)
        feeds[name]?.listing = false
        feeds[name]?.lists += 1
        confirm(name)
    }

    private func beginWatch(_ name: String) {
        feeds[name]?.watches += 1
        confirm(name)
    }

    private func apply<Object: StoredObject>(
        _ changes: [WatchBatch<Object>.Change], _ events: Int, _ name: String
    ) {
        for change in changes {
            switch change {
            case .put(let object): object.put(into: &store, generation: nil)
            case .remove(let object): object.remove(from: &store)
            }
        }
        feeds[name]?.events += events
        if events > 0 { confirm(name) }
    }

    private func confirm(_ name: String) {
        feeds[name]?.confirmed = client.clock.uptime
        feeds[name]?.lastFailure = nil
    }

    private func fail(_ name: String, _ failure: Failure) {
        feeds[name]?.failures += 1
        feeds[name]?.lastFailure = failure.message
    }
}
