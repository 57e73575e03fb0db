package io.stagepost.amqp;

/**
 * Who of a subscription's members is to have which of its queues: the one with the highest weight
 * there (rendezvous hashing, Thaler and Ravishankar 1998), so that a member that comes or goes
 * moves only the queues that it gets or had.
 */
final class Members {
  private Members() {}

  /** The weight of a member at a queue: positive, the same wherever it is computed. */
  static int weight(String member, String queue) {
    long mixed = 31L * member.hashCode() + queue.hashCode();
    // the finalizer of SplitMix64
    mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    mixed ^= mixed >>> 31;
    return 1 + (int) (mixed & 0x3fff_ffff);
  }
}
