// Lets other targets make a ServiceStatus by hand, e.g. to show one in a test or a bench.

extension ServiceStatus {
    /// A status with what pages and metrics show of it.
    package init(
        service: ServiceRef, signal: Signal, ratio: Double?, baseline: Double, nats: Double,
        threshold: Double, theta: Double = 1, rho: Double = 0, minimumDetectable: Double? = nil,
        ready: Bool
    ) {
        self.init(
            service: service, signal: signal, ratio: ratio, baseline: baseline,
            baselineUpper: baseline, rho: rho, theta: theta, nats: nats, threshold: threshold,
            minimumDetectable: minimumDetectable, ready: ready, blind: nil, silentWindows: 0,
            lastWindow: nil, anomaly: nil)
    }
}
