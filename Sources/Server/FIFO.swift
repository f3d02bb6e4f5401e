/// A queue: elements leave in the order in which they came, each in constant time.
struct FIFO<Element> {
  private var elements: [Element?] = []
  private var head = 0

  init() {}

  var count: Int { elements.count - head }

  /// The element that leaves next.
  var first: Element? { head < elements.count ? elements[head] : nil }

  mutating func append(_ element: Element) { elements.append(element) }

  /// Removes the first element, if there is one.
  mutating func removeFirst() {
    guard head < elements.count else { return }
    elements[head] = nil
    head += 1
    // As many are moved, at most, as have left since the last time.
    if head * 2 > elements.count {
      elements.removeFirst(head)
      head = 0
    }
  }
}
