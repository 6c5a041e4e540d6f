// What the judge does when a new version of a workload is rolled out: the old normal may be over,
// but an outage must not become the new one.

extension Judge {
    /// New versions of `workloads` are being rolled out since `at`: the services that they answer
    /// for learn their level anew (detection design 5.6).
    ///
    /// For each known bad ratio, connection failure ratio and latency exceedance, what follows is
    /// learned as a level of its own, beginning at 200 responses' worth of the old one, until it is
    /// 30 minutes and 1,000 requests old. The season, the overdispersion and the tail calibration
    /// are carried over. Traffic is the callers' doing and is not touched. **Until then the old
    /// level stays the null, and only gross alternatives are armed:**
    ///
    /// - Failures: 50 % and 95 %. From a bound p0 a lasting ratio above about
    ///   ln((1-p0)/0.5) / (ln(0.5/p0) + ln((1-p0)/0.5)) is detected: 10 % at p0 = 0.1 %, 15 % at
    ///   1 %; a total outage as fast as ever.
    /// - Latency: ten times the odds of exceeding a bound, and 95 % of responses above it.
    /// - Less than that is not detected in this time. Rounds test for gross harm only, and the
    ///   status says `ready` false.
    ///
    /// An alarm keeps the old level and begins the time anew after recovery. At its end a level
    /// whose 99 % lower bound is above max(3 p0, p0 + 0.5 %), where a recovery test would not call
    /// it recovered, is refused: the old level stays with every alternative armed, and the alarm
    /// follows. Re-learning ends after four hours in any case, with the old level; further rollouts
    /// begin the learning anew, but do not prolong those. It is not journaled: after a restart the
    /// old level is in force.
    package mutating func rolledOut(_ workloads: Set<WorkloadRef>, at: Timestamp) {
        let settings = settings
        changeServices { service, judge, answering in
            let names = answering ?? [service.name]
            let isStruck = workloads.contains {
                $0.namespace == service.namespace && names.contains($0.name)
            }
            if isStruck { judge.rollOut(settings, at: at) }
        }
    }
}
