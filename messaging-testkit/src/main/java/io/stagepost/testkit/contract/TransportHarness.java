package io.stagepost.testkit.contract;

import io.stagepost.spi.Message;
import io.stagepost.spi.Transport;
import java.time.Duration;
import java.util.Map;

/**
 * What the contract suite needs of a transport: connections to one broker, addresses there, and the
 * faults that the rules speak of. Thread-safe.
 *
 * <p>A fault that cannot be caused is declared by {@link #cannot()}; its method may then throw. The
 * tests that need it are reported as aborted, with the reason: never as passed.
 */
public interface TransportHarness extends AutoCloseable {
  /** What may go wrong around a transport. */
  enum Fault {
    /** A consumer disappears without a good-bye: {@link #crash(Transport)}. */
    CRASH,
    /** What members hold is taken from them: {@link #loseAssignments(String)}. */
    LOST_ASSIGNMENT,
    /** The broker stops and starts again: {@link #stoppable()}. */
    OUTAGE,
    /** The broker refuses a message for its size: {@link #tooLarge(String)}. */
    TOO_LARGE
  }

  /** What a connection does about addresses that are missing. */
  enum Provisioning {
    /** It creates them, at the start of a subscription or at the first publish. */
    CREATE,
    /** It tells of them at the start of a subscription, and refuses to publish there. */
    VERIFY,
    /** It does not look at the start of a subscription, and refuses to publish there. */
    TRUST
  }

  /** A broker of the test's own, which it stops and starts again. */
  interface StoppableBroker extends AutoCloseable {
    /**
     * A new connection to it.
     *
     * @return closed by the suite, also while the broker is stopped
     */
    Transport connect();

    /** Stops it. Returns when nobody is answered any more. */
    void stop();

    /** Starts it again, with what was confirmed before. Returns when it answers. */
    void start();

    /** Ends it and removes what it left. */
    @Override
    void close();
  }

  /**
   * A new connection to the broker.
   *
   * @param provisioning what it does about addresses that are missing
   * @return closed by the suite
   */
  Transport connect(Provisioning provisioning);

  /**
   * A name that no other test uses, legal for an address, and not created.
   *
   * @param hint what it begins with: lower-case letters
   * @return the name
   */
  String missing(String hint);

  /**
   * Creates an address, with four partitions or queues where the transport has such, so that the
   * members of a subscription can share it.
   *
   * @param address a name from {@link #missing(String)}, or one that a {@link io.stagepost.Policy}
   *     made of it
   */
  void create(String address);

  /**
   * Declares a subscription of an address, so that it gets what is published from now on. For
   * transports whose channels keep their events it is nothing to do.
   *
   * @param address it exists
   * @param subscription the subscription's name
   */
  default void declare(String address, String subscription) {}

  /**
   * How long to wait at most for what must happen. A test that passes rarely waits long.
   *
   * @return 30 s unless overridden
   */
  default Duration patience() {
    return Duration.ofSeconds(30);
  }

  /**
   * How long to watch that something does not happen: longer than the transport takes to make a
   * settlement durable, or to give an address to another member.
   *
   * @return 2 s unless overridden
   */
  default Duration quiet() {
    return Duration.ofSeconds(2);
  }

  /**
   * The faults that this harness cannot cause.
   *
   * @return each with the reason; empty unless overridden
   */
  default Map<Fault, String> cannot() {
    return Map.of();
  }

  /**
   * Makes a connection disappear as a killed process would: from the return of this call on, none
   * of its settlements becomes durable any more, and the broker gives what it held to other members
   * in a while. Closing the connection later, or the subscriptions on it, must be quick and must
   * not undo that.
   *
   * @param connection from {@link #connect(Provisioning)}
   */
  void crash(Transport connection);

  /**
   * Takes everything that the members of a subscription hold away from them, without asking: as if
   * their sessions had expired or their connections had been cut. They come back by themselves, and
   * get their share anew.
   *
   * @param subscription the subscription's name
   */
  void loseAssignments(String subscription);

  /**
   * A broker of the test's own.
   *
   * @return running
   */
  StoppableBroker stoppable();

  /**
   * A message that the broker, or the client before it, refuses for its size.
   *
   * @param address where to; it exists
   * @return the message
   */
  Message tooLarge(String address);

  /** Frees what the harness holds. Does nothing unless overridden. */
  @Override
  default void close() {}
}
