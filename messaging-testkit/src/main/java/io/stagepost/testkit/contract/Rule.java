package io.stagepost.testkit.contract;

/**
 * A rule of the delivery contract, in a few words; {@code docs/delivery-contract.md} has them all.
 */
enum Rule {
  D01("a publish is confirmed, rejected or unknown, and a confirmed event is stored"),
  D02("an address that routes nowhere fails the publish"),
  D03("settled only when its outcome is final; a crash redelivers, never loses"),
  D04("per key in order and one at a time, through retries and hand-overs"),
  D05("what cannot be decoded is dead-lettered as it is, and the channel goes on"),
  D06("settled only when its dead letter is confirmed"),
  D07("an inbox lets an event take effect once", Part.STORES),
  D08("an outbox publishes what was committed, and nothing else", Part.STORES),
  D09("in flight is bounded by count, bytes and a lane's share"),
  D10("closing drains, settles what ended, leaves the rest"),
  D11("late completions of a lost assignment change nothing"),
  D12("a subscription probes instead of dead-lettering a healthy backlog", Part.ENGINES),
  D13("an expired event is not handled", Part.ENGINES),
  D14("headers, key, attributes and body survive byte for byte"),
  D15("what is replayed keeps its id and source"),
  D16("a trace goes on through publish, dead letter and replay"),
  D17("deadlines travel, and are inherited"),
  D18("an overdue handler is cancelled and holds its lane until it ends", Part.ENGINES),
  D19("what is wrong at start is told at start, all at once"),
  D20("pressure is visible before failure");

  /** Whose rule it is. */
  enum Part {
    /** The transport has a part in it. */
    TRANSPORTS,
    /** The engine keeps it over any transport; the suite proves that. */
    ENGINES,
    /** Inbox and outbox keep it; no transport has a part in it. */
    STORES
  }

  final String promise;
  final Part part;

  Rule(String promise) {
    this(promise, Part.TRANSPORTS);
  }

  Rule(String promise, Part part) {
    this.promise = promise;
    this.part = part;
  }

  /** What the names of its tests begin with. */
  String prefix() {
    return name().toLowerCase(java.util.Locale.ROOT) + "_";
  }
}
