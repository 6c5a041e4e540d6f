// What the services of a namespace have in common: where the bad ratio and the burstiness of one
// that is hardly known yet may lie.

import RealModule

/// Empirical Bayes over the known services of one namespace (detection design 5.2 and 5.6).
package struct BaselinePrior: Sendable, Hashable {
    /// Bad ratio ~ Beta(a, b) by moments. At least half a bad response and at most 200 responses,
    /// so that a service's own first requests soon outweigh its neighbours.
    package private(set) var a = 0.5
    package private(set) var b = 1.5
    /// Services that the ratio rests on.
    package private(set) var services = 0
    /// Mean of the overdispersion, weighted by precision, and its variance between services.
    package private(set) var rho = Baseline.minimumRho
    package private(set) var rhoVariance = 0.0
    /// Services that the overdispersion rests on.
    package private(set) var rhoServices = 0

    /// Responses that the prior is worth at most.
    package static let heaviest = 200.0
    /// Fewer services than this say nothing about another.
    package static let fewest = 3

    /// Fits `known`, the baselines that are ready by themselves.
    package init(_ known: [Baseline]) {
        fitRatio(known)
        fitRho(known)
    }

    /// Whether it says anything about a bad ratio.
    package var isUsable: Bool { services >= Self.fewest }

    /// Mean of the Beta distribution.
    package var mean: Double { a / (a + b) }

    /// Moments: the variance between services is that of their ratios less what counting explains;
    /// a + b = m (1 - m) / variance - 1.
    private mutating func fitRatio(_ known: [Baseline]) {
        var ratios = Mixture()
        var sizes = 0.0
        for baseline in known {
            let size = baseline.effectiveSize
            if size <= 0 { continue }
            services += 1
            sizes += size
            // A service that never failed still may: add one success and half a failure.
            let ratio = (baseline.mean * size + 0.5) / (size + 1)
            ratios.add(ratio, variance: ratio * (1 - ratio) / (size + 1))
        }
        guard services > 0 else { return }
        let mean = min(max(ratios.plainMean, 1e-9), 0.999)
        let between = ratios.plainBetween
        let ceiling = min(Self.heaviest, max(sizes, 2))
        let strength = between > 0 ? mean * (1 - mean) / between - 1 : ceiling
        let bounded = min(max(strength, 2), ceiling)
        a = min(max(mean * bounded, 0.5), bounded - 0.5)
        b = bounded - a
    }

    private mutating func fitRho(_ known: [Baseline]) {
        var spread = Mixture()
        for baseline in known {
            guard let found = baseline.rhoEstimate else { continue }
            rhoServices += 1
            spread.add(found.value, variance: found.variance)
        }
        guard rhoServices > 0 else { return }
        let pooled = spread.pooled
        rho = min(max(pooled.mean, Baseline.minimumRho), 0.5)
        rhoVariance = pooled.between
    }

    /// The posterior mean of a service's overdispersion: precision-weighted between its own
    /// estimate and the mean of the namespace, at least 1e-4. Without an own estimate, the mean.
    package func shrunk(_ own: (value: Double, variance: Double)?) -> Double {
        guard rhoServices >= Self.fewest else {
            return min(max(own?.value ?? 0, Baseline.minimumRho), 0.9)
        }
        guard let own else { return rho }
        let total = own.variance + rhoVariance
        let share = total > 0 ? rhoVariance / total : 1
        return min(max(share * own.value + (1 - share) * rho, Baseline.minimumRho), 0.9)
    }
}

/// Moments of estimates that have known variances.
private struct Mixture {
    private var values: [(value: Double, variance: Double)] = []

    mutating func add(_ value: Double, variance: Double) {
        values.append((value, max(variance, 1e-18)))
    }

    var plainMean: Double { values.reduce(0) { $0 + $1.value } / Double(max(values.count, 1)) }

    /// Variance of the values less the mean of their own variances.
    var plainBetween: Double {
        guard values.count > 1 else { return 0 }
        let mean = plainMean
        let squares = values.reduce(0) { $0 + ($1.value - mean) * ($1.value - mean) }
        let own = values.reduce(0) { $0 + $1.variance } / Double(values.count)
        return max(0, squares / Double(values.count - 1) - own)
    }

    /// Mean weighted by precision, and the variance between the values by DerSimonian and Laird
    /// (1986).
    var pooled: (mean: Double, between: Double) {
        var weights = 0.0
        var squared = 0.0
        var sum = 0.0
        for (value, variance) in values {
            weights += 1 / variance
            squared += 1 / (variance * variance)
            sum += value / variance
        }
        let fixed = sum / weights
        let heterogeneity = values.reduce(0) {
            $0 + ($1.value - fixed) * ($1.value - fixed) / $1.variance
        }
        let scale = weights - squared / weights
        let between =
            scale > 0 ? max(0, (heterogeneity - Double(values.count - 1)) / scale) : 0
        var total = 0.0
        var mean = 0.0
        for (value, variance) in values {
            total += 1 / (variance + between)
            mean += value / (variance + between)
        }
        return (mean / total, between)
    }
}
