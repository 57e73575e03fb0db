package io.stagepost.prove;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * What every process of the run does: it tells what it counts, a line each tenth of a second, does
 * as it is told on its standard input, and ends with that.
 */
final class Role {
  private static final long TELL_MS = 100;

  private final Map<String, LongAdder> counters = new ConcurrentSkipListMap<>();

  private Role() {}

  /** Begins to listen; the process ends at once when its input does. */
  static Role begin(Consumer<String> orders) {
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, failure) -> {
          failure.printStackTrace();
          Runtime.getRuntime().halt(1);
        });
    Role role = new Role();
    start("orders", () -> obey(orders));
    start("counts", role::tell);
    return role;
  }

  /** A counter. */
  LongAdder count(String name) {
    return counters.computeIfAbsent(name, none -> new LongAdder());
  }

  private static void obey(Consumer<String> orders) {
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String order = in.readLine(); order != null; order = in.readLine()) {
        orders.accept(order);
      }
    } catch (IOException gone) {
      System.err.println("standard input failed, which is taken for its end: " + gone);
    }
    Runtime.getRuntime().halt(0);
  }

  private void tell() {
    try {
      while (true) {
        StringBuilder line = new StringBuilder();
        counters.forEach(
            (name, value) -> line.append(name).append('=').append(value.sum()).append(' '));
        System.out.println(line);
        TimeUnit.MILLISECONDS.sleep(TELL_MS);
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }
}
