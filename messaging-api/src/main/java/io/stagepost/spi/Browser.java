package io.stagepost.spi;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads stored messages without consuming them: for tools and checks. It joins no group and settles
 * nothing. Thread-safe.
 */
public interface Browser {
  /**
   * Visits what is selected of what an address holds at the time of the call, oldest first within
   * each partition. Blocks until all was visited, and holds no more in memory than the transport
   * fetches ahead. What vanishes meanwhile (by retention, say) is passed over.
   *
   * @param what which messages
   * @param visitor called on the caller's thread; what it throws ends the visit
   */
  void browse(Selection what, Visitor visitor);

  /**
   * Visits every message that an address holds at the time of the call.
   *
   * @param address the topic or stream
   * @param visitor called on the caller's thread; what it throws ends the visit
   */
  default void browse(String address, Consumer<StoredMessage> visitor) {
    browse(
        Selection.of(address),
        stored -> {
          visitor.accept(stored);
          return true;
        });
  }

  /**
   * One message, by where it lies.
   *
   * @param address as in its {@link Origin}
   * @param partition as in its origin
   * @param position as in its origin
   * @return empty if it lies there no longer, or never did
   */
  default Optional<StoredMessage> find(String address, String partition, String position) {
    AtomicReference<@Nullable StoredMessage> first = new AtomicReference<>();
    browse(
        Selection.of(address).from(partition, position).limit(1),
        stored -> {
          first.set(stored);
          return false;
        });
    return Optional.ofNullable(first.get())
        .filter(stored -> stored.origin().position().equals(position));
  }

  /**
   * Where what comes to an address from now on lies. No clock has a part in it.
   *
   * @param address the topic or stream
   * @return by partition, as an {@link Origin} names it, the position of the next message
   */
  Map<String, String> ends(String address);

  /** Is shown one message after another. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Looks at a message.
     *
     * @param stored what lies there
     * @return whether to go on; false ends the visit
     */
    boolean visit(StoredMessage stored);
  }

  /**
   * Which messages of an address are visited: all, unless narrowed. Immutable.
   *
   * @param address the topic or stream
   * @param partition the only partition to look at; null for all
   * @param position the first position in that partition; null for its beginning
   * @param since begins in each partition with the first message that is not older; null for the
   *     beginning. Where publishers set the time, a later message may be older again
   * @param limit how many at most
   */
  record Selection(
      String address,
      @Nullable String partition,
      @Nullable String position,
      @Nullable Instant since,
      long limit) {

    /**
     * Refuses a position without a partition.
     *
     * @param address the topic or stream
     * @param partition the only partition to look at; null for all
     * @param position the first position in that partition; null for its beginning
     * @param since begins with the first message that is not older; null for the beginning
     * @param limit how many at most
     */
    public Selection {
      if (position != null && partition == null) {
        throw new IllegalArgumentException(
            "The position " + position + " of " + address + " is in no partition; name it.");
      }
    }

    /**
     * Everything.
     *
     * @param address the topic or stream
     * @return the selection
     */
    public static Selection of(String address) {
      return new Selection(address, null, null, null, Long.MAX_VALUE);
    }

    /**
     * A copy narrowed to a partition.
     *
     * @param only as an {@link Origin} names it
     * @return the copy
     */
    public Selection partition(String only) {
      return new Selection(address, only, null, since, limit);
    }

    /**
     * A copy narrowed to a partition, from a position on.
     *
     * @param only the partition, as an {@link Origin} names it
     * @param first the first position, as an origin names it; what is gone by now is passed over
     * @return the copy
     */
    public Selection from(String only, String first) {
      return new Selection(address, only, first, since, limit);
    }

    /**
     * A copy that leaves out what is older.
     *
     * @param time where to begin in each partition
     * @return the copy
     */
    public Selection since(Instant time) {
      return new Selection(address, partition, position, time, limit);
    }

    /**
     * A copy with a bound.
     *
     * @param messages how many at most, of all partitions together
     * @return the copy
     */
    public Selection limit(long messages) {
      return new Selection(address, partition, position, since, messages);
    }
  }
}
