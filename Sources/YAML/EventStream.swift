// libyaml's parser as a sequence of owned values. The only file that touches C memory; it knows
// nothing of trees or keys.

internal import CYAML
internal import Core

/// One parser event, copied out of C memory. Positions are 1-based.
struct Event {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(String, plain: Bool)
        case sequenceStart, sequenceEnd, mappingStart, mappingEnd
    }

    var kind: Kind
    var anchor: String?
    var tag: String?
    var line: Int
    var column: Int
}

/// A parser over bytes that live as long as it does.
@safe final class EventStream {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        unsafe parser = .allocate(capacity: 1)
        unsafe parser.initialize(to: yaml_parser_t())
        unsafe input = .allocate(capacity: max(bytes.count, 1))
        _ = unsafe input.initialize(from: bytes)
        // Only fails when memory is exhausted; the parser then reports the error at the first
        // event.
        _ = unsafe yaml_parser_initialize(parser)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
        unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deinitialize(count: 1)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The next event; after `streamEnd` it must not be asked again.
    func next() throws(ConfigError) -> Event {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { unsafe yaml_event_delete(&event) }
        return unsafe copy(event)
    }

    private func copy(_ event: yaml_event_t) -> Event {
        var anchor: String?
        var tag: String?
        let kind: Event.Kind
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: kind = .documentEnd
        case YAML_ALIAS_EVENT: kind = .alias(unsafe text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let value = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            kind = unsafe .scalar(
                String(decoding: value, as: UTF8.self),
                plain: scalar.style == YAML_PLAIN_SCALAR_STYLE)
            anchor = unsafe text(scalar.anchor)
            tag = unsafe text(scalar.tag)
        case YAML_SEQUENCE_START_EVENT:
            kind = .sequenceStart
            anchor = unsafe text(event.data.sequence_start.anchor)
            tag = unsafe text(event.data.sequence_start.tag)
        case YAML_SEQUENCE_END_EVENT: kind = .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            kind = .mappingStart
            anchor = unsafe text(event.data.mapping_start.anchor)
            tag = unsafe text(event.data.mapping_start.tag)
        case YAML_MAPPING_END_EVENT: kind = .mappingEnd
        default: kind = .streamEnd
        }
        return unsafe Event(
            kind: kind, anchor: anchor, tag: tag, line: event.start_mark.line + 1,
            column: event.start_mark.column + 1)
    }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer = unsafe pointer else { return nil }
        return unsafe String(cString: pointer)
    }

    /// What the parser says is wrong, in terms that help.
    private func failure() -> ConfigError {
        let state = unsafe parser.pointee
        let problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "out of memory"
        let context = unsafe state.context.map { unsafe String(cString: $0) }
        if unsafe state.error == YAML_READER_ERROR {
            // Reader errors carry a byte offset and no mark.
            let before = bytes.prefix(unsafe state.problem_offset)
            let line = before.count { $0 == 0x0a } + 1
            let column = before.reversed().prefix { $0 != 0x0a }.count { $0 & 0xc0 != 0x80 } + 1
            return ConfigError(
                line: line, column: column, message: "YAML: " + problem,
                fix: "save the file as UTF-8")
        }
        return SyntaxAdvice.error(
            problem: problem, context: context, line: unsafe state.problem_mark.line + 1,
            column: unsafe state.problem_mark.column + 1,
            contextLine: unsafe state.context_mark.line + 1, bytes: bytes)
    }
}
