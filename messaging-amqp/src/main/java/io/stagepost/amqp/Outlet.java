package io.stagepost.amqp;

import com.rabbitmq.client.amqp.AmqpException;
import com.rabbitmq.client.amqp.AmqpException.AmqpEntityDoesNotExistException;
import com.rabbitmq.client.amqp.AmqpException.AmqpMessageRejectedException;
import com.rabbitmq.client.amqp.Connection;
import com.rabbitmq.client.amqp.Publisher;
import com.rabbitmq.client.amqp.Publisher.Context;
import com.rabbitmq.client.amqp.Publisher.Status;
import io.stagepost.MessagingException;
import io.stagepost.Receipt;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Sends to one address, in the order of the calls, and has a thread only while there is something
 * to be sent. What a lost connection left without an answer is sent again, before anything newer,
 * until its time is over: so a key's order holds, and a message that was stored, but whose answer
 * was lost, is stored twice.
 *
 * <p>What is wrong with the address is wrong for all: it fails together with whatever waits behind
 * it, so that nothing overtakes an earlier message of its key when the address is mended at that
 * moment. For the same reason the first message to a publisher goes alone: until it is stored,
 * nobody knows whether there is a queue yet.
 */
final class Outlet {
  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Sender");
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final String address;

  /** The queue that it is, instead of an exchange. */
  private final @Nullable String queue;

  private final AmqpSender sender;
  private final AmqpTopology topology;
  private final AmqpFailures failures;
  private final Duration timeout;
  private final Line line;
  private final Turns turns;

  /** Set when an answer did not come, and will not. */
  private volatile boolean broken;

  /** Written in turns; answers look whether they are the present one's. */
  private volatile @Nullable Publisher publisher;

  /** Whether the groups that are declared with it have been; belongs to the turns. */
  private boolean declared;

  /** Whether the present publisher has stored something. */
  private volatile boolean proven;

  /** What goes alone, while nothing is proven; belongs to the turns. */
  private @Nullable Sending trial;

  /** How often it was tried in vain since something was stored. */
  private volatile int attempts;

  /**
   * Has nothing to send yet.
   *
   * @param threads for its turns, which block
   */
  Outlet(
      String address,
      AmqpSender sender,
      AmqpTopology topology,
      AmqpFailures failures,
      Duration timeout,
      Executor threads,
      ScheduledExecutorService timer) {
    this.address = address;
    this.queue = Layout.queueAt(address);
    this.sender = sender;
    this.topology = topology;
    this.failures = failures;
    this.timeout = timeout;
    this.line = new Line(sender::isOpen);
    this.turns = new Turns(threads, timer, this::sendAll);
  }

  /** Does not block. False if the sender is closed. */
  boolean send(Sending sending) {
    boolean added = line.add(sending);
    if (added) {
      turns.wake();
    }
    return added;
  }

  boolean isAnswered() {
    return line.oldest() == null;
  }

  /** Gives up what began at that time or before; sees to it that the rest is sent. */
  void sweep(long began) {
    giveUp(began);
    if (!isAnswered()) {
      turns.wake();
    }
  }

  /** Gives up what began at that time or before. */
  void giveUp(long began) {
    for (Sending oldest = line.oldest();
        oldest != null && oldest.began - began <= 0;
        oldest = line.oldest()) {
      oldest.giveUp(failures, timeout);
    }
  }

  // ---- in turns

  /** Returns how long to wait before it tries again. */
  private Duration sendAll() {
    try {
      while (sender.isServing()) {
        if (broken) {
          recover();
          return pause();
        }
        Sending alone = trial;
        if (!proven && alone != null && !alone.isDone()) {
          break; // until it is answered
        }
        Sending next = line.next();
        if (next == null) {
          break;
        }
        Duration pause = sendInTime(next);
        if (!pause.isZero()) {
          return pause;
        }
      }
      return Duration.ZERO;
    } catch (RuntimeException | Error unexpected) {
      LOG.log(
          Level.ERROR,
          () -> "SP-AMQP-018 Sending to " + address + " failed; it goes on",
          unexpected);
      broken = true;
      return pause();
    }
  }

  /** What is not answered is sent again. */
  private void recover() {
    broken = false;
    detach();
    line.rewind();
  }

  private void detach() {
    Publisher closing = publisher;
    publisher = null;
    if (closing != null) {
      try {
        closing.close();
      } catch (RuntimeException alreadyGone) {
        LOG.log(Level.DEBUG, "Closing a publisher that is gone", alreadyGone);
      }
    }
  }

  /**
   * Sends it; or what was sent before it first, if that is to be sent again.
   *
   * @return how long to wait before the next
   */
  private Duration sendInTime(Sending sending) {
    try {
      Publisher current = publisher == null ? attach() : publisher;
      if (!broken) {
        hand(current, sending);
      }
    } catch (BrokerSilentException silent) { // which may end in time, as if it were away
      LOG.log(
          Level.DEBUG, () -> "SP-AMQP-018 Sending to " + address + " waits for the broker", silent);
      recover();
      return pause();
    } catch (MessagingException told) {
      if (publisher == null) { // it could not attach
        failAll(sending, told);
      } else {
        fail(sending, told);
      }
    } catch (RuntimeException failure) { // the client's, whose kinds are not all declared
      MessagingException its = failures.ofMessage(sending.message, failure);
      if (its != null) {
        fail(sending, its);
        return Duration.ZERO;
      }
      if (publisher == null && failure instanceof AmqpException refused) {
        its = failures.ofAttaching(address, refused); // it could not attach
      }
      if (its != null) {
        failAll(sending, its);
        return Duration.ZERO;
      }
      LOG.log(
          failure instanceof AmqpException || !sender.isServing() ? Level.DEBUG : Level.ERROR,
          () -> "SP-AMQP-018 Sending to " + address + " waits for the broker",
          failure);
      recover();
      return pause();
    }
    return Duration.ZERO;
  }

  private Duration pause() {
    int tried = attempts;
    attempts = tried + 1;
    Duration pause = Duration.ofMillis(20L << Math.min(tried, 10));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  /** What was handed over once may be stored, whatever is said of it now. */
  private void fail(Sending sending, MessagingException why) {
    failed(sending, sending.isHandedOver(), why);
  }

  private void failAll(Sending first, MessagingException why) {
    fail(first, why);
    line.takeWaiting().forEach(waiting -> fail(waiting, why));
  }

  private void hand(Publisher to, Sending sending) {
    var message = AmqpMessages.write(to, sending.message);
    boolean before = sending.isHandedOver();
    if (!sending.handOver()) {
      return; // attaching has taken its time
    }
    if (!proven) {
      trial = sending;
    }
    try {
      to.publish(message, answer -> answered(to, sending, before, answer));
    } catch (RuntimeException failure) {
      if (!before && failures.ofMessage(sending.message, failure) != null) {
        sending.takeBack(); // the client has not sent it
      }
      throw failure;
    }
  }

  private Publisher attach() {
    if (!declared && queue == null) { // others may have begun to, and not be done
      topology.createGroups(address);
      declared = true;
    }
    Connection connection = sender.connection().get();
    Publisher fresh;
    try {
      fresh = attach(connection);
    } catch (AmqpEntityDoesNotExistException missing) {
      if (!topology.createsMissing()) {
        throw missing;
      }
      topology.create(address);
      fresh = attach(sender.connection().get());
    }
    proven = false;
    trial = null;
    publisher = fresh;
    return fresh;
  }

  private Publisher attach(Connection connection) {
    if (queue != null) { // what is not there releases what is sent to it
      return connection.publisherBuilder().queue(queue).publishTimeout(timeout).build();
    }
    topology.requireExchange(address); // else a denial, or before 4.3 its lack, costs the session
    try {
      return connection.publisherBuilder().exchange(address).publishTimeout(timeout).build();
    } catch (RuntimeException failure) {
      sender.connection().drop(connection);
      throw failure;
    }
  }

  // ---- answers, on the client's thread

  private void answered(Publisher by, Sending sending, boolean before, Context answer) {
    Status status = answer.status();
    Throwable cause = answer.failureCause();
    if (status == Status.ACCEPTED) {
      sending.complete(new Receipt(address, ""));
      line.remove(sending);
      if (attempts != 0) {
        attempts = 0;
      }
      if (!proven) {
        proven = by == publisher;
        turns.wake();
      }
    } else if (status == Status.RELEASED) {
      MessagingException unroutable = failures.unroutable(address);
      failed(sending, before || by != publisher, unroutable);
      line.takeWaiting().forEach(waiting -> fail(waiting, unroutable));
      turns.wake();
    } else if (cause == null || cause instanceof AmqpMessageRejectedException) {
      failed(sending, before || by != publisher, failures.refused(address, cause));
      turns.wake();
    } else if (by == publisher) {
      broken = true; // nobody knows whether it is stored
      turns.wake();
    }
  }

  private void failed(Sending sending, boolean before, MessagingException why) {
    sending.completeExceptionally(before ? failures.unknown(address, why) : why);
    line.remove(sending);
  }
}
