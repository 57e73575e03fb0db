package io.stagepost;

/**
 * How a subscription shares itself out among the channels that it consumes, when there is more to
 * do than it can do at once. A channel has one priority, and so each event type of another priority
 * needs a channel of its own: the order of a key is an order within its channel, and no priority
 * changes it.
 *
 * <ul>
 *   <li>When events of several priorities wait, their tries start in proportion to their
 *       {@linkplain #weight() weights}: bulk is slowed down by what is urgent, never stopped.
 *   <li>A tenth of the handlers, at least one, is left to each higher priority that the
 *       subscription has, so that what is urgent need not wait for slow handlers of bulk.
 *   <li>A tenth of the events and bytes in flight, at least one event, is left to each other
 *       priority, so that no backlog keeps the others out.
 * </ul>
 *
 * <p>A subscription with one priority, whichever it is, has everything for it.
 *
 * @see EventType#priority(Priority)
 */
public enum Priority {
  /** Comes first: sixteen starts for one of bulk. */
  URGENT(16),

  /** What an event type has unless told otherwise: four starts for one of bulk. */
  NORMAL(4),

  /** Can wait. */
  BULK(1);

  private final int weight;

  Priority(int weight) {
    this.weight = weight;
  }

  /**
   * How many tries start while one of bulk does, if all priorities have some waiting.
   *
   * @return 16, 4 or 1
   */
  public int weight() {
    return weight;
  }
}
