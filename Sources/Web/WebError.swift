// A request that cannot be answered, as a JSON response: {"error": "…"} and what helps.

import Core
import Platform

struct WebError: Error {
    let status: Int
    let message: String
    let members: JSON
    let headers: Headers

    init(_ status: Int, _ message: String, members: JSON = [:], headers: Headers = Headers()) {
        self.status = status
        self.message = message
        self.members = members
        self.headers = headers
    }

    var response: Response {
        var json: JSON = ["error": .string(message)]
        for (key, value) in members.object?.members ?? [] { json[key] = value }
        var response = Response(
            status: status, contentType: "application/json", text: json.text + "\n")
        for field in headers.fields { response.headers[field.name] = field.value }
        return response
    }
}
