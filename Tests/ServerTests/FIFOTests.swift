import SeededInputs
import Testing

@testable import Server

@Suite("A queue")
struct FIFOTests {
  @Test("Elements leave in the order in which they came", arguments: 1...20)
  func order(seed: UInt64) {
    var random = Seeded(seed)
    var queue = FIFO<Int>()
    var model: [Int] = []
    for element in 0..<500 {
      if Int.random(in: 0..<5, using: &random) < (element < 250 ? 3 : 1) {
        queue.append(element)
        model.append(element)
      } else {
        queue.removeFirst()
        if !model.isEmpty { model.removeFirst() }
      }
      #expect(queue.count == model.count)
      #expect(queue.first == model.first)
    }
  }
}
