// The selectors of a list, watch or delete request together.

import Core

/// What a request selects, besides its namespace.
struct Selection: Sendable {
    var labels = LabelSelector()
    var fields = FieldSelector()
    /// A single object by name, as watches of one object have it.
    var name: String?

    init(_ request: APIRequest) throws(APIError) {
        if let text = request.query["labelSelector"], !text.isEmpty {
            labels = try LabelSelector(parsing: text)
        }
        if let text = request.query["fieldSelector"], !text.isEmpty {
            fields = try FieldSelector(parsing: text, for: request.resource)
        }
        name = request.name
    }

    func matches(_ json: JSON) -> Bool {
        (name == nil || json.objectName == name) && labels.matches(json) && fields.matches(json)
    }
}
