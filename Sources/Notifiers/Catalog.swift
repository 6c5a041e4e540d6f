// Every kind of notifier there is. A new one adds its file, its test, and one line here.

package import Engine

extension NotifierCatalog {
    /// The notifiers that come with the program.
    package static let builtIn = NotifierCatalog([
        AlertmanagerNotifier.self,
        WebhookNotifier.self,
    ])
}
