package io.stagepost.testkit;

import io.stagepost.MessagingException;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishUnknownException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an in-memory broker does wrong, at the test's command. It concerns every connection to that
 * broker; what concerns one connection, such as {@link InMemoryTransport#disconnect()}, is a method
 * of it. {@link #end()} ends all that lasts.
 *
 * <p>Thread-safe.
 */
public final class Faults {
  /** How a publish fails. */
  public enum PublishFault {
    /** Rejected for the message's own fault, as one that is too large. Not stored. */
    REJECTED_FOR_MESSAGE,
    /** Rejected for the surroundings' fault, as one without access. Not stored. */
    REJECTED_FOR_SURROUNDINGS,
    /** No answer, although it is stored. */
    UNKNOWN_BUT_STORED,
    /** No answer, and it is not stored. */
    UNKNOWN_NOT_STORED;

    MessagingException failure(String address) {
      String what = "A test wants this publish to " + address + " to fail: " + name() + ".";
      return switch (this) {
        case REJECTED_FOR_MESSAGE ->
            new PublishRejectedException(
                "SP-TEST-021", what, PublishRejectedException.Fault.MESSAGE, null);
        case REJECTED_FOR_SURROUNDINGS ->
            new PublishRejectedException(
                "SP-TEST-021", what, PublishRejectedException.Fault.SURROUNDINGS, null);
        case UNKNOWN_BUT_STORED, UNKNOWN_NOT_STORED ->
            new PublishUnknownException("SP-TEST-021", what, null);
      };
    }
  }

  private final Broker broker;

  // Guarded by the broker's lock.
  private final ArrayDeque<PublishFault> next = new ArrayDeque<>();
  private final Map<String, PublishFault> outages = new HashMap<>();
  private @Nullable List<Runnable> held;
  private int duplicates;

  private volatile Duration sendDelay = Duration.ZERO;
  private volatile Duration deliveryDelay = Duration.ZERO;

  Faults(Broker broker) {
    this.broker = broker;
  }

  // ---- publishing ------------------------------------------------------------------------------

  /**
   * Lets the next publishes fail, to whatever address, dead letters included. Calls add up.
   *
   * @param count how many
   * @param how how they fail
   */
  public void failNextPublishes(int count, PublishFault how) {
    broker.locked(
        () -> {
          for (int i = 0; i < count; i++) {
            next.add(how);
          }
        });
  }

  /**
   * Lets every publish to an address fail until {@link #endOutage(String)}.
   *
   * @param address the address
   * @param how how they fail
   */
  public void outage(String address, PublishFault how) {
    broker.locked(() -> outages.put(address, how));
  }

  /**
   * Ends an outage. Does nothing if there is none.
   *
   * @param address the address
   */
  public void endOutage(String address) {
    broker.locked(() -> outages.remove(address));
  }

  /**
   * Stores what is published but keeps the confirmations, until {@link #releaseConfirmations()}. A
   * publish whose confirmation is held longer than its timeout completes as unknown. With a manual
   * clock do not join it before that: the thread that would wait is the one that has to go on.
   */
  public void holdConfirmations() {
    broker.locked(() -> held = held == null ? new ArrayList<>() : held);
  }

  /** Gives the confirmations that were held, in order, and holds no more. */
  public void releaseConfirmations() {
    List<Runnable> released =
        broker.lockedGet(
            () -> {
              List<Runnable> kept = held == null ? List.<Runnable>of() : held;
              held = null;
              return kept;
            });
    released.forEach(broker.loop::confirm);
  }

  /**
   * Lets each confirmation come late.
   *
   * @param delay how late; zero to end it
   */
  public void slowConfirmations(Duration delay) {
    sendDelay = delay;
  }

  // ---- delivering ------------------------------------------------------------------------------

  /**
   * Lets time pass between two deliveries of a partition.
   *
   * @param pause how much; zero to end it
   */
  public void slowDeliveries(Duration pause) {
    deliveryDelay = pause;
  }

  /**
   * Lets the next messages that are fetched be delivered twice, one delivery behind the other.
   *
   * @param count how many
   */
  public void duplicateNextDeliveries(int count) {
    broker.locked(() -> duplicates += count);
  }

  /**
   * Takes every partition from the members of a subscription, in order, and gives them out anew:
   * each waits for its running handlers, up to the drain limit (rule D04).
   *
   * @param subscription its name
   */
  public void rebalance(String subscription) {
    Group group = broker.known(subscription);
    broker.loop.call(group::rebalance);
  }

  /**
   * Takes every partition from the members of a subscription without waiting, as when their
   * sessions expire, and gives them out anew. What was settled but not yet committed is delivered
   * again, see {@link InMemoryTransport.Builder#commitEvery(Duration)}.
   *
   * @param subscription its name
   */
  public void loseAssignments(String subscription) {
    Group group = broker.known(subscription);
    broker.loop.call(() -> group.lose(progress -> {}));
  }

  /**
   * Delivers again all that is stored, settled or not, as after an operator has set a group back.
   * The members lose their assignments over it.
   *
   * @param subscription its name
   */
  public void redeliver(String subscription) {
    Group group = broker.known(subscription);
    broker.loop.call(() -> group.lose(progress -> progress.rewind(progress.partition.begin())));
  }

  /** Ends every fault that lasts, and those that were ordered and have not happened. */
  public void end() {
    broker.locked(
        () -> {
          next.clear();
          outages.clear();
          duplicates = 0;
        });
    sendDelay = Duration.ZERO;
    deliveryDelay = Duration.ZERO;
    releaseConfirmations();
  }

  // ---- for the broker, under its lock

  @Nullable PublishFault next(String address) {
    PublishFault outage = outages.get(address);
    return outage == null ? next.poll() : outage;
  }

  /** Keeps a confirmation if they are held. */
  boolean holds(Runnable confirmation) {
    return held != null && held.add(confirmation);
  }

  boolean duplicates() {
    if (duplicates == 0) {
      return false;
    }
    duplicates--;
    return true;
  }

  // ---- for the broker

  Duration sendDelay() {
    return sendDelay;
  }

  Duration deliveryDelay() {
    return deliveryDelay;
  }
}
