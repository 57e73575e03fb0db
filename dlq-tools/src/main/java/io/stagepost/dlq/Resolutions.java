package io.stagepost.dlq;

import io.stagepost.dlq.Entry.Kind;
import java.util.Map;
import java.util.Optional;

/**
 * Which letters of an address have been dealt with, as the ledger said when it was asked. Not
 * thread-safe.
 */
public final class Resolutions {
  private final Ledger.State state;

  private Resolutions(Ledger.State state) {
    this.state = state;
  }

  /**
   * Reads the ledger.
   *
   * @param ledger it stays the caller's, and must be there
   * @param address the dead-letter address
   * @return as of now
   */
  public static Resolutions of(Ledger ledger, String address) {
    return new Resolutions(ledger.state(address));
  }

  /**
   * Where there is no ledger.
   *
   * @return nothing was dealt with
   */
  public static Resolutions none() {
    return new Resolutions(new Ledger.State());
  }

  /**
   * How a letter was dealt with.
   *
   * @param letter one of the address
   * @return empty if it was not
   */
  public Optional<Kind> of(Letter letter) {
    return Optional.ofNullable(state.resolution(letter));
  }

  /**
   * How many letters that still lie there have been dealt with.
   *
   * @param first the first position of each partition that holds any; those before it are gone
   * @return how many
   */
  public long count(Map<String, Long> first) {
    Positions resolved = new Positions();
    state.forEachResolved(resolved::addAll);
    long[] count = {0};
    resolved.forEach(
        (partition, range) -> {
          Long beginning = first.get(partition);
          if (beginning != null) {
            count[0] += Math.max(0, range.last() - Math.max(range.first(), beginning) + 1);
          }
        });
    return count[0];
  }
}
