// Addresses: each pod has its own on the loopback network, from its node's block, and each
// service a virtual one. Addresses are given out in a circle, so that one is not used again soon.

/// The cluster's addresses.
struct AddressPool {
    private var blocks: [String: Int] = [:]
    private var last: [Int: Int] = [:]
    private var used: Set<String> = []
    private var services = 0
    /// The second byte of the first 250 nodes' blocks.
    private let network: Int

    init(network: Int = 10) { self.network = network }

    /// The number of the node's block, in order of arrival.
    mutating func block(of node: String) -> Int {
        if let block = blocks[node] { return block }
        let block = blocks.count + 1
        blocks[node] = block
        return block
    }

    /// `127.10.<node>.254`. Above 250 nodes the second byte goes up.
    mutating func nodeAddress(_ node: String) -> String { address(block(of: node), 254) }

    private func address(_ block: Int, _ number: Int) -> String {
        "127.\(network + block / 250).\(block % 250).\(number)"
    }

    /// A free address of the node, `127.10.<node>.1` to `.250`; nil when all are taken.
    mutating func take(on node: String) -> String? {
        let block = block(of: node)
        var number = last[block] ?? 0
        for _ in 0..<250 {
            number = number % 250 + 1
            let candidate = address(block, number)
            if used.insert(candidate).inserted {
                last[block] = number
                return candidate
            }
        }
        return nil
    }

    mutating func release(_ address: String) { used.remove(address) }

    /// A virtual address for a service. Nothing listens on it.
    mutating func nextService() -> String {
        services += 1
        return "10.96.\(services / 250).\(services % 250 + 1)"
    }
}
