package io.stagepost;

import io.stagepost.Breakers.Pass;
import io.stagepost.PublishLimits.WhenFull;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Sender;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The gate between the publish road and the transport's sender:
 *
 * <pre>
 *   expired? ─▶ address broken? ─▶ room? ─▶ send ─▶ confirm: leave the room
 *                                    └─▶ wait in line
 * </pre>
 *
 * <p>A publish is in the room from before it is sent until the sender has answered, and no longer
 * or shorter: whatever becomes of the caller's future meanwhile. Thread-safe.
 *
 * <p>The sender answers within the publish timeout by its own contract, so an ordinary publish has
 * no timer. One that had to wait, or expires before, has: its future completes at its deadline.
 */
final class PublishGate {
  /** Set on a thread while it completes publishes: what it publishes then must not block it. */
  private static final ThreadLocal<@Nullable Boolean> COMPLETING = new ThreadLocal<>();

  private final Sender sender;
  private final Duration timeout;
  private final WhenFull whenFull;
  private final InstantSource clock;
  private final ScheduledExecutorService scheduler;
  private final Observers observers;
  private final PublishRoom room;
  private final Breakers breakers;

  PublishGate(
      Sender sender,
      Duration timeout,
      PublishLimits limits,
      InstantSource clock,
      LongSupplier ticker,
      ScheduledExecutorService scheduler,
      Observers observers) {
    this.sender = sender;
    this.timeout = timeout;
    this.whenFull = limits.whenFull();
    this.clock = clock;
    this.scheduler = scheduler;
    this.observers = observers;
    this.room = new PublishRoom(limits.inFlight(), limits.inFlightBytes());
    this.breakers = new Breakers(limits.brokenAfter(), limits.brokenFor(), ticker);
  }

  /** Sends a message, at most until it expires; null if it does not. */
  CompletableFuture<Receipt> send(Message message, @Nullable Instant expiry) {
    Passage passage = new Passage(message);
    Duration left = expiry == null ? timeout : Duration.between(clock.instant(), expiry);
    if (left.isNegative() || left.isZero()) {
      passage.refuse(PublishRefusals.expired(message, expiry));
    } else if (!passage.mayTry()) {
      passage.refuse(PublishRefusals.broken(message));
    } else if (room.enter(passage.bytes)) {
      if (left.compareTo(timeout) < 0) {
        passage.expireAfter(left);
      }
      passage.send();
    } else if (whenFull == WhenFull.FAIL) {
      passage.refuse(PublishRefusals.full(message));
    } else {
      passage.expireAfter(left.compareTo(timeout) < 0 ? left : timeout);
      passage.waitForRoom();
    }
    return passage;
  }

  /**
   * Lets what was told to wait finish, at most for the publish timeout, and turns away all else.
   * What is in flight is the sender's to wait for.
   */
  void close() {
    room.close(COMPLETING.get() == null ? timeout.toNanos() : 0);
  }

  Health.Publishing health() {
    return new Health.Publishing(room.pressure(), room.messages(), room.bytes(), breakers.broken());
  }

  private static long size(Message message) {
    byte[] key = message.key();
    byte[] body = message.body();
    long size = (key == null ? 0L : key.length) + (body == null ? 0 : body.length);
    for (Header header : message.headers()) {
      byte[] value = header.value();
      size += header.name().length() + (value == null ? 0 : value.length);
    }
    return size;
  }

  private enum Turn {
    WAITING,
    ADMITTED,
    REFUSED
  }

  /**
   * One publish on its way: what its caller holds, what stands in line, what the sender answers.
   */
  private final class Passage extends CompletableFuture<Receipt>
      implements PublishRoom.Waiter, BiConsumer<@Nullable Receipt, @Nullable Throwable> {
    private final Message message;
    private final long bytes;

    /** When it began; told only to observers. */
    private final long began;

    /** Whether they are still to be told that it ended; null if there are none. */
    private final @Nullable AtomicBoolean told;

    private Pass pass = Pass.FREELY;
    private @Nullable Future<?> timer;

    /** The caller's, while it waits for room; null if that may not block. */
    private @Nullable Thread thread;

    /** Whether that thread may go on, and how. */
    private volatile Turn turn = Turn.WAITING;

    Passage(Message message) {
      this.message = message;
      this.bytes = size(message);
      if (observers.any()) {
        this.told = new AtomicBoolean();
        this.began = System.nanoTime();
        observers.publishing(message);
      } else {
        this.told = null;
        this.began = 0;
      }
    }

    boolean mayTry() {
      pass = breakers.pass(message.address());
      return pass != Pass.NOT;
    }

    // ---- waiting ------------------------------------------------------------------------------

    void waitForRoom() {
      if (COMPLETING.get() == null) {
        thread = Thread.currentThread();
      }
      if (!room.standInLine(this)) {
        refuse(room.isClosing() ? PublishRefusals.closing(message) : PublishRefusals.full(message));
        return;
      }
      if (isDone() && room.stepOut(this)) { // its deadline passed before it stood in line
        refuse(PublishRefusals.stillFull(message));
      }
      if (thread != null) {
        blockUntilAdmitted();
      }
    }

    private void blockUntilAdmitted() {
      boolean interrupted = false;
      while (turn == Turn.WAITING) {
        LockSupport.park(this);
        if (Thread.interrupted()) {
          interrupted = true;
          if (room.stepOut(this)) {
            refuse(PublishRefusals.interrupted(message));
          }
        }
      }
      if (turn == Turn.ADMITTED) {
        send();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public boolean holdsThread() {
      return thread != null;
    }

    @Override
    public void admitted() {
      if (thread == null) {
        send();
      } else {
        turn = Turn.ADMITTED;
        LockSupport.unpark(thread);
      }
    }

    @Override
    public void turnedAway() {
      refuse(PublishRefusals.closing(message));
    }

    // ---- the deadline -------------------------------------------------------------------------

    void expireAfter(Duration left) {
      try {
        timer = scheduler.schedule(this::expire, left.toNanos(), TimeUnit.NANOSECONDS);
      } catch (RejectedExecutionException closed) {
        // The scheduler was shut down, so this is closing: it turns away who waits, and the sender
        // answers for the others.
        timer = null;
      }
    }

    private void expire() {
      if (room.stepOut(this)) {
        refuse(PublishRefusals.stillFull(message));
      } else {
        finish(null, PublishRefusals.unanswered(message));
      }
    }

    // ---- sending ------------------------------------------------------------------------------

    /** In the room. */
    void send() {
      if (isDone()) { // cancelled, or past its deadline, while it waited
        refuse(PublishRefusals.stillFull(message));
        room.leave(bytes);
        return;
      }
      CompletableFuture<Receipt> answer;
      try {
        answer = sender.send(message);
      } catch (RuntimeException | Error fault) {
        accept(null, fault);
        if (fault instanceof Error error) {
          throw error;
        }
        return;
      }
      var unused = answer.whenComplete(this);
    }

    /** The sender's answer: once for each send. */
    @Override
    public void accept(@Nullable Receipt receipt, @Nullable Throwable failure) {
      if (failure == null) {
        breakers.succeeded(message.address());
        room.leave(bytes);
        finish(receipt, null);
        return;
      }
      MessagingException translated = PublishRefusals.translated(message, failure);
      if (translated instanceof PublishRejectedException rejected
          && rejected.fault() == Fault.MESSAGE) {
        breakers.gaveUp(message.address(), pass);
      } else {
        breakers.failed(message.address(), pass, translated);
      }
      room.leave(bytes);
      finish(null, translated);
    }

    /** It was not sent, and will not be. */
    void refuse(PublishRejectedException refusal) {
      breakers.gaveUp(message.address(), pass);
      finish(null, refusal);
      turn = Turn.REFUSED;
      LockSupport.unpark(thread);
    }

    private void finish(@Nullable Receipt receipt, @Nullable MessagingException failure) {
      if (timer != null) {
        timer.cancel(false);
      }
      if (told != null && !told.getAndSet(true)) {
        observers.published(message, System.nanoTime() - began, failure);
      }
      Boolean before = COMPLETING.get();
      COMPLETING.set(Boolean.TRUE);
      try {
        if (failure != null) {
          completeExceptionally(failure);
        } else {
          complete(receipt);
        }
      } finally {
        COMPLETING.set(before);
      }
    }
  }
}
