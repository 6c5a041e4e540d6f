import Core
import Engine
import Faults
import Platform
import Simulation
import Testing

/// What every fault of the catalog must do, whatever it is.
@Suite struct FaultContractTests {
    static let kinds = FaultCatalog.all.manifests.map(\.name)

    private func fault(_ kind: String) throws -> any Fault {
        try FaultCatalog.all.make(kind, json: [:])
    }

    private func mark(_ kind: String, _ undo: JSON = [:]) -> String {
        InjectionMark(
            round: 7, policy: "go-app/staging", fault: kind, parameters: [:], undo: undo,
            deadline: Timestamp(seconds: 1_795_001_000), fencingToken: 1
        ).text
    }

    @Test(arguments: kinds)
    func itShowsAndAnotherInjectionDoesNoHarm(kind: String) {
        FaultWorld.run { world in
            let fault = try fault(kind)
            let target = try await world.target()
            let undo = try await fault.undo(for: target, in: world.cluster)
            #expect(try await world.cluster.setMark(mark(kind, undo), on: target))
            #expect(try await fault.delivery(of: target, in: world.cluster) == .pending)
            #expect(try await fault.inject(target, in: world.cluster) == .accepted)
            switch try await fault.inject(target, in: world.cluster) {
            case .accepted, .gone: break
            case .refused(let why): Issue.record("refused the second time: \(why)")
            }
            try await world.until("\(kind) shows") {
                try await fault.delivery(of: target, in: world.cluster) == .delivered
            }
            for _ in 0..<2 { try await fault.revert(target, undo: undo, in: world.cluster) }
            try await world.until("two pods are ready again, unmarked") {
                let pods = try await world.cluster.snapshot().pods
                return pods.count == 2
                    && pods.allSatisfy { $0.flags.contains(.ready) && $0.mark == nil }
            }
        }
    }

    @Test(arguments: kinds)
    func revertWithoutInjectionTakesOffTheMarkOnly(kind: String) {
        FaultWorld.run { world in
            let fault = try fault(kind)
            let target = try await world.target()
            let undo = try await fault.undo(for: target, in: world.cluster)
            #expect(try await world.cluster.setMark(mark(kind, undo), on: target))
            for _ in 0..<2 {
                try await fault.revert(target, undo: undo, in: world.cluster)
                let pod = try await world.cluster.pod(namespace: "go-app", name: target.name)
                #expect(pod?.uid == target.uid && pod?.mark == nil)
                #expect(pod?.ready == true && pod?.terminating == false)
            }
        }
    }

    @Test(arguments: kinds)
    func aTargetThatIsGoneIsNoError(kind: String) {
        FaultWorld.run { world in
            let fault = try fault(kind)
            let target = try await world.target()
            let undo = try await fault.undo(for: target, in: world.cluster)
            _ = try await world.cluster.deletePod(target, gracePeriod: .zero)
            try await world.until("the pod is gone") {
                try await world.cluster.pod(namespace: "go-app", name: target.name) == nil
            }
            guard case .gone = try await fault.inject(target, in: world.cluster) else {
                Issue.record("\(kind) was injected into nothing")
                return
            }
            try await fault.revert(target, undo: undo, in: world.cluster)
        }
    }

    @Test(arguments: kinds)
    func aSuccessorOfTheSameNameIsNotTouched(kind: String) {
        FaultWorld.run { world in
            let fault = try fault(kind)
            let successor = try await world.target()
            var target = successor
            target.uid = "00000000-0000-0000-0000-000000000000"
            #expect(try await world.cluster.setMark(mark(kind), on: successor))
            #expect(try await world.cluster.setMark(mark(kind), on: target) == false)
            guard case .gone = try await fault.inject(target, in: world.cluster) else {
                Issue.record("\(kind) touched another object")
                return
            }
            try await fault.revert(target, undo: [:], in: world.cluster)
            let pod = try await world.cluster.pod(namespace: "go-app", name: target.name)
            #expect(pod?.uid == successor.uid && pod?.mark == mark(kind))
            #expect(pod?.terminating == false)
        }
    }

    @Test(arguments: kinds)
    func aRequestThatNeverArrivesChangesNothing(kind: String) {
        FaultWorld.run { world in
            let fault = try fault(kind)
            let target = try await world.target()
            world.network.setWeather(Weather(lost: 1))
            let failure = await #expect(throws: Failure.self) {
                try await fault.inject(target, in: world.cluster)
            }
            #expect(failure?.kind == .transient)
            await #expect(throws: Failure.self) {
                try await fault.revert(target, undo: [:], in: world.cluster)
            }
            world.network.setWeather(.fair)
            let pod = try await world.cluster.pod(namespace: "go-app", name: target.name)
            #expect(pod?.uid == target.uid && pod?.terminating == false)
            #expect(try await fault.delivery(of: target, in: world.cluster) == .pending)
        }
    }

    @Test(arguments: kinds)
    func anAnswerThatIsLostIsFoundOutByLooking(kind: String) {
        FaultWorld.run { world in
            let fault = try fault(kind)
            let target = try await world.target()
            world.network.setWeather(Weather(answerLost: 1))
            let failure = await #expect(throws: Failure.self) {
                try await fault.inject(target, in: world.cluster)
            }
            #expect(failure?.kind == .transient)
            world.network.setWeather(.fair)
            try await world.until("\(kind) shows") {
                try await fault.delivery(of: target, in: world.cluster) == .delivered
            }
        }
    }

    @Test(arguments: kinds)
    func budgetsAreHonouredAsTheManifestSays(kind: String) {
        FaultWorld.run { world in
            let fault = try fault(kind)
            try await world.forbidDisruption()
            let target = try await world.target()
            let removal = try await fault.inject(target, in: world.cluster)
            let pod = try await world.cluster.pod(namespace: "go-app", name: target.name)
            if type(of: fault).manifest.honoursDisruptionBudgets {
                guard case .refused(let why) = removal else {
                    Issue.record("\(kind) was not refused: \(removal)")
                    return
                }
                #expect(why.contains("web needs 2 healthy pods"))
                #expect(pod?.uid == target.uid && pod?.terminating == false)
            } else {
                #expect(removal == .accepted)
            }
        }
    }

    /// Seeing pods is the reflector's need, and every fault on pods has it.
    @Test(arguments: kinds)
    func thePermissionsAreExactlyWhatIsUsed(kind: String) {
        FaultWorld.run { world in
            let fault = try fault(kind)
            let manifest = type(of: fault).manifest
            let target = try await world.target()
            let before = world.requests.count
            let undo = try await fault.undo(for: target, in: world.cluster)
            #expect(try await world.cluster.setMark(mark(kind, undo), on: target))
            _ = try await fault.delivery(of: target, in: world.cluster)
            _ = try await fault.inject(target, in: world.cluster)
            _ = try await fault.delivery(of: target, in: world.cluster)
            try await fault.revert(target, undo: undo, in: world.cluster)
            var used: Set = ["list pods", "watch pods"]
            let verbs = ["GET": "get", "POST": "create", "PATCH": "patch", "DELETE": "delete"]
            for request in world.requests[before...] {
                let parts = request.split(separator: " ")
                // /api/v1/namespaces/NAMESPACE/pods/NAME[/SUBRESOURCE]
                let path = parts[1].split(separator: "/")
                let resource = ([path[4]] + path.dropFirst(6)).joined(separator: "/")
                used.insert("\(verbs[String(parts[0])] ?? "?") \(resource)")
            }
            var granted: Set<String> = []
            for permission in manifest.permissions {
                for verb in permission.verbs { granted.insert("\(verb) \(permission.resource)") }
                #expect(permission.group.isEmpty && !permission.clusterScoped)
            }
            #expect(used == granted)
        }
    }

    @Test(arguments: kinds)
    func parametersSurviveTheJournal(kind: String) throws {
        let manifest = try #require(FaultCatalog.all.kinds[kind]).manifest
        let parameters = try Parameters(
            ConfigNode(json: [:]), specs: manifest.parameters, path: "faults[0]")
        let made = try FaultCatalog.all.make(kind, parameters)
        #expect(made.duration >= .zero)
        _ = try FaultCatalog.all.make(kind, json: parameters.json)
        #expect(throws: ConfigError.self) {
            try FaultCatalog.all.make(kind, json: ["noSuchParameter": 1])
        }
        #expect(!manifest.summary.isEmpty && manifest.summary.hasSuffix("."))
    }

    @Test func anUnknownKindNamesTheKnownOnes() throws {
        let error = try #require(throws: ConfigError.self) {
            try FaultCatalog.all.make("pod-explode", json: [:])
        }
        for kind in Self.kinds { #expect(error.fix.contains(kind)) }
    }
}
