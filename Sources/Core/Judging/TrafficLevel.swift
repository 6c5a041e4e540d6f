// How many requests a window of one service should hold: what repeats by hour, times what the last
// minutes were. It learns from the windows that it is given.

import RealModule

/// Negative binomial expectation of one service's traffic (detection design 5.6 and 5.10): mean
/// m = level * season and size k = m² / (variance - m).
package struct TrafficLevel: Sendable {
    /// The local level: an exponentially weighted mean over ten minutes of learned windows, each
    /// divided by the season of its time.
    private var level = 0.0
    /// One element or none; an array keeps it out of the copies that are made of levels.
    private var seasons: [Season]
    /// exp of the season's shape now.
    private var factor = 1.0
    private var isSeasonal = false
    private var refreshedAt: Int64?
    /// Windows learned.
    package private(set) var windows = 0
    /// Weighted means of (n - m)² - m, of m² and of m n, m as predicted before n was seen. The last
    /// two are one where m predicts n; of traffic in batches, which m runs after, m n is less.
    private var squares = 0.0
    private var products = 0.0
    private var joint = 0.0

    /// Below this many expected requests a window can show nothing.
    static let fewest = 0.2
    /// Windows between two looks at the season.
    private static let refreshEvery: Int64 = 4
    /// Windows that the size is learned over: six hours of 15 s.
    private static let memory = 1440.0

    package init(season: Season? = nil) { seasons = season.map { [$0] } ?? [] }

    /// Expected requests in a window now.
    package var expected: Double { level * factor }

    /// What was learned of the days, once there is a day of it.
    package var learnedSeason: Season? { seasons.first { $0.hours >= 24 } }

    /// Size of the negative binomial; large for Poisson traffic, small for batches with silence
    /// between them. Bounded so that no series is trusted to be steadier than 2 % from window to
    /// window, and that it stays a size.
    package var size: Double {
        guard squares > 0 else { return 2500 }
        return min(max(min(products, joint) / squares, 1e-4), 2500)
    }

    /// Moves the season to `window`; to be called before anything is expected of it.
    mutating func move(to window: Int64, _ settings: JudgeSettings) {
        let age = window &- (refreshedAt ?? window)
        if refreshedAt != nil, age >= 0, age < Self.refreshEvery { return }
        refreshedAt = window
        guard !seasons.isEmpty,
            let shape = seasons[0].shape(at: Double(window) * settings.interval.inSeconds)
        else { return }
        factor = .exp(min(max(shape.value, -7), 7))
        if !isSeasonal {
            isSeasonal = true
            // What was expected goes on: only the way it is told apart is new.
            level /= factor
        }
    }

    /// Learns the requests of one window. `isFrozen`: there is evidence of a change, so that only
    /// how much they vary is learned.
    mutating func learn(
        _ n: Double, window: Int64, _ settings: JudgeSettings, isFrozen: Bool = false
    ) {
        if isFrozen { return spread(n) }
        let length = max(settings.interval.inSeconds, 1e-3)
        if seasons.isEmpty { seasons = [Season(.log)] }
        seasons[0].add(
            weight: 1, sum: n, at: Double(window) * length,
            halfLife: settings.halfLife.inSeconds)
        windows += 1
        let mean = expected
        // At night, with nothing to expect, the level of the day before is kept.
        if isSeasonal, mean < Self.fewest, windows > settings.warmUp.windows, n < 1 { return }
        if windows > 5 { spread(n) }
        let span = max(600 / length, 20)
        level += (n / factor - level) / min(Double(windows), span)
    }

    private mutating func spread(_ n: Double) {
        let mean = expected
        let weight = 1 / min(Double(max(windows, 1)), Self.memory)
        squares += weight * ((n - mean) * (n - mean) - mean - squares)
        products += weight * (mean * mean - products)
        joint += weight * (mean * n - joint)
    }

    /// Takes the level of an earlier life, which expected `usual` requests in a window.
    mutating func adopt(_ usual: Double, window: Int64, _ settings: JudgeSettings) {
        forget()
        move(to: window, settings)
        level = usual / factor
        windows = settings.warmUp.windows
        // The season is to be moved to the present.
        refreshedAt = nil
    }

    /// Forgets the level; the season stays.
    mutating func forget() { self = TrafficLevel(season: seasons.first) }
}
