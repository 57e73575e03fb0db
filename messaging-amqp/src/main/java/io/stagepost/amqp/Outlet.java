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
import io.stagepost.amqp.AmqpSender.Sending;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends to one address, on a thread of its own, in the order of the calls. What a lost connection
 * left without an answer is sent again, before anything newer, until its time is over: so a key's
 * order holds, and a message that was stored, but whose answer was lost, is stored twice.
 */
final class Outlet {
  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Sender");
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final String address;
  private final AmqpSender sender;
  private final AmqpTopology topology;
  private final AmqpFailures failures;
  private final Duration timeout;
  private final LinkedBlockingQueue<Sending> waiting = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  /** Set when an answer did not come, and will not. */
  private volatile boolean broken;

  /** Written by the thread; answers look whether they are the present one's. */
  private volatile @Nullable Publisher publisher;

  // The thread's own.
  private int attempts;

  /** Handed to the client, in order. */
  private final Deque<Sending> unanswered = new ArrayDeque<>();

  /** To be sent before what is waiting. */
  private final Deque<Sending> again = new ArrayDeque<>();

  Outlet(
      String address,
      AmqpSender sender,
      AmqpTopology topology,
      AmqpFailures failures,
      Duration timeout) {
    this.address = address;
    this.sender = sender;
    this.topology = topology;
    this.failures = failures;
    this.timeout = timeout;
    this.thread = new Thread(this::run, "stagepost-amqp-to-" + address);
    thread.setDaemon(true);
    thread.start();
  }

  void send(Sending sending) {
    waiting.add(sending);
  }

  void close() {
    closed = true;
    thread.interrupt();
  }

  // ---- the thread

  private void run() {
    while (!closed) {
      try {
        Sending next = next();
        if (next != null && !next.isDone()) {
          sendInTime(next);
        }
      } catch (InterruptedException interrupted) {
        // by close(): the loop ends
      } catch (Error unexpected) { // what it was at waits for its time to be over
        LOG.log(
            Level.ERROR,
            () -> "SP-AMQP-018 Sending to " + address + " failed; it goes on",
            unexpected);
        broken = true;
      }
    }
    detach();
  }

  private @Nullable Sending next() throws InterruptedException {
    if (broken) {
      recover();
    }
    while (!unanswered.isEmpty() && unanswered.getFirst().isDone()) {
      unanswered.removeFirst();
    }
    Sending first = again.pollFirst();
    // while something is unanswered, what breaks must be seen soon
    return first != null
        ? first
        : waiting.poll(unanswered.isEmpty() ? 1_000 : 50, TimeUnit.MILLISECONDS);
  }

  /** What is unanswered is sent again, in its old order. */
  private void recover() {
    broken = false;
    detach();
    for (Iterator<Sending> all = unanswered.descendingIterator(); all.hasNext(); ) {
      Sending sending = all.next();
      if (!sending.isDone()) {
        again.addFirst(sending);
      }
    }
    unanswered.clear();
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

  /** Sends it; or what was sent before it first, if that is to be sent again. */
  private void sendInTime(Sending sending) throws InterruptedException {
    try {
      Publisher current = publisher == null ? attach() : publisher;
      if (broken) {
        again.addFirst(sending);
        return;
      }
      hand(current, sending);
      attempts = 0;
    } catch (MessagingException told) {
      fail(sending, told);
    } catch (RuntimeException failure) { // the client's, whose kinds are not all declared
      MessagingException its = failures.ofMessage(sending.message, failure);
      if (its == null && publisher == null && failure instanceof AmqpException refused) {
        its = failures.ofAttaching(address, refused); // it could not attach
      }
      if (its != null) {
        fail(sending, its);
        return;
      }
      LOG.log(
          failure instanceof AmqpException ? Level.DEBUG : Level.ERROR,
          () -> "SP-AMQP-018 Sending to " + address + " waits for the broker",
          failure);
      again.addFirst(sending); // behind what was sent before it
      recover();
      pause(attempts++);
    }
  }

  /** What was handed over once may be stored, whatever is said of it now. */
  private void fail(Sending sending, MessagingException why) {
    sending.completeExceptionally(
        sending.isHandedOver() ? failures.unknown(sending.message.address(), why) : why);
  }

  private void hand(Publisher to, Sending sending) {
    var message = AmqpMessages.write(to, sending.message);
    boolean before = sending.isHandedOver();
    if (!sending.handOver()) {
      return; // attaching has taken its time
    }
    unanswered.addLast(sending);
    try {
      to.publish(message, answer -> answered(to, sending, before, answer));
    } catch (RuntimeException failure) {
      unanswered.removeLast();
      if (failures.ofMessage(sending.message, failure) != null) {
        if (!before) {
          sending.takeBack(); // the client has not sent it
        }
      }
      throw failure;
    }
  }

  private static void pause(int attempt) throws InterruptedException {
    long millis = 20L << Math.min(attempt, 10);
    TimeUnit.MILLISECONDS.sleep(Math.min(millis, LONGEST_PAUSE.toMillis()));
  }

  private Publisher attach() {
    Connection connection = sender.connection();
    Publisher fresh;
    try {
      fresh = attach(connection);
    } catch (AmqpEntityDoesNotExistException missing) {
      if (!topology.createsMissing()) {
        throw missing;
      }
      topology.create(address);
      fresh = attach(sender.connection());
    }
    publisher = fresh;
    return fresh;
  }

  private Publisher attach(Connection connection) {
    topology.requireExchange(address); // else a denial, or before 4.3 its lack, costs the session
    try {
      return connection.publisherBuilder().exchange(address).publishTimeout(timeout).build();
    } catch (RuntimeException failure) {
      sender.drop(connection);
      throw failure;
    }
  }

  // ---- answers, on the client's thread

  private void answered(Publisher by, Sending sending, boolean before, Context answer) {
    Status status = answer.status();
    Throwable cause = answer.failureCause();
    if (status == Status.ACCEPTED) {
      sending.complete(new Receipt(address, ""));
    } else if (status == Status.RELEASED) {
      failed(sending, before || by != publisher, failures.unroutable(address));
    } else if (cause == null || cause instanceof AmqpMessageRejectedException) {
      failed(sending, before || by != publisher, failures.refused(address, cause));
    } else if (by == publisher) {
      broken = true; // nobody knows whether it is stored
    }
  }

  private void failed(Sending sending, boolean before, MessagingException why) {
    sending.completeExceptionally(before ? failures.unknown(sending.message.address(), why) : why);
  }
}
