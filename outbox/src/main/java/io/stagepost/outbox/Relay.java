package io.stagepost.outbox;

import io.stagepost.ConfigurationException;
import io.stagepost.MessagingException;
import io.stagepost.Receipt;
import io.stagepost.outbox.store.RelaySession;
import io.stagepost.spi.Message;
import io.stagepost.spi.Observer;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends what was committed to the outbox, and deletes what the broker has confirmed (rule D08): one
 * thread and one connection, which it takes from the DataSource and keeps. Begun by {@link
 * Outbox#relay()}.
 *
 * <p>Any number of relays, in any number of processes, may work on one outbox: they share its
 * shards. One is enough for throughput; a second one takes over at once when the first dies.
 *
 * <p>Its thread keeps the process alive until it is closed; close it before the {@code Messaging}
 * that it sends through. It survives the loss of its connection and of the broker, and starts over
 * by itself; what was sent and not yet deleted is then sent again, with the same id. The connection
 * must reach the server's session itself: a pooler between them must be in session mode.
 *
 * <p>If its {@code Messaging} has observers, it tells them what each round did, and, when it starts
 * and every ten seconds, what waits: from a second thread, which takes a second connection for that
 * moment.
 *
 * <p>Thread-safe.
 */
public final class Relay implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Relay.class.getName());
  private static final Duration RECONNECT_BASE = Duration.ofMillis(100);
  private static final Duration RECONNECT_CAP = Duration.ofSeconds(10);

  private final Outbox outbox;
  private final Settings settings;
  private final Counters counters;
  private final WakeUp wakeUp = new WakeUp();
  private final Thread thread;
  private final @Nullable DepthWatch watch;

  private Relay(Builder builder, Settings settings, RelaySession begun) {
    this.outbox = builder.outbox;
    this.settings = settings;
    this.thread = new Thread(() -> run(begun), "stagepost-relay");
    Observer observer = outbox.observer();
    this.counters = observer == null ? new Counters() : new Counters(observer, outbox.table());
    this.watch = observer == null ? null : new DepthWatch(outbox, observer, settings.clock());
  }

  /** What it has done since it started, which it tells an observer. */
  static final class Counters {
    final LongAdder sent = new LongAdder();
    final LongAdder parked = new LongAdder();
    final LongAdder violations = new LongAdder();
    private final Observer observer;
    private final String outbox;

    /** With nobody to tell. */
    Counters() {
      this(new Observer() {}, "");
    }

    Counters(Observer observer, String outbox) {
      this.observer = observer;
      this.outbox = outbox;
    }

    /** What a round has done. */
    void add(int sent, int parked, int violations) {
      this.sent.add(sent);
      this.parked.add(parked);
      this.violations.add(violations);
      if (sent + parked + violations > 0) {
        observer.relayed(outbox, sent, parked, violations);
      }
    }
  }

  /**
   * How many rows it has sent and deleted.
   *
   * @return since it was started
   */
  public long sent() {
    return counters.sent.sum();
  }

  /**
   * How many rows it has parked because the broker refused them.
   *
   * @return since it was started
   */
  public long parked() {
    return counters.parked.sum();
  }

  /**
   * How many rows appeared where none could: late, sent out of order. Anything but 0 is an alarm;
   * the log tells which.
   *
   * @return since it was started
   */
  public long violations() {
    return counters.violations.sum();
  }

  /**
   * Ends it: the round under way is finished, which takes three publish timeouts at most, and the
   * connection is given back as it was. Idempotent.
   */
  @Override
  public void close() {
    wakeUp.close();
    outbox.forget(wakeUp);
    if (watch != null) {
      watch.close();
    }
    if (Thread.currentThread() == thread) {
      return;
    }
    try {
      thread.join(settings.idleInTransaction().toMillis());
      if (thread.isAlive()) {
        thread.interrupt();
        thread.join(settings.publishTimeout().toMillis());
      }
    } catch (InterruptedException interrupted) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void run(RelaySession begun) {
    int failures = 0;
    RelaySession next = begun;
    do {
      try (RelaySession session = next == null ? outbox.open(settings.session()) : next) {
        next = null;
        Round round = new Round(session, settings, counters);
        while (!wakeUp.isClosed()) {
          Round.Result result = round.run();
          if (failures > 0) {
            LOG.log(Level.INFO, "The relay works again after {0} failures", failures);
            failures = 0;
          }
          wakeUp.after(result);
        }
      } catch (InterruptedException closing) {
        LOG.log(Level.WARNING, "The relay was interrupted in a round, which is rolled back");
        return;
      } catch (Throwable failure) {
        Duration delay = Shard.backoff(failures++, RECONNECT_BASE, RECONNECT_CAP);
        report(failure, delay);
        wakeUp.pause(delay);
      }
    } while (!wakeUp.isClosed());
  }

  private void report(Throwable failure, Duration delay) {
    String over =
        "SP-OUTBOX-023 A round of the relay is rolled back, and it starts over with a new"
            + " connection in "
            + delay
            + ". ";
    if (failure instanceof SQLException sql) {
      MessagingException known = outbox.failure("The database failed", sql);
      LOG.log(Level.WARNING, () -> over + known.getMessage() + " " + failure.getMessage());
      LOG.log(Level.DEBUG, "SP-OUTBOX-023 in full", failure);
    } else {
      LOG.log(Level.WARNING, over, failure);
    }
  }

  /** Configures a {@link Relay}. Not thread-safe. */
  public static final class Builder {
    private final Outbox outbox;
    private int shardsPerRound;
    private int rowsPerShard = Settings.ROWS_PER_SHARD;
    private long bytesPerShard = Settings.BYTES_PER_SHARD;
    private OnRefused onRefused = OnRefused.SKIP_PAST;
    private InstantSource clock = Clock.systemUTC();
    private Function<Message, CompletableFuture<Receipt>> send;
    private Runnable flush;

    Builder(Outbox outbox, Function<Message, CompletableFuture<Receipt>> send, Runnable flush) {
      this.outbox = outbox;
      this.shardsPerRound = outbox.shards();
      this.send = send;
      this.flush = flush;
    }

    /**
     * Sets how many shards it claims at once. Fewer than all let several relays work side by side.
     *
     * @param shards instead of all of them; at least 1
     * @return this
     */
    public Builder shardsPerRound(int shards) {
      check(shards >= 1, "shardsPerRound", shards);
      this.shardsPerRound = shards;
      return this;
    }

    /**
     * Sets how many rows of a shard it takes at once.
     *
     * @param rows instead of 500; at least 1
     * @return this
     */
    public Builder rowsPerShard(int rows) {
      check(rows >= 1, "rowsPerShard", rows);
      this.rowsPerShard = rows;
      return this;
    }

    /**
     * Sets how many bytes of a shard it takes at once; a row that is larger is taken alone. It
     * holds up to that times the number of shards in memory.
     *
     * @param bytes instead of 2 MiB; at least 1
     * @return this
     */
    public Builder bytesPerShard(long bytes) {
      check(bytes >= 1, "bytesPerShard", bytes);
      this.bytesPerShard = bytes;
      return this;
    }

    /**
     * Sets what becomes of the later rows of a key when the broker refuses one for good, which is
     * parked. All relays of an outbox should agree on it.
     *
     * @param onRefused instead of {@link OnRefused#SKIP_PAST}
     * @return this
     */
    public Builder onRefused(OnRefused onRefused) {
      this.onRefused = onRefused;
      return this;
    }

    /**
     * Sets the clock that tells when marks, full scans, retries and measurements are due.
     *
     * @param clock instead of the system's
     * @return this
     */
    public Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    Builder send(Function<Message, CompletableFuture<Receipt>> send, Runnable flush) {
      this.send = send;
      this.flush = flush;
      return this;
    }

    Settings settings() {
      return new Settings(
          outbox.shards(),
          shardsPerRound,
          rowsPerShard,
          bytesPerShard,
          outbox.publishTimeout(),
          onRefused,
          send,
          flush,
          clock);
    }

    /**
     * Checks the schema, and that the relay's user may write to it, and starts.
     *
     * @return the running relay
     * @throws ConfigurationException naming all that is wrong (rule D19)
     * @throws MessagingException if the database cannot be reached
     */
    public Relay start() {
      outbox.verifySchema();
      Settings settings = settings();
      Relay relay = new Relay(this, settings, outbox.begin(settings.session()));
      outbox.remember(relay.wakeUp);
      relay.thread.start();
      if (relay.watch != null) {
        relay.watch.start();
      }
      return relay;
    }

    private static void check(boolean holds, String name, long value) {
      if (!holds) {
        throw new MessagingException(
            "SP-OUTBOX-016", "relay()." + name + "(" + value + ") must be at least 1.");
      }
    }
  }
}
