// Every kind of notifier there is. A new one adds its file, its test, and one line here.

package import Engine

extension NotifierCatalog {
    /// All kinds of notifiers of this program.
    package static let all = NotifierCatalog([
        AlertmanagerNotifier.self,
        WebhookNotifier.self,
    ])
}
