package io.stagepost.benchmarks.contestant.outbox;

import io.stagepost.benchmarks.contestant.Load;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Those who write letters: eight threads, each with keys of its own, so that a key's letters are
 * committed in their order.
 */
final class Writers {
  private static final int THREADS = 8;

  private static final String NOTE = "a row of the business, such as it is; ".repeat(3);

  /** No loop writes more letters. */
  private static final int LETTERS_OF_A_LOOP = 100_000_000;

  private final Postbox postbox;
  private int loops;

  Writers(Postbox postbox) {
    this.postbox = postbox;
  }

  private interface Task {
    void run(int thread) throws Exception;
  }

  private static void onAll(int threads, Task task) throws InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        running.add(
            pool.submit(
                () -> {
                  task.run(thread);
                  return null;
                }));
      }
      for (Future<?> each : running) {
        each.get();
      }
    } catch (ExecutionException failure) {
      throw new IllegalStateException("A writer failed", failure.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  /** Writes a backlog, many letters to a transaction. */
  void fill(Load load, int perTransaction) throws InterruptedException {
    onAll(
        THREADS,
        thread -> {
          List<Letter> letters = new ArrayList<>(perTransaction);
          for (int i = 0; i < load.events(); i++) {
            if (load.keyOf(i) % THREADS == thread) {
              letters.add(Letter.at(load, i));
              if (letters.size() == perTransaction) {
                postbox.write(connection -> {}, letters);
                letters.clear();
              }
            }
          }
          if (!letters.isEmpty()) {
            postbox.write(connection -> {}, letters);
          }
        });
  }

  /**
   * Writes one letter to a transaction, each at its intended time whatever became of those before.
   * When they were meant and when they were committed goes into a file, as nanoseconds of the
   * machine's monotonic clock, which {@link System#nanoTime} reads on Linux in every process.
   */
  void openLoop(Load load, double perSecond, Path file) throws Exception {
    long[] committed = new long[load.events()];
    long start = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
    double interval = TimeUnit.SECONDS.toNanos(1) / perSecond;
    onAll(
        THREADS,
        thread -> {
          for (int i = 0; i < load.events(); i++) {
            if (load.keyOf(i) % THREADS == thread) {
              await(start + (long) (i * interval));
              postbox.write(Writers::business, List.of(Letter.at(load, i)));
              committed[i] = System.nanoTime();
            }
          }
        });
    write(file, start, interval, committed);
  }

  private static void await(long time) {
    for (long left = time - System.nanoTime(); left > 0; left = time - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void write(Path file, long start, double interval, long[] committed)
      throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      for (int i = 0; i < committed.length; i++) {
        out.writeLong(start + (long) (i * interval));
        out.writeLong(committed[i]);
      }
    }
  }

  /** Commits one transaction after the other, no letter twice; says how many a second. */
  double closedLoop(double seconds, int lettersEach, boolean withBusiness)
      throws InterruptedException {
    Postbox.Change change = withBusiness ? Writers::business : connection -> {};
    int first = LETTERS_OF_A_LOOP * loops++;
    long[] counts = new long[THREADS];
    long start = System.nanoTime();
    long end = start + (long) (seconds * TimeUnit.SECONDS.toNanos(1));
    onAll(
        THREADS,
        thread -> {
          int number = first + thread;
          while (System.nanoTime() - end < 0) {
            List<Letter> letters = new ArrayList<>(lettersEach);
            for (int i = 0; i < lettersEach; i++) {
              letters.add(new Letter(number, number % 1_000, 0));
              number += THREADS;
            }
            postbox.write(change, letters);
            counts[thread]++;
          }
        });
    double took = (System.nanoTime() - start) / 1e9;
    long sum = 0;
    for (long count : counts) {
      sum += count;
    }
    return sum / took;
  }

  private static void business(Connection connection) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO business (note) VALUES (?)")) {
      insert.setString(1, NOTE);
      insert.executeUpdate();
    }
  }
}
