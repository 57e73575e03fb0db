package io.stagepost.benchmarks.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.internal.engine.Engine;
import io.stagepost.internal.engine.Passage;
import io.stagepost.internal.engine.RetryBudget;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The engine alone: deliveries under keys drawn from Zipf(0.99) over 1,000, offered 500 at a time
 * as a poll would bring them, through passages that do nothing, until all are settled. On a pool of
 * platform threads, whatever the JDK.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EngineBenchmark {
  private static final int EVENTS = 20_000;
  private static final int POLL = 500;
  private static final int KEYS = 1_000;
  private static final CompletionStage<Passage.Next> SETTLE =
      CompletableFuture.completedFuture(Passage.Next.done());

  /** How many workers there are. */
  @Param({"1", "16"})
  public int concurrency;

  private final List<Delivery> deliveries = new ArrayList<>();
  private final Semaphore room = new Semaphore(0);
  private final AtomicInteger settled = new AtomicInteger();
  private ExecutorService workers;
  private ScheduledExecutorService scheduler;
  private Engine engine;
  private final Semaphore done = new Semaphore(0);

  /** JMH makes one. */
  @SuppressWarnings("NullAway.Init") // setUp does it
  public EngineBenchmark() {}

  /** Makes the deliveries once: only the engine's share is measured. */
  @Setup
  public void setUp() {
    Assignment assignment = new Assignment("measured-0");
    for (byte[] key : keys()) {
      deliveries.add(new Fetched(key, assignment));
    }
    workers = Executors.newFixedThreadPool(concurrency);
    scheduler = Executors.newSingleThreadScheduledExecutor();
    engine =
        new Engine(
            new Engine.Bounds(
                concurrency, 1_000, 64L << 20, 250, 16, Double.POSITIVE_INFINITY, Map.of()),
            new RetryBudget(
                new RetryBudget.Rules(
                    0.2, 10, Duration.ofMinutes(1), failed -> Duration.ofSeconds(1)),
                System::nanoTime,
                probing -> {}),
            Nothing::new,
            workers,
            scheduler,
            System::nanoTime,
            room::release);
  }

  private static List<byte[]> keys() {
    double[] weight = new double[KEYS];
    double sum = 0;
    for (int i = 0; i < KEYS; i++) {
      weight[i] = 1 / Math.pow(i + 1, 0.99);
      sum += weight[i];
    }
    Random random = new Random(7);
    List<byte[]> keys = new ArrayList<>(EVENTS);
    for (int i = 0; i < EVENTS; i++) {
      double left = random.nextDouble() * sum;
      int rank = 0;
      while (rank < KEYS - 1 && left > weight[rank]) {
        left -= weight[rank++];
      }
      keys.add(("key-" + rank).getBytes(UTF_8));
    }
    return keys;
  }

  /** Ends it. */
  @TearDown
  public void tearDown() {
    engine.close().join();
    workers.shutdown();
    scheduler.shutdownNow();
  }

  /**
   * From the first offer to the last settlement.
   *
   * @throws InterruptedException never
   */
  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public void handOff() throws InterruptedException {
    settled.set(0);
    for (int from = 0; from < EVENTS; from += POLL) {
      List<Delivery> rest = deliveries.subList(from, from + POLL);
      while (!rest.isEmpty()) {
        rest = rest.subList(engine.offer(rest), rest.size());
        if (!rest.isEmpty()) {
          room.acquire();
        }
      }
    }
    done.acquire();
  }

  private static final class Nothing extends Passage {
    Nothing(Delivery delivery) {
      super(delivery);
    }

    @Override
    protected CompletionStage<Next> travel() {
      return SETTLE;
    }
  }

  private final class Fetched implements Delivery {
    private final byte[] key;
    private final Assignment assignment;

    Fetched(byte[] key, Assignment assignment) {
      this.key = key;
      this.assignment = assignment;
    }

    @Override
    public Message message() {
      throw new UnsupportedOperationException("nobody asks for it");
    }

    @Override
    public byte[] key() {
      return key;
    }

    @Override
    public String address() {
      return "measured";
    }

    @Override
    public int size() {
      return 1_536;
    }

    @Override
    public Origin origin() {
      throw new UnsupportedOperationException("nobody asks for it");
    }

    @Override
    public Assignment assignment() {
      return assignment;
    }

    @Override
    public void settle() {
      if (settled.incrementAndGet() == EVENTS) {
        done.release();
      }
    }
  }
}
