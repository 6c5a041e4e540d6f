// The durations and sizes of keeping a view of the cluster.

/// How the reflector lists and watches.
package struct WatchSettings: Sendable {
    /// Objects a page.
    package var pageLimit = 500
    /// The server ends each watch after this; the next one confirms that the view is current.
    package var watchTimeout = Duration.seconds(60)
    /// A watch on which not even a bookmark arrives for this long is broken.
    package var silence = Duration.seconds(75)
    /// A kind that was not confirmed for this long is not shown any more.
    package var staleAfter = Duration.seconds(90)
    /// After so many broken watches in a row everything is listed anew.
    package var failuresBeforeListing = 5
    package var firstRetry = Duration.milliseconds(500)
    package var longestRetry = Duration.seconds(30)

    package init() {}
}
