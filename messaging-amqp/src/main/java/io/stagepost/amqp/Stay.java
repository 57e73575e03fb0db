package io.stagepost.amqp;

import com.rabbitmq.client.amqp.Consumer;
import com.rabbitmq.client.amqp.Consumer.BatchContext;
import com.rabbitmq.client.amqp.Consumer.Context;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Message;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The stay of one queue with one receiver, from attaching to it to detaching from it: an
 * assignment. Belongs to the receiver's thread, but for {@link #settled}.
 */
final class Stay {
  /** How many messages of a queue are with us and unsettled, at most. */
  static final int READ_AHEAD = 200;

  private static final Logger LOG = System.getLogger("io.stagepost.amqp.Receiver");

  /** So many lost connections while a message was unsettled are no coincidence. */
  static final int SUSPICIOUS = 3;

  private final String address;
  private final String queue;
  private final Assignment assignment;
  private final Semaphore process;

  /** How far it has come, if it reads a stream. */
  private final @Nullable StreamPosition position;

  private final java.util.function.Consumer<AmqpDelivery> onLived;
  private final Runnable onSettled;

  /** Told of what is to be moved to the ladder. */
  private final java.util.function.Consumer<AmqpDelivery> onMove;

  /** Received and not taken by the intake yet. */
  private final ArrayDeque<AmqpDelivery> held = new ArrayDeque<>();

  private final ConcurrentLinkedQueue<AmqpDelivery> settled = new ConcurrentLinkedQueue<>();
  private @Nullable Consumer consumer;
  private boolean refused;

  /** Whether the broker keeps a message until a time. */
  private volatile boolean puttingAside;

  /** Whether it must be moved elsewhere for that. */
  private boolean moving;

  /** What has the process to itself; its context is that of all events of the message. */
  private @Nullable AmqpDelivery suspect;

  /** Whether it is written down that the suspect begins. */
  private boolean witnessed;

  private long received;
  private long unsettled;
  private long receivedAtLastLook;

  /** Whether it is over: what is settled from now on changes nothing (D11). */
  private volatile boolean over;

  /**
   * A new stay, to be {@linkplain #attached attached}.
   *
   * @param process one permit: who has it handles a suspect, and nothing else begins meanwhile
   * @param position how far the receiver has come, if it is a stream
   * @param onLived told of a suspect that was settled
   * @param onSettled called when something was settled, from any thread
   * @param onMove told of what is to be {@linkplain #moved moved} to where the broker keeps it
   */
  Stay(
      String address,
      String queue,
      Semaphore process,
      @Nullable StreamPosition position,
      java.util.function.Consumer<AmqpDelivery> onLived,
      Runnable onSettled,
      java.util.function.Consumer<AmqpDelivery> onMove) {
    this.address = address;
    this.queue = queue;
    this.assignment = new Assignment(queue);
    this.process = process;
    this.position = position;
    this.onLived = onLived;
    this.onSettled = onSettled;
    this.onMove = onMove;
  }

  String address() {
    return address;
  }

  String queue() {
    return queue;
  }

  Assignment assignment() {
    return assignment;
  }

  @Nullable StreamPosition position() {
    return position;
  }

  /**
   * It has been attached.
   *
   * @param puttingAside whether the broker keeps a message until a time
   * @param moving whether it must be moved elsewhere for that
   */
  void attached(Consumer consumer, boolean puttingAside, boolean moving) {
    this.consumer = consumer;
    this.moving = moving;
    this.puttingAside = puttingAside && position == null;
  }

  boolean canPutAside() {
    return puttingAside && !over;
  }

  boolean isOver() {
    return over;
  }

  // ---- received, offered

  /**
   * A message has come.
   *
   * @param events one, unless it holds a batch
   * @param time when it was sent
   * @param offset where it lies in its stream; negative if it lies in a queue
   * @param losses how many connections were lost while it was unsettled
   * @param context settles it
   */
  void received(
      List<Message> events, @Nullable Instant time, long offset, long losses, Context context) {
    received++;
    unsettled++;
    if (!assignment.isHeld()) {
      return; // it goes back to the queue with all that is unsettled
    }
    boolean wanted = position == null || position.received(offset, time);
    if (!wanted || events.isEmpty()) {
      if (position != null) {
        position.settled(offset);
      }
      unsettled--;
      context.accept();
      return;
    }
    AtomicInteger left = new AtomicInteger(events.size());
    for (Message event : events) {
      held.add(new AmqpDelivery(event, time, this, context, offset, losses >= SUSPICIOUS, left));
    }
  }

  /** The intake has room again. */
  void roomAvailable() {
    refused = false;
  }

  /**
   * What is next, if it is suspect, nothing before it is unsettled, and it has the process to
   * itself from now on; else null.
   */
  @Nullable AmqpDelivery nextSuspect() {
    AmqpDelivery first = held.peekFirst();
    if (suspect != null || refused || first == null || !first.isSuspect()) {
      return null;
    }
    long waiting = held.stream().map(AmqpDelivery::context).distinct().count();
    if (waiting < unsettled || !process.tryAcquire()) {
      return null;
    }
    suspect = first;
    return first;
  }

  /** The suspect, if it was refused as a whole: it gives way, until the intake has room again. */
  @Nullable AmqpDelivery refusedSuspect() {
    AmqpDelivery alone = suspect;
    if (alone == null || !refused || held.peekFirst() != alone) {
      return null;
    }
    giveWay();
    return alone;
  }

  /** Whether the suspect has the process to itself and must not begin yet. */
  boolean isUnwitnessed(AmqpDelivery suspect) {
    return this.suspect == suspect && !witnessed;
  }

  /** The suspect, which has not begun, lets others have the process. */
  void giveWay() {
    if (leaveSuspect() != null) {
      process.release();
    }
  }

  /** It is written down that the suspect begins: it may be offered. */
  void witnessed(AmqpDelivery suspect, int deaths) {
    if (this.suspect == suspect) {
      witnessed = true;
      held.stream()
          .filter(each -> each.context() == suspect.context())
          .forEach(each -> each.blame(deaths));
    }
  }

  /**
   * Offers what it holds, unless the intake refused it and has had no room since.
   *
   * @return whether it waits for the process to be free
   */
  boolean offer(Intake intake) {
    if (held.isEmpty() || refused) {
      return false;
    }
    List<AmqpDelivery> next = new ArrayList<>(held.size());
    AmqpDelivery alone = suspect;
    if (alone != null) {
      if (!witnessed) {
        return false;
      }
      held.stream().filter(each -> each.context() == alone.context()).forEach(next::add);
    } else if (process.availablePermits() > 0) {
      for (AmqpDelivery each : held) {
        if (each.isSuspect()) {
          break;
        }
        next.add(each);
      }
    }
    if (next.isEmpty()) {
      return true;
    }
    int taken = intake.offer(next);
    for (int i = 0; i < taken; i++) {
      held.removeFirst();
    }
    refused = taken < next.size();
    return false;
  }

  // ---- settled

  /** From any thread. */
  void settled(AmqpDelivery delivery) {
    if (!over) {
      settled.add(delivery);
      onSettled.run();
    }
  }

  /** Tells the broker what was settled since, in as few frames as possible. */
  void flush() {
    List<AmqpDelivery> all = new ArrayList<>();
    for (AmqpDelivery next = settled.poll(); next != null; next = settled.poll()) {
      all.add(next);
    }
    if (over || all.isEmpty()) {
      return;
    }
    if (position != null) {
      all.forEach(delivery -> position.settled(delivery.offset()));
    }
    List<AmqpDelivery> accepted = new ArrayList<>(all.size());
    for (AmqpDelivery each : all) {
      Instant aside = each.aside();
      if (aside == null) {
        accepted.add(each);
      } else if (moving) {
        onMove.accept(each);
        continue;
      } else {
        each.context().delayedRetry(aside);
      }
      unsettled--;
    }
    if (accepted.size() == 1) {
      accepted.get(0).context().accept();
    } else if (!accepted.isEmpty()) {
      BatchContext batch = accepted.get(0).context().batch(accepted.size());
      accepted.forEach(delivery -> batch.add(delivery.context()));
      batch.accept();
    }
    AmqpDelivery alone = suspect;
    if (alone != null && all.stream().anyMatch(each -> each.context() == alone.context())) {
      leaveSuspect();
      process.release();
      onLived.accept(alone);
    }
  }

  /** What is to be put aside is held here, for a while. */
  void hold(boolean holding) {
    puttingAside = !holding;
  }

  /**
   * It is stored where the broker keeps it until it is time; or it could not be, and is held here.
   */
  void moved(AmqpDelivery delivery, boolean stored) {
    if (over) {
      return; // and redelivered
    }
    if (stored) {
      unsettled--;
      delivery.context().accept();
      return;
    }
    if (assignment.isHeld()) {
      held.add(delivery.again());
    }
  }

  private @Nullable AmqpDelivery leaveSuspect() {
    AmqpDelivery left = suspect;
    suspect = null;
    witnessed = false;
    return left;
  }

  // ---- looked after

  /** Whether a message has come since it was attached: then the broker has made it active. */
  boolean hasReceived() {
    return received > 0;
  }

  /** Whether nothing has come since the last look, and nothing is unsettled. */
  boolean isIdle() {
    boolean idle = received == receivedAtLastLook && unsettled == 0;
    receivedAtLastLook = received;
    return idle;
  }

  // ---- over

  /** Nothing of it is started any more. */
  void release() {
    assignment.release();
    held.clear();
  }

  /**
   * It is given back: what was settled until now is told, and no more.
   *
   * @return the suspect, which still has the process; null if there is none
   */
  @Nullable AmqpDelivery end() {
    release();
    Consumer ending = consumer;
    if (ending != null) {
      stopReceiving(ending);
    }
    flush();
    over = true;
    if (ending != null) {
      ending.close();
    }
    return leaveSuspect();
  }

  /**
   * What comes while the client closes is put back by it at once, and would be before what was
   * received earlier and goes back with the link.
   */
  private static void stopReceiving(Consumer consumer) {
    try {
      consumer.pause();
    } catch (RuntimeException closedAlready) {
      LOG.log(Level.DEBUG, "Pausing a consumer that is gone", closedAlready);
    }
  }

  /**
   * The connection, or the link, is gone.
   *
   * @return as {@link #end}
   */
  @Nullable AmqpDelivery lost() {
    over = true;
    release();
    settled.clear();
    return leaveSuspect();
  }

  @Override
  public String toString() {
    return queue;
  }
}
