import Fixtures
import Glibc
import Linux
import Testing

/// A vault of which a part is damaged: which recovery points are whole can still be found out.
@Suite("Damage in one recovery point and not in the other", .serialized)
struct NeighbourDamageTests {
    /// The pack with the list of an image's blobs.
    private func treePack(_ snapshot: String, _ call: EndToEnd) throws -> String {
        let tree = try #require(try JSONObject(try call.restic("cat", "snapshot", snapshot))["tree"].string)
        let words = try call.restic("find", "--show-pack-id", "--tree", tree).split { !$0.isHexDigit }
        let packs = words.map(String.init).filter { Files.exists("\(call.repository)/data/\($0.prefix(2))/\($0)") }
        let pack = try #require(packs.first { $0.utf8.count == 64 })
        return "\(call.repository)/data/\(pack.prefix(2))/\(pack)"
    }

    @Test("an image is verified whatever has become of others")
    func images() throws {
        try EndToEnd.withReadyVault { call in
            try Layout.plainExt4.with(in: call.sandbox.path) { volume in
                try volume.write("file", "one")
                let first = try call.backup([volume.mountPoint])
                try volume.write("file", "two")
                let second = try call.backup([volume.mountPoint])
                let snapshot = try #require(first["vault"]["snapshot"].string)
                let pack = try treePack(snapshot, call)
                #expect(unlink(pack) == 0)
                let damaged = try call.remanso("verify", try #require(first["recoveryPoint"].string), "--json")
                #expect(damaged.status == 1)
                #expect(try damaged.json()["errors"][0]["code"].string == "RecoveryPointDamaged")
                let whole = try call.remanso("verify", try #require(second["recoveryPoint"].string))
                #expect(whole.status == 0, "\(whole.errors)")
            }
        }
    }
}
