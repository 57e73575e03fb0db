package io.stagepost.spi;

import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a transport can do, as data: everything, but for what it declares to lack. The contract
 * suite then asserts the weaker behaviour, and start-up checks refuse what depends on it.
 * Immutable.
 */
public final class Capabilities {
  /** Something that a transport may lack. */
  public enum Capability {
    /** A publish to an address that routes nowhere fails (rule D02). */
    REFUSES_UNROUTABLE,
    /** Messages of equal key arrive in the order in which they were sent (D04). */
    ORDERED_KEYS,
    /** An assignment is handed over once its running handlers have ended (D04). */
    ORDERLY_HAND_OVER,
    /** A lane at its share pauses its own partition or queue; the others flow (D09). */
    PARTIAL_PAUSE,
    /** Headers may repeat, and keep their order (D14). */
    REPEATED_HEADERS,
    /** A body of null and one of no bytes are told apart (D14). */
    NULL_BODY,
    /** Dead letters can be read without being consumed; without it {@link Browser} throws. */
    BROWSING,
    /**
     * A channel keeps its messages whoever has settled them: they can be browsed, and a new
     * subscription begins with the oldest. Without it, a message is for the subscriptions that are
     * declared when it is published.
     */
    KEEPS_EVENTS,
    /** What lies at the head of an address can be deleted: {@link TopologyAdmin#truncate}. */
    TRUNCATING,
    /**
     * The number of unsettled messages is known; without it {@link TopologyAdmin#lag}, {@link
     * TopologyAdmin#backlog} and {@link TopologyAdmin#depth} count only what no member has received
     * yet, or throw.
     */
    LAG
  }

  private static final Capabilities FULL = new Capabilities(new EnumMap<>(Capability.class));

  private final EnumMap<Capability, String> lacking;

  private Capabilities(EnumMap<Capability, String> lacking) {
    this.lacking = lacking;
  }

  /**
   * All of them.
   *
   * @return lacking nothing
   */
  public static Capabilities full() {
    return FULL;
  }

  /**
   * A copy without one.
   *
   * @param capability what is lacking
   * @param reason why, in a few words for the table of rules and transports
   * @return the copy
   */
  public Capabilities without(Capability capability, String reason) {
    EnumMap<Capability, String> all = new EnumMap<>(lacking);
    all.put(capability, reason);
    return new Capabilities(all);
  }

  /**
   * Whether the transport has it.
   *
   * @param capability what is asked for
   * @return false if it was declared to be lacking
   */
  public boolean has(Capability capability) {
    return !lacking.containsKey(capability);
  }

  /**
   * Why the transport lacks it.
   *
   * @param capability what is asked for
   * @return null if it has it
   */
  public @Nullable String whyLacking(Capability capability) {
    return lacking.get(capability);
  }

  @Override
  public String toString() {
    return lacking.isEmpty() ? "full" : "lacking " + Map.copyOf(lacking);
  }
}
