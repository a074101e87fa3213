import Applications
import Testing

@Suite struct SharedTests {
    @Test func everyTypeHasItsOwnName() {
        let types = Applications.all.map(\.type)
        #expect(Set(types).count == types.count)
        for type in types { #expect(Applications.kind(type)?.type == type) }
    }
}
