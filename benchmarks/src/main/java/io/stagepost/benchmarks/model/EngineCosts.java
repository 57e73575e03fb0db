package io.stagepost.benchmarks.model;

import com.sun.management.ThreadMXBean;
import io.stagepost.internal.engine.Engine;
import io.stagepost.internal.engine.Passage;
import io.stagepost.internal.engine.RetryBudget;
import io.stagepost.spi.Assignment;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Message;
import io.stagepost.spi.Origin;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** An engine with nothing around it, fed with deliveries that are handled at once. */
final class EngineCosts implements AutoCloseable {
  private static final int POLL = 500;
  private static final Assignment ASSIGNMENT = new Assignment("measured-0");

  private final Semaphore room = new Semaphore(0);
  private final Semaphore done = new Semaphore(0);
  private final AtomicInteger left = new AtomicInteger();
  private final ExecutorService workers;
  private final ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor();
  private final Engine engine;
  private volatile CompletableFuture<Passage.Next> outcome =
      CompletableFuture.completedFuture(Passage.Next.done());

  EngineCosts(int concurrency, int inFlight) {
    workers = Executors.newFixedThreadPool(concurrency);
    engine =
        new Engine(
            new Engine.Bounds(
                concurrency, inFlight, 1L << 40, inFlight, 16, Double.POSITIVE_INFINITY, Map.of()),
            new RetryBudget(
                new RetryBudget.Rules(
                    0.2, 10, Duration.ofMinutes(1), failed -> Duration.ofSeconds(1)),
                System::nanoTime,
                probing -> {}),
            Travels::new,
            workers,
            scheduler,
            System::nanoTime,
            room::release);
  }

  /** Makes deliveries, each key in turn, and has nobody handle them: to be taken off. */
  static int make(int keys, int events) {
    int size = 0;
    for (int i = 0; i < events; i += POLL) {
      for (Delivery delivery : poll(i % keys, keys, () -> {})) {
        size += delivery.size();
      }
    }
    return size;
  }

  /** From the first offer to the last settlement: each key in turn. */
  int handle(int keys, int events) throws InterruptedException {
    left.set(events);
    for (int i = 0; i < events; i += POLL) {
      List<Delivery> rest = poll(i % keys, keys, this::settled);
      while (!rest.isEmpty()) {
        rest = rest.subList(engine.offer(rest), rest.size());
        if (!rest.isEmpty()) {
          room.acquire();
        }
      }
    }
    done.acquire();
    return events;
  }

  private void settled() {
    if (left.decrementAndGet() == 0) {
      done.release();
    }
  }

  private static List<Delivery> poll(int first, int keys, Runnable settled) {
    List<Delivery> deliveries = new ArrayList<>(POLL);
    for (int i = 0; i < POLL; i++) {
      byte[] key = ByteBuffer.allocate(Long.BYTES).putLong((first + i) % keys).array();
      deliveries.add(new Fetched(key, settled));
    }
    return deliveries;
  }

  /** Bytes that an offered event has allocated on the thread that offers, the event left out. */
  long allocated(int keys) throws InterruptedException {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    int events = 200_000;
    long before = threads.getCurrentThreadAllocatedBytes();
    make(keys, events);
    long made = threads.getCurrentThreadAllocatedBytes() - before;
    handle(keys, events);
    return (threads.getCurrentThreadAllocatedBytes() - before - 2 * made) / events;
  }

  /** What the engine's own objects take while events wait behind one that does not end. */
  long heapOfWaiting(int lanes, int events) throws InterruptedException {
    CompletableFuture<Passage.Next> settle = outcome;
    CompletableFuture<Passage.Next> held = new CompletableFuture<>();
    outcome = held;
    left.set(events + 1);
    List<Delivery> first = List.of(new Fetched(new byte[1], this::settled));
    List<Delivery> others = new ArrayList<>(events);
    while (others.size() < events) {
      others.addAll(poll(others.size(), lanes, this::settled));
    }
    engine.offer(first);
    long before = Costs.usedHeap();
    if (engine.offer(others) != events) {
      throw new IllegalStateException("The engine did not take all " + events + " events");
    }
    long used = Costs.usedHeap() - before;
    outcome = settle;
    held.complete(Passage.Next.done());
    done.acquire();
    return used / events;
  }

  @Override
  public void close() {
    engine.close().join();
    workers.shutdown();
    scheduler.shutdownNow();
  }

  private final class Travels extends Passage {
    Travels(Delivery delivery) {
      super(delivery);
    }

    @Override
    protected CompletionStage<Next> travel() {
      return outcome;
    }
  }

  private record Fetched(byte[] key, Runnable settled) implements Delivery {
    @Override
    public Message message() {
      throw new UnsupportedOperationException("nobody asks for it");
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
      return ASSIGNMENT;
    }

    @Override
    public void settle() {
      settled.run();
    }
  }
}
