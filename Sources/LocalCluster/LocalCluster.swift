// A small Kubernetes in one process: the API as a handler without a socket, and the controllers as
// one loop that its owner starts. Waiting, and nothing else, happens here.

package import Core
package import Platform

/// The cluster. `handle` answers the API; `run` keeps the controllers and kubelets going.
package actor LocalCluster: Handler {
    let state: ClusterState
    private let kubelet: any Kubelet
    private let clock: any WallClock
    private var watches: [Int: Watch] = [:]
    private var nextWatch = 0
    private var isIdling = false

    /// `seed` decides every name, uid and address. The kubelet runs the containers.
    package init(
        clock: any WallClock, seed: UInt64, kubelet: any Kubelet,
        settings: ClusterSettings = ClusterSettings()
    ) {
        self.clock = clock
        self.kubelet = kubelet
        state = ClusterState(clock: clock, settings: settings, seed: seed)
        state.createSystemObjects()
    }

    /// Answers one request of the Kubernetes API.
    package func handle(_ request: Request) async -> Reply {
        let answer = state.answer(request)
        state.ringIfBusy()
        switch answer {
        case .response(let response): return .response(response)
        case .watch(let watch): return .stream(stream(watch))
        case .logs(let id, let query): return await logs(id, query)
        }
    }

    /// Creates the object, or merges it into the one that is there, as `kubectl apply` does. A
    /// refusal is a `.rejected` failure with the API's words.
    package func apply(_ object: JSON) throws(Failure) {
        defer { state.ringIfBusy() }
        do { try state.applyObject(object) } catch {
            throw Failure(.rejected, error.message, status: error.code)
        }
    }

    /// The stored objects of a resource, e.g. `("apps/v1", "deployments")`, in order.
    package func objects(
        _ groupVersion: String, _ plural: String, namespace: String? = nil
    ) -> [JSON] {
        guard let resource = Catalog.resource(groupVersion: groupVersion, plural: plural) else {
            return []
        }
        return state.store.list(resource.storage, namespace: namespace).map {
            state.present($0, resource)
        }
    }

    /// Stores an object as it is, without defaults, checks or a new uid: to set up a recorded
    /// state.
    package func restore(_ object: JSON) {
        guard
            let resource = Catalog.resource(
                apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
        else { return }
        let key = ObjectKey(resource.storage, object.namespace, object.objectName)
        state.put(key, object)
        state.ringIfBusy()
    }

    /// Forgets the history of changes, as etcd's compaction does: older resource versions are gone.
    package func compact() { state.store.compact() }

    // MARK: running

    /// Runs the controllers and containers until the task is cancelled; then every container is
    /// killed before this returns.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            while !Task.isCancelled {
                state.step()
                for effect in state.takeEffects() { start(effect, in: &group) }
                if Task.isCancelled { break }
                await idle()
            }
            group.cancelAll()
        }
    }

    /// One pass of the controllers over everything that is due, without starting containers.
    package func settle() { state.step() }

    /// True while `run` waits for a change or a timer: nothing more happens by itself now.
    package var isQuiet: Bool {
        isIdling && state.queue.isEmpty && state.effects.isEmpty && state.wake?.isRung == false
    }

    private func idle() async {
        if !state.queue.isEmpty || !state.effects.isEmpty { return }
        let bell = Doorbell()
        state.wake = bell
        isIdling = true
        state.wakesAt = state.queue.nextDue
        await bell.wait(atMost: state.wakesAt.map { $0 - clock.uptime }, clock: clock)
        state.wake = nil
        isIdling = false
    }

    private func start(_ effect: Effect, in group: inout TaskGroup<Void>) {
        let kubelet = kubelet
        switch effect {
        case .start(let launch):
            group.addTask {
                do throws(Failure) {
                    let exit = try await kubelet.run(launch) { await self.started(launch.id) }
                    await self.ended(launch.id, exit)
                } catch {
                    await self.failed(launch.id, error.message)
                }
            }
        case .signal(let id, let signal):
            group.addTask { await kubelet.signal(id, signal) }
        case .probe(let id, let probe, let container, let kind):
            group.addTask {
                let result = await kubelet.probe(id, probe)
                await self.probed(id, container, kind, result)
            }
        }
    }

    private func started(_ id: ContainerID) {
        state.containerStarted(id)
        state.ringIfBusy()
    }

    private func ended(_ id: ContainerID, _ exit: ContainerExit) {
        state.containerEnded(id, exit)
        state.ringIfBusy()
    }

    private func failed(_ id: ContainerID, _ message: String) {
        state.containerFailed(id, message)
        state.ringIfBusy()
    }

    private func probed(_ id: ContainerID, _ index: Int, _ kind: ProbeKind, _ result: ProbeResult) {
        state.probed(id, index, kind, result)
        state.ringIfBusy()
    }

    // MARK: streams

    private func stream(_ watch: Watch) -> ResponseStream {
        for (id, old) in watches where old.end + .seconds(60) < clock.uptime { watches[id] = nil }
        let id = nextWatch
        nextWatch += 1
        watches[id] = watch
        let closed = Doorbell()
        return ResponseStream(
            status: 200, headers: ClusterState.headers,
            body: BodyStream(
                next: { () async throws(Failure) in try await self.next(id, closed) },
                cancel: { closed.ring() }))
    }

    /// The next events of a watch; waits until there are some.
    private func next(_ id: Int, _ closed: Doorbell) async throws(Failure) -> [UInt8]? {
        while var watch = watches[id], !closed.isRung {
            if watch.isOver { break }
            let out = watch.events(of: state)
            watches[id] = watch
            if !out.isEmpty { return out }
            if watch.isOver { break }
            let bell = Doorbell()
            state.bells[watch.request.resource.storage.id, default: []].append(bell)
            closed.forward(to: bell)
            let due = watch.bookmarks ? min(watch.end, watch.nextBookmark) : watch.end
            await bell.wait(atMost: due - clock.uptime, clock: clock)
            state.forget(bell, of: watch.request.resource.storage.id)
            if Task.isCancelled {
                watches[id] = nil
                throw Failure(.cancelled, "the watch was cancelled")
            }
        }
        watches[id] = nil
        return nil
    }

    private func logs(_ id: ContainerID, _ query: LogQuery) async -> Reply {
        do {
            let body = try await kubelet.logs(id, query)
            return .stream(
                ResponseStream(
                    status: 200,
                    headers: ["Content-Type": "text/plain", "Cache-Control": "no-cache, private"],
                    body: body))
        } catch {
            return .response(APIError.badRequest(error.message).response)
        }
    }
}
