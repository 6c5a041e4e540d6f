import Core
import Engine
import Testing

@Suite struct OutboxTests {
    @Test func theOldestIsDroppedAndCounted() async {
        let outbox = Outbox(capacity: 3)
        for number in 0..<5 { await outbox.put(alert("s\(number)")) }
        #expect(await outbox.totals.dropped == 2)
        #expect(await outbox.totals.queued == 3)
        #expect(await outbox.take(10).map { $0.labels["service"] } == ["s2", "s3", "s4"])
        #expect(await outbox.totals.queued == 0)
    }

    @Test func aNewerVersionReplacesTheQueuedOne() async {
        let outbox = Outbox()
        await outbox.put(alert("a", text: "old"))
        await outbox.put(alert("b"))
        await outbox.put(alert("a", text: "new"))
        let taken = await outbox.take(10)
        #expect(taken.map { $0.labels["service"] } == ["a", "b"])
        #expect(taken.first?.annotations["summary"] == "new")
    }

    /// Fired, resolved and fired again are three things to tell, in order, never in one batch.
    @Test func aBatchHoldsEachIdentityOnce() async {
        let outbox = Outbox()
        await outbox.put(alert("a"))
        await outbox.put(alert("a", endsAt: 1_800_000_100))
        await outbox.put(alert("b"))
        #expect(await outbox.take(10).map { $0.labels["service"] } == ["a", "b"])
        let second = await outbox.take(10)
        #expect(second.map(\.isFiring) == [false])
        #expect(await outbox.take(10).isEmpty)
    }

    /// A sink that was away must not hear last of all that it is over.
    @Test func whatFiresAgainIsToldAfterItsEnd() async {
        let outbox = Outbox()
        await outbox.put(alert("a"))
        await outbox.put(alert("a", endsAt: 1_800_000_100))
        await outbox.put(alert("a", startsAt: 1_800_000_200))
        await outbox.put(alert("a", startsAt: 1_800_000_200, text: "newer"))
        var told: [Bool] = []
        var last: Alert?
        while let next = await outbox.take(10).first {
            told.append(next.isFiring)
            last = next
        }
        #expect(told == [true, false, true])
        #expect(last?.annotations["summary"] == "newer")
    }

    @Test func aBatchIsBounded() async {
        let outbox = Outbox()
        for number in 0..<10 { await outbox.put(alert("s\(number)")) }
        #expect(await outbox.take(4).count == 4)
        #expect(await outbox.totals.queued == 6)
        #expect(await outbox.take(4).first?.labels["service"] == "s4")
    }

    /// What a sink must still hear: that something fires, fires anew, or no longer does.
    @Test func onlyWhatTheSinkDoesNotKnowIsUntold() async {
        let outbox = Outbox()
        let fires = alert("a")
        let over = alert("a", endsAt: 1_800_000_100)
        let again = alert("a", startsAt: 1_800_000_200)
        #expect(await outbox.untold([fires]) == [fires])
        #expect(await outbox.untold([over]) == [])
        await outbox.countSent([fires])
        #expect(await outbox.untold([fires]) == [])
        #expect(await outbox.untold([over]) == [over])
        #expect(await outbox.untold([again]) == [again])
        await outbox.countSent([over])
        #expect(await outbox.untold([over]) == [])
        #expect(await outbox.untold([again]) == [again])
    }
}
